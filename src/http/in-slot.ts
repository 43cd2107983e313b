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
import type { RequestBudget } from './request-budget.js';
import type { RequestMeter } from './request-meter.js';

/** Slots of the upstream, in pools. */
export interface Slots {
  acquire(pool: string, request: SlotRequest, signal: AbortSignal): Promise<Slot>;
}

/** One request's place in the queue. */
export interface Seat {
  readonly slots: Slots;
  /** The upstreams that may serve it, as they are configured now. */
  readonly plan: () => RoutePlan;
  /** See `Router`. */
  readonly onReplaced: (listener: () => void) => () => void;
  readonly request: Omit<SlotRequest, 'groups'>;
  readonly signal: AbortSignal;
  readonly wait: QueueWait;
  readonly meter: RequestMeter;
  readonly asked: AskedUpstream;
  /** `undefined` when nothing of the request is limited but its rate. */
  readonly budget?: RequestBudget | undefined;
}

type Ask = (route: Route) => Promise<void>;

/** Those routes of a plan that are asked first, or after all of those have failed. */
type Select = (routes: readonly Route[]) => readonly Route[];

/** The upstreams were replaced while the request waited, and others may serve it now. */
class PlanChangedError extends Error {}

/**
 * Calls `ask` with the route whose slot was granted.
 * @param hasBegun Whether events of the answer were passed on, so that the call cannot be repeated.
 */
export async function inSlot(seat: Seat, ask: Ask, hasBegun: () => boolean): Promise<void> {
  const deadline = performance.now() + seat.request.timeoutMs;
  try {
    await new Attempt(seat, selectProper, deadline, hasBegun).run(ask);
  } catch (error) {
    if (hasBegun() || seat.signal.aborted || !isOfCredentials(error) || !hasFallbacks(seat.plan()))
      throw error;
    await new Attempt(seat, selectFallbacks, deadline, hasBegun).run(ask);
  }
}

/** All where there are none any more. */
function selectFallbacks(routes: readonly Route[]): readonly Route[] {
  const fallbacks = routes.filter(({ isFallback }) => isFallback);
  return fallbacks.length === 0 ? routes : fallbacks;
}

/** Fallbacks where there is nothing else. */
function selectProper(routes: readonly Route[]): readonly Route[] {
  const proper = routes.filter(({ isFallback }) => !isFallback);
  return proper.length === 0 ? routes : proper;
}

function hasFallbacks({ routes }: RoutePlan): boolean {
  return routes.some(({ isFallback }) => isFallback) && routes.some(({ isFallback }) => !isFallback);
}

/** No credential could serve the request, which says nothing about the request itself. */
function isOfCredentials(error: unknown): boolean {
  return (
    findPauseCause(error) !== undefined || (error instanceof ApiError && error.code === 'upstream_paused')
  );
}

/** Asks one of the selected routes after the other until one answers. */
class Attempt {
  /** The plan that the request waits by, or was granted its slot by. */
  #plan: RoutePlan;

  constructor(
    private readonly seat: Seat,
    private readonly select: Select,
    private readonly deadline: number,
    private readonly hasBegun: () => boolean,
  ) {
    this.#plan = this.#makePlan();
  }

  async run(ask: Ask): Promise<void> {
    const { meter, asked } = this.seat;
    let slot = await this.#acquire();
    for (;;) {
      meter.holdSlot(slot);
      try {
        const route = this.#findRoute(slot);
        if (route === undefined) throw new PlanChangedError();
        asked.ask(route);
        await ask(route);
      } catch (error) {
        slot = await this.#findNextSlot(slot, error);
        continue;
      }
      meter.freeSlot(true);
      slot.release('ok');
      return;
    }
  }

  /** Waits for a slot; where the upstreams change meanwhile, for one of the new ones. */
  async #acquire(): Promise<Slot> {
    const { wait, request } = this.seat;
    for (;;) {
      wait.startCall();
      this.#plan = this.#makePlan();
      const { pool, routes } = this.#plan;
      const timeoutMs = Math.max(0, this.deadline - performance.now());
      const asked = { ...request, timeoutMs, groups: routes.map(({ group }) => group) };
      try {
        return await this.#waitFor((signal) => acquire(this.seat, pool, asked, signal));
      } catch (error) {
        if (!(error instanceof PlanChangedError)) throw error;
      }
    }
  }

  /** The slot with which the call is made again: of the same route after a refusal, of another after a credential's failure. */
  async #findNextSlot(slot: Slot, error: unknown): Promise<Slot> {
    const { signal, meter } = this.seat;
    const isRepeatable = !this.hasBegun() && !signal.aborted;
    const isRefused = error instanceof AccountLimitError && isRepeatable;
    const hasMoved = isRepeatable && this.#hasMoved();
    meter.freeSlot(!isRefused && !(error instanceof PlanChangedError));
    const cause = signal.aborted ? undefined : findPauseCause(error);
    if (error instanceof PlanChangedError) {
      slot.release('failed');
      return this.#acquire();
    }
    try {
      if (isRefused && !hasMoved) return await this.#waitFor((moving) => slot.waitAgain(moving));
      if (isRefused) slot.release('refused');
      else if (cause === undefined) slot.release('failed');
      else if (!isRepeatable || hasMoved) await slot.giveBack(cause, false, signal);
      else {
        const next = await this.#waitFor((moving) => slot.giveBack(cause, true, moving), slot);
        if (next !== undefined) return next;
      }
    } catch (thrown) {
      if (thrown instanceof PlanChangedError) return this.#acquire();
      throw thrown;
    }
    if (hasMoved && (isRefused || cause !== undefined)) return this.#acquire();
    throw error;
  }

  #makePlan(): RoutePlan {
    const plan = this.seat.plan();
    return { ...plan, routes: this.select(plan.routes) };
  }

  /** @returns `undefined` when no upstream may serve the request any more: waiting again tells why. */
  #tryPlan(): RoutePlan | undefined {
    try {
      return this.#makePlan();
    } catch {
      return undefined;
    }
  }

  /** Whether other slots may serve the request than those that it waits for, or none. */
  #hasMoved(): boolean {
    const plan = this.#tryPlan();
    if (plan === undefined) return true;
    const { pool, routes } = plan;
    const groups = (some: readonly Route[]) => some.map(({ group }) => group).join('\n');
    return pool !== this.#plan.pool || groups(routes) !== groups(this.#plan.routes);
  }

  /** The route of a granted slot, as it is configured now; `undefined` when there is none any more. */
  #findRoute({ group }: Slot): Route | undefined {
    const known = this.#plan.routes.find((one) => one.group === group);
    if (known === undefined)
      throw new Error(`The queue granted a slot of ${group}, which was not asked for.`);
    const plan = this.#tryPlan();
    // Another pool would not know that the slot is taken.
    return plan?.pool === this.#plan.pool ? plan.routes.find((one) => one.group === group) : undefined;
  }

  /** @param before The slot that is given back: it tells the wait when there is no other. */
  async #waitFor<S extends Slot | undefined>(
    begin: (signal: AbortSignal) => Promise<S>,
    before?: Slot,
  ): Promise<S> {
    const { wait, meter } = this.seat;
    wait.start();
    meter.startQueue(this.#plan.routes[0]?.group);
    const moving = this.#watchPlan();
    try {
      const granted = await begin(moving.signal);
      wait.end((granted ?? before)?.waitedMs ?? 0);
      return granted;
    } catch (error) {
      wait.giveUp(error);
      throw error;
    } finally {
      moving.end();
      meter.endQueue();
    }
  }

  /** Aborts a wait with the request, and with a PlanChangedError when others may serve it. */
  #watchPlan(): { readonly signal: AbortSignal; end(): void } {
    const { signal, onReplaced } = this.seat;
    if (!this.#plan.isTold) return { signal, end: () => undefined };
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    const stop = onReplaced(() => {
      if (this.#hasMoved()) controller.abort(new PlanChangedError());
    });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    return {
      signal: controller.signal,
      end: () => {
        signal.removeEventListener('abort', onAbort);
        stop();
      },
    };
  }
}

/** Asks for the slot and reserves the budget at once: two commands, one wait. Without room in the budget the place is given back. */
async function acquire(
  { slots, budget }: Seat,
  pool: string,
  request: SlotRequest,
  signal: AbortSignal,
): Promise<Slot> {
  if (budget === undefined || budget.isReserved) return slots.acquire(pool, request, signal);
  const place = new AbortController();
  const slot = slots.acquire(pool, request, AbortSignal.any([signal, place.signal]));
  // A failure of the queue is thrown below, unless the budget refuses.
  slot.catch(() => undefined);
  try {
    if (await budget.tryReserve()) return await slot;
  } catch (error) {
    giveUp(slot, place);
    throw error;
  }
  giveUp(slot, place);
  await budget.waitForRoom(signal);
  return slots.acquire(pool, request, signal);
}

function giveUp(slot: Promise<Slot>, place: AbortController): void {
  place.abort(new Error('the budget has no room'));
  slot.then(
    (granted) => granted.release('failed'),
    () => undefined,
  );
}
