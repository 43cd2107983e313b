/** In which pool and flow of the queue a request waits, and how long. */
import type { ClientRequest } from '../completion/request.js';
import type { Config } from '../config/config.js';
import type { SlotRequest } from '../queue/slot.js';
import type { RequestContext } from './request-context.js';

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
