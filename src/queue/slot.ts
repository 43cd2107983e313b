/** What a request gives to the queue and what it gets: a slot of the upstream, for as long as its answer takes. */
import type { PauseCause } from '../vocabulary/pauses.js';
import type { LeaseOutcome, QueueRequest } from './core/types.js';

export interface SlotRequest extends Omit<QueueRequest, 'id' | 'tried' | 'patienceMs'> {
  /** Tells prompts apart: an overload that only one of them meets pauses nothing. It stays in this process. */
  readonly conversation?: (() => string) | undefined;
  /** How long it may wait in all, in milliseconds. */
  readonly timeoutMs: number;
  /** Told now and then while it waits. */
  readonly onPlace?: ((place: QueuePlace) => void) | undefined;
  /** Told when the lease has lapsed while it was in flight: the request has to end with this ApiError. */
  readonly onLost?: ((error: Error) => void) | undefined;
}

/** Place among the waiting requests, in the order in which they would be granted now. */
export interface QueuePlace {
  /** From 1. */
  readonly place: number;
  readonly waiting: number;
}

export interface Slot {
  readonly group: string;
  /** How long the request has waited so far, in milliseconds; 0 when it got a slot at once. */
  readonly waitedMs: number;
  /** Whether a limit of its pool is known by now. */
  readonly isLimited: boolean;
  /** Frees the slot. To be called once. */
  release(outcome: LeaseOutcome): void;
  /** In place of `release`, after a refusal of the upstream: waits again, before others of its flow. */
  waitAgain(signal: AbortSignal): Promise<Slot>;
  /**
   * In place of `release`, after a failure of the credential: pauses it, unless the failure may be this request's own.
   * @param isRepeatable False when the request ends with this failure, since its answer has begun.
   * @returns The slot of another group of the request; `undefined` when the request ends with the upstream's own error.
   * Rejects when all its groups are paused for too long, and like `acquire`.
   */
  giveBack(cause: PauseCause, isRepeatable: boolean, signal: AbortSignal): Promise<Slot | undefined>;
}

/** Monotonic time and timers, which tests set. */
export interface Timers {
  /** Milliseconds. */
  now(): number;
  /** @returns A function that cancels it. */
  set(run: () => void, ms: number): () => void;
}

export const REAL_TIMERS: Timers = {
  now: () => performance.now(),
  set: (run, ms) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
