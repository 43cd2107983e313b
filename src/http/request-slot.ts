/** In which flow of the queue a request waits, and how long. */
import type { ClientRequest, RequestedModel } from '../completion/request.js';
import type { Config } from '../config/config.js';
import type { QueuePlace, SlotRequest } from '../queue/slot.js';
import type { Asker, Router } from '../routing/route.js';
import { AskedUpstream } from './asked-upstream.js';
import type { Seat, Slots } from './in-slot.js';
import { mayUseModel } from './model-access.js';
import type { QueueWait } from './queue-wait.js';
import { type BudgetDeps, keepPricedRoutes, openBudget, type RequestSize } from './request-budget.js';
import type { Caller, RequestContext } from './request-context.js';
import type { RequestLocals } from './request-locals.js';

export type QueueConfig = Pick<Config, 'queueTimeoutMs' | 'queueStreamTimeoutMs'>;

/**
 * A member is a flow, whatever key is used; so is a key of the environment. The public key is one as well; addresses take turns
 * inside it.
 */
export function nameFlow(asker: { readonly isPublic: boolean; readonly name: string | undefined }): string {
  return asker.isPublic ? 'public' : `key ${asker.name}`;
}

export function requestSlot(
  { isFlexible = false }: Pick<ClientRequest, 'isFlexible'>,
  isStreamed: boolean,
  { caller, clientAddress }: Pick<RequestContext, 'caller' | 'clientAddress'>,
  { queueTimeoutMs, queueStreamTimeoutMs }: QueueConfig,
): Omit<SlotRequest, 'groups'> {
  const isPublic = caller?.isPublic ?? true;
  const { member, rights } = caller?.managed ?? {};
  return {
    flow: nameFlow({ isPublic, name: member?.id ?? caller?.keyName }),
    turn: isPublic ? clientAddress : '',
    class: isFlexible || rights?.class === 'batch' ? 'batch' : 'interactive',
    weight: rights?.weight ?? 1,
    timeoutMs: isStreamed ? queueStreamTimeoutMs : queueTimeoutMs,
  };
}

/** Which upstream entries and models the caller may use. */
export function describeAsker(caller: Caller | undefined): Omit<Asker, 'conversation'> {
  const { isPublic = true, keyName, managed } = caller ?? {};
  const owner = isPublic ? undefined : (managed?.member.id ?? keyName);
  return { owner, mayUse: (name) => mayUseModel(caller, name) };
}

/** What the queue has to know of a request. */
export interface SeatOptions {
  readonly model: RequestedModel;
  /** See `Asker`. */
  readonly conversation: () => string;
  readonly isStreamed: boolean;
  readonly isFlexible?: boolean | undefined;
  readonly wait: QueueWait;
  /** Called only for keys with a budget. */
  readonly size: () => RequestSize;
}

export interface SeatDeps extends BudgetDeps {
  readonly slots: Slots;
  readonly router: Router;
  readonly config: QueueConfig;
}

/** A request's place in the queue. Also notes the wait for the request's record. */
export function takeSeat(
  { context, meter, controller }: RequestLocals,
  { model, conversation, isStreamed, isFlexible = false, wait, size }: SeatOptions,
  deps: SeatDeps,
): Seat {
  const { slots, router, config } = deps;
  meter.setQueueWait(wait);
  const request = {
    ...requestSlot({ isFlexible }, isStreamed, context, config),
    conversation,
    onPlace: (place: QueuePlace) => wait.setPlace(place),
    onLost: (error: Error) => controller.abort(error),
  };
  const makePlan = () => {
    const asker = { ...describeAsker(context.caller), conversation };
    return keepPricedRoutes(router.plan(model, asker), context.caller, deps.prices);
  };
  let plan = makePlan();
  let { generation } = router;
  const asked = new AskedUpstream(plan);
  meter.setAskedUpstream(asked);
  return {
    slots,
    plan: () => {
      if (router.generation !== generation) {
        ({ generation } = router);
        plan = makePlan();
      }
      return plan;
    },
    onReplaced: (listener) => router.onReplaced(listener),
    request,
    signal: context.signal,
    wait,
    meter,
    asked,
    budget: openBudget(context.caller, plan, size, deps),
  };
}
