/** A real Redis for the tests of one suite: as the stores use it, and as it is. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisLink } from '../../src/store/redis/link.js';
import { needs, type RedisServer, startRedis } from './redis.js';

/** Long enough for a busy machine: none of these suites is about a Redis that is away. */
const TIMEOUT_MS = 5_000;
const READY_MS = 10_000;

export interface LinkedRedis {
  readonly link: RedisLink;
  readonly redis: Redis;
}

/** To be called in `describe`. The members of what it returns exist once `before` has run; the suite is skipped without Redis. */
export function useRedisLink(): LinkedRedis {
  const parts: { server?: RedisServer; link?: RedisLink; redis?: Redis } = {};
  before(async function () {
    needs(this, 'redis-server');
    const server = await startRedis();
    parts.server = server;
    parts.redis = new Redis(server.url);
    const options = { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: TIMEOUT_MS };
    const link = new RedisLink(options, pino({ level: 'silent' }));
    parts.link = link;
    if (!(await link.ready(READY_MS))) throw new Error(`not connected: ${link.lastError}`);
  });
  after(async () => {
    parts.redis?.disconnect();
    await parts.link?.close();
    await parts.server?.stop('SIGTERM');
  });
  return {
    get link() {
      return parts.link as RedisLink;
    },
    get redis() {
      return parts.redis as Redis;
    },
  };
}
