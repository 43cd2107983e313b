/** Asks an upstream only with a slot of the queue, and again when the upstream refuses for its own limit. */
import type { LeaseOutcome } from '../queue/core/types.js';
import type { Slot, SlotRequest } from '../queue/slot.js';
import type { Route, RoutePlan } from '../routing/route.js';
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
  /** The upstreams that may serve it. */
  readonly plan: RoutePlan;
  readonly request: Omit<SlotRequest, 'groups'>;
  readonly signal: AbortSignal;
  readonly wait: QueueWait;
  readonly meter: RequestMeter;
}

/**
 * Calls `ask` with the route whose slot was granted.
 * @param hasBegun Whether events of the answer were passed on, so that the call cannot be repeated.
 */
export async function inSlot(
  seat: Seat,
  ask: (route: Route) => Promise<void>,
  hasBegun: () => boolean,
): Promise<void> {
  const { slots, plan, signal } = seat;
  seat.wait.startCall();
  const request = { ...seat.request, groups: plan.routes.map(({ group }) => group) };
  let slot = await waiting(seat, slots.acquire(plan.pool, request, signal));
  for (;;) {
    let outcome: LeaseOutcome = 'failed';
    let isRefused = false;
    seat.meter.holdSlot(slot);
    try {
      await ask(findRoute(plan, slot));
      outcome = 'ok';
      return;
    } catch (error) {
      isRefused = error instanceof AccountLimitError && !hasBegun() && !signal.aborted;
      if (!isRefused) throw error;
    } finally {
      seat.meter.freeSlot(!isRefused);
      if (!isRefused) slot.release(outcome);
    }
    slot = await waiting(seat, slot.waitAgain(signal));
  }
}

function findRoute({ routes }: RoutePlan, { group }: Slot): Route {
  const route = routes.find((one) => one.group === group);
  if (route === undefined) throw new Error(`The queue granted a slot of ${group}, which was not asked for.`);
  return route;
}

async function waiting({ wait, meter, plan }: Seat, slot: Promise<Slot>): Promise<Slot> {
  wait.start();
  meter.startQueue(plan.routes[0]?.group);
  try {
    const granted = await slot;
    wait.end(granted.waitedMs);
    return granted;
  } catch (error) {
    wait.giveUp(error);
    throw error;
  } finally {
    meter.endQueue();
  }
}
