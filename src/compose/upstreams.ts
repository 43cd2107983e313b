/** Builds what asks the upstreams: their entries, the queue for their slots, guest tokens, quotas. */
import type { Config } from '../config/config.js';
import { Conversations } from '../conversations/conversations.js';
import { TokenPool } from '../conversations/token-pool.js';
import type { Events } from '../events/event-teller.js';
import { logPauses } from '../http/pause-log.js';
import type { Logger } from '../logger.js';
import { SlotQueue } from '../queue/slot-queue.js';
import { SharedReadings } from '../replica/shared-readings.js';
import { Upstreams } from '../routing/upstreams.js';
import { MemoryQueueStore } from '../store/memory-queue.js';
import type { SharedState } from '../store/shared-state.js';
import { tellPauses, tellQuota } from './tell-events.js';

export function composeUpstreams(config: Config, log: Logger): Upstreams {
  return new Upstreams(config, {
    onFieldRefused: (field, model) =>
      log.warn(
        { field, model },
        'the upstream refuses or ignores a field that the gateway sends: requests go without it, or in words',
      ),
  });
}

export function composeSlots(
  config: Config,
  upstreams: Upstreams,
  { store, queueStore }: SharedState,
  replica: string,
  log: Logger,
  events: Events,
): SlotQueue {
  const logged = logPauses(log, store);
  const told = tellPauses(events);
  const limits = {
    reserve: config.queueReserve,
    maxWaitingPerFlow: config.queueLimit,
    maxWaiting: config.queueLimitTotal,
  };
  return new SlotQueue({
    replica,
    store: queueStore,
    createFallback: () => new MemoryQueueStore(),
    settingsOf: (pool) => ({ ...limits, groups: upstreams.getGroups(pool) }),
    poolOf: (group) => upstreams.getPoolOf(group),
    events: {
      onPause: (credential, cause) => {
        logged.onPause?.(credential, cause);
        told.onPause(credential, cause);
      },
      onBack: (credential) => {
        logged.onBack?.(credential);
        told.onBack(credential);
      },
    },
    readReplicas: async () => (await store.readReplicas()).map(({ id }) => id),
  });
}

export function composeConversations(
  upstreams: Upstreams,
  store: SharedState['store'],
  replica: string,
  log: Logger,
) {
  const pool = new TokenPool(
    store,
    () => upstreams.mintGuestToken(),
    (error) => log.debug({ err: error }, 'no guest token minted ahead'),
  );
  const conversations = new Conversations(store, pool, replica);
  return { conversations, countGuestTokens: () => ({ ...conversations.counts, ...pool.counts }) };
}

/** The quotas of coding plans. `refresh` is called after the upstreams have changed. */
export function composeReadings(upstreams: Upstreams, store: SharedState['store'], events: Events) {
  const sources = new Map<string, () => Promise<string>>();
  const fill = () => {
    sources.clear();
    for (const [name, read] of upstreams.planQuotas)
      sources.set(name, async () => {
        const text = JSON.stringify((await read()) ?? null);
        tellQuota(events, name, text);
        return text;
      });
  };
  fill();
  const readings = new SharedReadings(store, sources);
  const refresh = () => {
    fill();
    readings.start();
  };
  return { readings, refresh };
}
