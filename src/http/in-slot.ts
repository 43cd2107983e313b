/** Asks the upstream only with a slot of the queue, and again when the upstream refuses for its own limit. */
import type { LeaseOutcome } from '../queue/core/types.js';
import type { Slot, SlotRequest } from '../queue/slot.js';
import { AccountLimitError } from '../upstream/upstream-errors.js';
import type { QueueWait } from './queue-wait.js';
import type { RequestMeter } from './request-meter.js';

/** Slots of the upstream, in pools. */
export interface Slots {
  acquire(pool: string, request: SlotRequest, signal: AbortSignal): Promise<Slot>;
}

/** One request's place in the queue. */
export interface Seat {
  readonly slots: Slots;
  readonly pool: string;
  readonly request: SlotRequest;
  readonly signal: AbortSignal;
  readonly wait: QueueWait;
  readonly meter: RequestMeter;
}

/**
 * Resolves with what `ask` resolves with.
 * @param hasBegun Whether events of the answer were passed on, so that the call cannot be repeated.
 */
export async function inSlot(seat: Seat, ask: () => Promise<void>, hasBegun: () => boolean): Promise<void> {
  const { slots, pool, request, signal } = seat;
  let slot = await waiting(seat, slots.acquire(pool, request, signal));
  for (;;) {
    let outcome: LeaseOutcome = 'failed';
    let isRefused = false;
    try {
      await ask();
      outcome = 'ok';
      return;
    } catch (error) {
      isRefused = error instanceof AccountLimitError && !hasBegun() && !signal.aborted;
      if (!isRefused) throw error;
    } finally {
      if (!isRefused) slot.release(outcome);
    }
    slot = await waiting(seat, slot.waitAgain(signal));
  }
}

async function waiting({ wait, meter }: Seat, slot: Promise<Slot>): Promise<Slot> {
  wait.start();
  meter.startQueue();
  try {
    const granted = await slot;
    wait.end(granted.waitedMs);
    return granted;
  } finally {
    meter.endQueue();
  }
}
