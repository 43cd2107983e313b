/** Limits look-ups of unknown keys by address: wrong keys must not become load of the shared store. */

const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

export class FailureThrottle {
  readonly #failures = new Map<string, { count: number; until: number }>();

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number,
  ) {}

  isOver(address: string): boolean {
    const entry = this.#failures.get(address);
    return entry !== undefined && entry.until > this.now() && entry.count >= this.perMinute;
  }

  count(address: string): void {
    const now = this.now();
    const entry = this.#failures.get(address);
    if (entry !== undefined && entry.until > now) {
      entry.count += 1;
      return;
    }
    this.#failures.delete(address);
    this.#failures.set(address, { count: 1, until: now + WINDOW_MS });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }
}
