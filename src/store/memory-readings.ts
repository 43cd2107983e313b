/** Readings of a gateway that runs alone. */
import type { ReadingStore } from './reading-store.js';

export class MemoryReadings implements ReadingStore {
  readonly #claims = new Map<string, number>();
  readonly #texts = new Map<string, { readonly text: string; readonly until: number }>();

  constructor(private readonly now: () => number) {}

  async claimReading(name: string, ms: number): Promise<boolean> {
    if ((this.#claims.get(name) ?? 0) > this.now()) return false;
    this.#claims.set(name, this.now() + ms);
    return true;
  }

  async keepReading(name: string, text: string, ms: number): Promise<void> {
    this.#texts.set(name, { text, until: this.now() + ms });
  }

  async findReading(name: string): Promise<string | undefined> {
    const { text, until = 0 } = this.#texts.get(name) ?? {};
    return until > this.now() ? text : undefined;
  }
}
