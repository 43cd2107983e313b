/** How long one request waits in the queue, and how its client is told. */
import type { QueuePlace } from '../queue/slot.js';

export class QueueWait {
  #isWaiting = false;
  #waitedMs = 0;
  #place: QueuePlace | undefined;
  /** The response has begun, so that headers cannot tell the wait. */
  #hasBegun = false;
  #isTold = false;

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Total wait in milliseconds, `undefined` for a request that got a slot at once. */
  get waitedMs(): number | undefined {
    return this.#waitedMs === 0 ? undefined : this.#waitedMs;
  }

  /** Whether it waits, or has waited. */
  get hasWaited(): boolean {
    return this.#place !== undefined || this.#waitedMs > 0;
  }

  start(): void {
    this.#isWaiting = true;
  }

  /** @param waitedMs Since the request first asked for a slot. */
  end(waitedMs: number): void {
    this.#isWaiting = false;
    this.#waitedMs = waitedMs;
    this.#isTold = false;
  }

  setPlace(place: QueuePlace): void {
    this.#place = place;
  }

  /** For a response that begins now. */
  headers(): Record<string, string> {
    this.#hasBegun = true;
    if (this.#isWaiting || this.waitedMs === undefined) return {};
    this.#isTold = true;
    return { 'x-queue-wait-ms': this.#waitedMs.toFixed(0) };
  }

  /** A comment of the event stream while the request waits: `: queued 3 of 7`. */
  keepAlive(): string | undefined {
    if (!this.#isWaiting) return undefined;
    const place = this.#place === undefined ? '' : ` ${this.#place.place} of ${this.#place.waiting}`;
    return `: queued${place}\n\n`;
  }

  /** A comment that tells the wait when headers could not; else empty. */
  comment(): string {
    if (!this.#hasBegun || this.#isTold || this.waitedMs === undefined) return '';
    this.#isTold = true;
    return `: x-queue-wait-ms ${this.#waitedMs.toFixed(0)}\n\n`;
  }
}
