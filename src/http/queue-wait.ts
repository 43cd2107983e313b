/** How long one request waits in the queue, and how its client is told. */
import type { QueuePlace } from '../queue/slot.js';
import { ApiError } from '../vocabulary/errors.js';

export class QueueWait {
  #waitsSince: number | undefined;
  /** Of earlier calls to the upstream for the same request. */
  #waitedBeforeMs = 0;
  #waitedMs = 0;
  #place: QueuePlace | undefined;
  /** The response has begun, so that headers cannot tell the wait. */
  #hasBegun = false;
  #isTold = false;

  get isWaiting(): boolean {
    return this.#waitsSince !== undefined;
  }

  /** Total wait in milliseconds, the present one included; `undefined` for a request that got all slots at once. */
  get waitedMs(): number | undefined {
    const waitedMs = this.#waitedMs + this.#presentMs;
    return waitedMs === 0 ? undefined : waitedMs;
  }

  /** Whether it waits, or has waited. */
  get hasWaited(): boolean {
    return this.#place !== undefined || this.#waitedMs > 0;
  }

  /** Another call to the upstream begins. */
  startCall(): void {
    this.#waitedBeforeMs = this.#waitedMs;
  }

  start(): void {
    this.#waitsSince = performance.now();
  }

  /** @param waitedMs Since the call first asked for a slot. */
  end(waitedMs: number): void {
    this.#waitsSince = undefined;
    this.#waitedMs = this.#waitedBeforeMs + waitedMs;
    this.#isTold = false;
  }

  /** It gets no slot. @param error The reason; a request that the queue refused did not wait. */
  giveUp(error: unknown): void {
    const isRefused = error instanceof ApiError && error.code === 'queue_full';
    if (!isRefused) this.#waitedMs += this.#presentMs;
    this.#waitsSince = undefined;
    this.#isTold = false;
  }

  setPlace(place: QueuePlace): void {
    this.#place = place;
  }

  /** For a response that begins now. */
  headers(): Record<string, string> {
    this.#hasBegun = true;
    if (this.isWaiting || this.waitedMs === undefined) return {};
    this.#isTold = true;
    return { 'x-queue-wait-ms': this.#waitedMs.toFixed(0) };
  }

  /** A comment of the event stream while the request waits: `: queued 3 of 7`. */
  keepAlive(): string | undefined {
    if (!this.isWaiting) return undefined;
    const place = this.#place === undefined ? '' : ` ${this.#place.place} of ${this.#place.waiting}`;
    return `: queued${place}\n\n`;
  }

  /** A comment that tells the wait when headers could not; else empty. */
  comment(): string {
    if (!this.#hasBegun || this.#isTold || this.waitedMs === undefined) return '';
    this.#isTold = true;
    return `: x-queue-wait-ms ${this.#waitedMs.toFixed(0)}\n\n`;
  }

  get #presentMs(): number {
    return this.#waitsSince === undefined ? 0 : performance.now() - this.#waitsSince;
  }
}
