/** Reads texts elsewhere from time to time, one replica for all, and only while the gateway is used. */
import type { ReadingStore } from '../store/reading-store.js';

/** One replica reads at most this often, in milliseconds. */
export const READ_EVERY_MS = 60_000;
/** A reading is forgotten after this time, in milliseconds. */
const KEPT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 15_000;

export class SharedReadings {
  #timer: NodeJS.Timeout | undefined;
  #isUsed = true;

  /** @param sources By name: each resolves with the text to keep. A rejection leaves the reading as it is. */
  constructor(
    private readonly store: ReadingStore,
    private readonly sources: ReadonlyMap<string, () => Promise<string>>,
  ) {}

  get names(): string[] {
    return [...this.sources.keys()];
  }

  /** Requests come in, or people look: without it nothing is read. */
  noteUse(): void {
    this.#isUsed = true;
  }

  /** Begins to read; again after the sources have changed. */
  start(): void {
    this.stop();
    if (this.sources.size === 0) return;
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @returns `undefined` for what is unknown */
  async find(name: string): Promise<string | undefined> {
    this.noteUse();
    return this.store.findReading(name).catch(() => undefined);
  }

  /** Reads what is due. */
  async look(): Promise<void> {
    if (!this.#isUsed) return;
    const found = await Promise.all([...this.sources].map(([name, read]) => this.#read(name, read)));
    if (found.some((isDue) => isDue)) this.#isUsed = false;
  }

  async #read(name: string, read: () => Promise<string>): Promise<boolean> {
    try {
      if (!(await this.store.claimReading(name, READ_EVERY_MS))) return false;
      await this.store.keepReading(name, await read(), KEPT_MS);
      return true;
    } catch {
      // The store is away, or the source gave nothing: unknown.
      return true;
    }
  }
}
