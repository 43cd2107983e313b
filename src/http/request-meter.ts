/** Measures one request while it runs: its times, what was used, and how it ended. Its trace is told of the same. */
import type { Usage } from '../completion/event.js';
import type { Price } from '../pricing/price.js';
import { printableLine } from '../printable.js';
import type { Slot } from '../queue/slot.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { RequestTrace } from '../tracing/request-trace.js';
import { NO_TRACE } from '../tracing/untraced.js';
import type { ApiError } from '../vocabulary/errors.js';
import type { AskedUpstream } from './asked-upstream.js';
import type { QueueWait } from './queue-wait.js';
import { RequestCost } from './request-cost.js';
import type { ServedModel } from './served-model.js';

/** The members of a request's record that a meter knows. */
export type Measured = Pick<
  RequestRecord,
  | 'model'
  | 'servedModel'
  | 'upstream'
  | 'streamed'
  | 'durationMs'
  | 'firstTokenMs'
  | 'ownMs'
  | 'queueMs'
  | 'attempts'
  | 'slotMs'
  | 'slotGroup'
  | 'usage'
  | 'pricing'
  | 'cost'
>;

export class RequestMeter {
  readonly #startedAt = performance.now();
  #model: string | undefined;
  #served: Pick<ServedModel, 'substitute'> | undefined;
  #wait: Pick<QueueWait, 'waitedMs' | 'hasWaited' | 'headers'> | undefined;
  #asked: Pick<AskedUpstream, 'name' | 'headers'> | undefined;
  #isStreamed = false;
  #firstTokenMs: number | undefined;
  #upstreamMs = 0;
  #waitingSince: number | undefined;
  #queueMs = 0;
  #attempts = 0;
  #queuedSince: number | undefined;
  #slot: Pick<Slot, 'isLimited'> | undefined;
  /** The group of the latest slot, or the preferred one before the first. */
  #slotGroup: string | undefined;
  #slotMs = 0;
  #slotSince: number | undefined;
  #ownMs: number | undefined;
  readonly #cost = new RequestCost();
  #error: ApiError | undefined;

  constructor(readonly trace: RequestTrace = NO_TRACE) {}

  /** The error that ended the request, `undefined` when there was none. */
  get error(): ApiError | undefined {
    return this.#error;
  }

  /** Notes the model that was asked for: first by the client's name, then by the public one. */
  setModel(name: string): void {
    this.#model = name;
  }

  /** Notes which model answers, which may become known while the answer streams. */
  setServedModel(served: Pick<ServedModel, 'substitute'>): void {
    this.#served = served;
  }

  setQueueWait(wait: Pick<QueueWait, 'waitedMs' | 'hasWaited' | 'headers'>): void {
    this.#wait = wait;
  }

  setAskedUpstream(asked: Pick<AskedUpstream, 'name' | 'headers'>): void {
    this.#asked = asked;
  }

  setStreamed(isStreamed: boolean): void {
    this.#isStreamed = isStreamed;
  }

  /** An upstream call begins. Its usage is added to that of earlier calls for the same request. */
  startCall(price: Price): void {
    this.#cost.startCall(price);
    this.startWait();
  }

  /** The upstream is asked: once for each call, and again for each that is repeated. */
  countAttempt(): void {
    this.#attempts += 1;
  }

  /** From here until `endWait`, time is the upstream's and not the gateway's own. */
  startWait(): void {
    // Each read waits, and nothing of it counts once the response has begun.
    if (this.#ownMs === undefined) this.#waitingSince = performance.now();
  }

  endWait(): void {
    if (this.#ownMs !== undefined) return;
    if (this.#waitingSince !== undefined) this.#upstreamMs += performance.now() - this.#waitingSince;
    this.#waitingSince = undefined;
  }

  /** From here until `endQueue`, time is the queue's and neither the upstream's nor the gateway's own. */
  startQueue(group: string | undefined): void {
    this.endWait();
    this.#slotGroup ??= group;
    this.#queuedSince = performance.now();
    this.trace.startStage('queue');
  }

  endQueue(): void {
    if (this.#queuedSince !== undefined) this.#queueMs += performance.now() - this.#queuedSince;
    this.#queuedSince = undefined;
    this.trace.endStage();
  }

  holdSlot(slot: Pick<Slot, 'group' | 'isLimited'>): void {
    this.#slot = slot;
    this.#slotGroup = slot.group;
    this.#slotSince = performance.now();
  }

  /** @param isUsed False when the upstream refused the call, so that the slot did no work. */
  freeSlot(isUsed: boolean): void {
    if (isUsed) this.#slotMs += this.#presentSlotMs;
    this.#slotSince = undefined;
  }

  /** The client gets text, reasoning or a tool call. Only the first call counts. */
  markToken(): void {
    this.trace.markToken();
    this.#firstTokenMs ??= performance.now() - this.#startedAt;
  }

  /** Sets the usage of the current upstream call. */
  setUsage(usage: Usage): void {
    this.#cost.setUsage(usage);
    this.trace.setUsage(usage);
  }

  /** Notes the error that the client is told. */
  fail(error: ApiError): void {
    this.#error = error;
  }

  /**
   * The `server-timing` header of a response that begins now: the gateway's own part of the time so far. The first call
   * fixes the figure for the record.
   */
  serverTiming(): string {
    // While a wait goes on, keep-alive comments and errors are sent: that wait is not the gateway's own time.
    const now = performance.now();
    const until = this.#waitingSince ?? this.#queuedSince ?? now;
    this.#ownMs ??= Math.max(0, until - this.#startedAt - this.#upstreamMs - this.#queueMs);
    const queueMs = this.#queueMs + (this.#queuedSince === undefined ? 0 : now - this.#queuedSince);
    const queue = this.#wait?.hasWaited ? `, queue;dur=${queueMs.toFixed(1)}` : '';
    return `gateway;dur=${this.#ownMs.toFixed(1)}${queue}`;
  }

  /** `x-queue-wait-ms` of a response that begins now, when the request has waited, and `x-upstream`. */
  queueHeaders(): Record<string, string> {
    return { ...this.#wait?.headers(), ...this.#asked?.headers() };
  }

  /** `x-response-cost` of an answer that is complete. */
  costHeaders(): Record<string, string> {
    return this.#cost.headers();
  }

  /** What was measured until now. */
  read(): Measured {
    const queueMs = this.#wait?.waitedMs;
    const slotMs = this.#slot?.isLimited ? this.#slotMs + this.#presentSlotMs : undefined;
    return {
      model: this.#model === undefined ? undefined : printableLine(this.#model),
      servedModel: this.#served?.substitute,
      upstream: this.#asked?.name,
      streamed: this.#isStreamed,
      durationMs: performance.now() - this.#startedAt,
      firstTokenMs: this.#firstTokenMs,
      ownMs: this.#ownMs,
      queueMs,
      attempts: this.#attempts === 0 ? undefined : this.#attempts,
      slotMs,
      slotGroup: queueMs === undefined && slotMs === undefined ? undefined : this.#slotGroup,
      ...this.#cost.read(),
    };
  }

  get #presentSlotMs(): number {
    return this.#slotSince === undefined ? 0 : performance.now() - this.#slotSince;
  }
}
