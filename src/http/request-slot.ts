/** In which pool and flow of the queue a request waits, and how long. */
import type { ClientRequest } from '../completion/request.js';
import type { Config } from '../config/config.js';
import type { QueuePlace, SlotRequest } from '../queue/slot.js';
import type { Seat, Slots } from './in-slot.js';
import type { QueueWait } from './queue-wait.js';
import type { RequestContext } from './request-context.js';
import type { RequestLocals } from './request-locals.js';

export type QueueConfig = Pick<Config, 'queueTimeoutMs' | 'queueStreamTimeoutMs' | 'upstreamProtocol'>;

/** The one slot group of each pool: the credential of the single upstream. */
export const UPSTREAM_GROUP = 'upstream';

/**
 * The upstream counts requests in flight by account and model. All guests of the web chat are one account, whatever the
 * model.
 */
export function choosePool(model: string, { upstreamProtocol }: QueueConfig): string {
  return upstreamProtocol === 'zai-web' ? 'web' : model;
}

/** A key is a flow. The public key is one as well; addresses take turns inside it. */
export function requestSlot(
  { isFlexible = false }: Pick<ClientRequest, 'isFlexible'>,
  isStreamed: boolean,
  { caller, clientAddress }: Pick<RequestContext, 'caller' | 'clientAddress'>,
  { queueTimeoutMs, queueStreamTimeoutMs }: QueueConfig,
): SlotRequest {
  const isPublic = caller?.isPublic ?? true;
  return {
    flow: isPublic ? 'public' : `key ${caller?.keyName}`,
    turn: isPublic ? clientAddress : '',
    class: isFlexible ? 'batch' : 'interactive',
    groups: [UPSTREAM_GROUP],
    weight: 1,
    timeoutMs: isStreamed ? queueStreamTimeoutMs : queueTimeoutMs,
  };
}

/** What the queue has to know of a request. */
export interface SeatOptions {
  /** The upstream's id. */
  readonly model: string;
  readonly isStreamed: boolean;
  readonly isFlexible?: boolean | undefined;
  readonly wait: QueueWait;
}

/** A request's place in the queue. Also notes the wait for the request's record. */
export function takeSeat(
  { context, meter, controller }: RequestLocals,
  { model, isStreamed, isFlexible = false, wait }: SeatOptions,
  { slots, config }: { readonly slots: Slots; readonly config: QueueConfig },
): Seat {
  meter.setQueueWait(wait);
  const request = {
    ...requestSlot({ isFlexible }, isStreamed, context, config),
    onPlace: (place: QueuePlace) => wait.setPlace(place),
    onLost: (error: Error) => controller.abort(error),
  };
  return { slots, pool: choosePool(model, config), request, signal: context.signal, wait, meter };
}
