/** Builds the state that replicas share from the configuration: in Redis if configured, else in this process and in DATA_DIR. */
import { MemoryStore as LimitMemory, type Store as LimitStore } from 'express-rate-limit';
import type { BudgetStore } from '../budgets/budget-store.js';
import type { Config } from '../config/config.js';
import type { EventStore } from '../events/event-store.js';
import type { HistoryStore } from '../history/history-store.js';
import type { Logger } from '../logger.js';
import type { QueueStore } from '../queue/queue-store.js';
import type { TeamStore } from '../team/team-store.js';
import type { DurableState } from './disk/durable-state.js';
import { openState } from './disk/open-state.js';
import { MemoryBudgetStore } from './memory-budgets.js';
import { MemoryEvents } from './memory-events.js';
import { MemoryHistory } from './memory-history.js';
import { MemoryQueueStore } from './memory-queue.js';
import { MemoryStore } from './memory-store.js';
import { MemoryTeamStore } from './memory-team.js';
import { RedisBudgetStore } from './redis/budget-store.js';
import { describeCure, type RefusalConfig } from './redis/check.js';
import { RedisEventStore } from './redis/event-store.js';
import { RedisHistoryStore } from './redis/history-store.js';
import { KeyLimitStore, type OnRevision } from './redis/key-limit-store.js';
import { SharedLimitStore } from './redis/limit-store.js';
import { type LinkOptions, RedisLink } from './redis/link.js';
import { RedisQueueStore } from './redis/queue-store.js';
import { RedisStore } from './redis/redis-store.js';
import { RedisTeamStore } from './redis/team-store.js';
import { ResilientStore } from './resilient-store.js';
import type { Store } from './store.js';

/** How long a start waits for a required Redis, in milliseconds. */
const START_TIMEOUT_MS = 10_000;

export interface SharedState {
  readonly store: Store;
  /** Where slots of the upstream are granted. */
  readonly queueStore: QueueStore;
  /** Members and managed keys. */
  readonly teamStore: TeamStore;
  readonly eventStore: EventStore;
  /** `undefined` when no history is kept. */
  readonly historyStore: HistoryStore | undefined;
  /** What members and keys have spent and reserved. */
  readonly budgetStore: BudgetStore;
  /** Live replicas, as last counted. */
  readonly replicasLastSeen: () => number;
  /** Creates the store for the counts of managed keys. It may tell a key's revision with each count. */
  readonly keyLimitStore: (onRevision: OnRevision) => LimitStore;
  /** Creates the store for the counts of one rate limit. */
  readonly limitStore: (name: string) => LimitStore;
  /** Reason for degraded mode, `undefined` when Redis is in use or not configured. */
  readonly degraded: () => string | undefined;
  /** `undefined` when no Redis is configured. */
  readonly redis: RedisLink | undefined;
  /** What outlives a gateway without Redis, `undefined` when Redis is configured. */
  readonly durable: DurableState | undefined;
  close(): Promise<void>;
}

/** A required Redis cannot be used. The message says what is wrong and what to do. */
export class RedisUnusableError extends Error {}

/**
 * Opens the shared state. Rejects with a RedisUnusableError when a required Redis cannot be used within 10 s, and with a
 * DataFolderError when the state in DATA_DIR must not be used.
 */
export async function openSharedState(
  config: LinkOptions &
    Pick<Config, 'redisPrefix' | 'redisRequired' | 'dataDir'> &
    Partial<Pick<Config, 'historyDays'>>,
  log: Logger,
  durable?: Promise<DurableState>,
): Promise<SharedState> {
  const { historyDays = 0 } = config;
  if (config.redisUrls.length === 0)
    return createOwnState(await (durable ?? openState(config.dataDir, log)), historyDays);
  const redis = new RedisLink(config, log);
  const shared = new RedisStore(redis, config.redisPrefix);
  const store = new ResilientStore(shared);
  if (!(await redis.ready(config.redisRequired ? START_TIMEOUT_MS : config.redisTimeoutMs))) {
    if (config.redisRequired) {
      await redis.close();
      throw new RedisUnusableError(
        `${describeProblem(redis, config)}, or set REDIS_REQUIRED=false to start without it.`,
      );
    }
    log.warn({ reason: redis.lastError }, 'Redis cannot be used: starting without it');
  }
  return {
    store,
    queueStore: new RedisQueueStore(redis, config.redisPrefix),
    teamStore: new RedisTeamStore(redis, config.redisPrefix),
    eventStore: new RedisEventStore(redis, config.redisPrefix),
    historyStore:
      historyDays === 0 ? undefined : new RedisHistoryStore(redis, config.redisPrefix, historyDays),
    budgetStore: new RedisBudgetStore(redis, config.redisPrefix),
    replicasLastSeen: () => store.replicasLastSeen,
    keyLimitStore: (onRevision) =>
      new KeyLimitStore(redis, config.redisPrefix, () => store.replicasLastSeen, onRevision),
    limitStore: (name) => new SharedLimitStore(redis, shared.keys.limit(name), () => store.replicasLastSeen),
    degraded: () => redis.down,
    redis,
    durable: undefined,
    close: () => store.close(),
  };
}

function createOwnState(durable: DurableState, historyDays: number): SharedState {
  const store = new MemoryStore(Date.now, durable);
  return {
    store,
    queueStore: new MemoryQueueStore(Date.now, undefined, durable),
    teamStore: new MemoryTeamStore(durable),
    eventStore: new MemoryEvents(durable),
    historyStore: historyDays === 0 ? undefined : new MemoryHistory(historyDays, durable),
    budgetStore: new MemoryBudgetStore(Date.now, durable),
    replicasLastSeen: () => 1,
    keyLimitStore: () => new LimitMemory(),
    limitStore: () => new LimitMemory(),
    degraded: () => undefined,
    redis: undefined,
    durable,
    async close() {
      await store.close();
      await durable.close();
    },
  };
}

function describeProblem({ refusal, lastError }: RedisLink, config: RefusalConfig): string {
  if (refusal === undefined)
    return `Redis (REDIS_URL) does not answer: ${lastError || 'no answer'}. Start it, correct the address`;
  return `${refusal.message.replace('Redis', 'Redis (REDIS_URL)')}. ${describeCure(refusal, config)}`;
}
