/**
 * Asks an upstream only with a slot of the queue: again when it refuses for its own limit, and another when its credential
 * fails. A fallback to another model comes after all others.
 */
import type { Slot, SlotRequest } from '../queue/slot.js';
import type { Route, RoutePlan } from '../routing/route.js';
import { findPauseCause } from '../upstream/pause-causes.js';
import { AccountLimitError } from '../upstream/upstream-errors.js';
import { ApiError } from '../vocabulary/errors.js';
import type { AskedUpstream } from './asked-upstream.js';
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
  readonly asked: AskedUpstream;
}

type Ask = (route: Route) => Promise<void>;

/**
 * Calls `ask` with the route whose slot was granted.
 * @param hasBegun Whether events of the answer were passed on, so that the call cannot be repeated.
 */
export async function inSlot(seat: Seat, ask: Ask, hasBegun: () => boolean): Promise<void> {
  const { routes } = seat.plan;
  const proper = routes.filter(({ isFallback }) => !isFallback);
  if (proper.length === 0 || proper.length === routes.length) return askRoutes(seat, ask, hasBegun);
  const deadline = performance.now() + seat.request.timeoutMs;
  try {
    await askRoutes({ ...seat, plan: { ...seat.plan, routes: proper } }, ask, hasBegun);
  } catch (error) {
    if (hasBegun() || seat.signal.aborted || !isOfCredentials(error)) throw error;
    const fallbacks = routes.filter(({ isFallback }) => isFallback);
    const timeoutMs = Math.max(0, deadline - performance.now());
    const request = { ...seat.request, timeoutMs };
    await askRoutes({ ...seat, request, plan: { ...seat.plan, routes: fallbacks } }, ask, hasBegun);
  }
}

/** No credential could serve the request, which says nothing about the request itself. */
function isOfCredentials(error: unknown): boolean {
  return (
    findPauseCause(error) !== undefined || (error instanceof ApiError && error.code === 'upstream_paused')
  );
}

async function askRoutes(seat: Seat, ask: Ask, hasBegun: () => boolean): Promise<void> {
  const { slots, plan, signal } = seat;
  seat.wait.startCall();
  const request = { ...seat.request, groups: plan.routes.map(({ group }) => group) };
  let slot = await waiting(seat, slots.acquire(plan.pool, request, signal));
  for (;;) {
    seat.meter.holdSlot(slot);
    try {
      const route = findRoute(plan, slot);
      seat.asked.ask(route);
      await ask(route);
    } catch (error) {
      slot = await findNextSlot(seat, slot, error, hasBegun());
      continue;
    }
    seat.meter.freeSlot(true);
    slot.release('ok');
    return;
  }
}

/** The slot with which the call is made again: of the same route after a refusal, of another after a credential's failure. */
async function findNextSlot(seat: Seat, slot: Slot, error: unknown, hasBegun: boolean): Promise<Slot> {
  const { signal, meter } = seat;
  const isRepeatable = !hasBegun && !signal.aborted;
  const isRefused = error instanceof AccountLimitError && isRepeatable;
  meter.freeSlot(!isRefused);
  if (isRefused) return waiting(seat, slot.waitAgain(signal));
  const cause = signal.aborted ? undefined : findPauseCause(error);
  if (cause === undefined) slot.release('failed');
  else if (!isRepeatable) await slot.giveBack(cause, false, signal);
  else {
    const next = await waiting(seat, slot.giveBack(cause, true, signal), slot);
    if (next !== undefined) return next;
  }
  throw error;
}

function findRoute({ routes }: RoutePlan, { group }: Slot): Route {
  const route = routes.find((one) => one.group === group);
  if (route === undefined) throw new Error(`The queue granted a slot of ${group}, which was not asked for.`);
  return route;
}

/** @param before The slot that is given back: it tells the wait when there is no other. */
async function waiting<S extends Slot | undefined>(
  { wait, meter, plan }: Seat,
  slot: Promise<S>,
  before?: Slot,
): Promise<S> {
  wait.start();
  meter.startQueue(plan.routes[0]?.group);
  try {
    const granted = await slot;
    wait.end((granted ?? before)?.waitedMs ?? 0);
    return granted;
  } catch (error) {
    wait.giveUp(error);
    throw error;
  } finally {
    meter.endQueue();
  }
}
