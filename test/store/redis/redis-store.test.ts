import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisLink } from '../../../src/store/redis/link.js';
import { RedisStore } from '../../../src/store/redis/redis-store.js';
import { needs, type RedisServer, startRedis } from '../../support/redis.js';
import { storeContract } from '../contract.js';

describe('RedisStore on a real redis-server', () => {
  let server: RedisServer;
  let admin: Redis;

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis();
    admin = new Redis(server.url);
  });
  after(async () => {
    admin?.disconnect();
    await server?.stop('SIGTERM');
  });

  storeContract('RedisStore', async (clock) => {
    await admin.flushall();
    const link = new RedisLink(
      { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: 2_000 },
      pino({ level: 'silent' }),
    );
    await link.ready(5_000);
    // Redis has its own time: instead of moving it, what is kept is made that much older.
    clock.onAdvance = (ms) => age(admin, ms);
    return new RedisStore(link, 'test:');
  });
});

/** Makes every key, and every spare token, `ms` older. */
async function age(redis: Redis, ms: number): Promise<void> {
  for (const key of await redis.keys('*')) {
    const left = await redis.pttl(key);
    if (left > 0) await redis.pexpire(key, Math.max(1, left - ms));
    if (left > 0 && left <= ms) await redis.del(key);
    else if (key.endsWith('{spares}')) {
      for (const token of await redis.zrange(key, 0, -1)) await redis.zincrby(key, `${-ms}`, token);
    }
  }
}
