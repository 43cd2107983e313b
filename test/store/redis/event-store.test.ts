import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisEventStore } from '../../../src/store/redis/event-store.js';
import { RedisLink } from '../../../src/store/redis/link.js';
import { needs, type RedisServer, startRedis } from '../../support/redis.js';
import { eventContract, eventOf, MAX } from '../event-contract.js';
import { GARBAGE } from './garbage.js';

describe('Events in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let redis: Redis;
  const open = () => new RedisEventStore(link, '', MAX);

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis();
    redis = new Redis(server.url);
    link = new RedisLink(
      { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: 2_000 },
      pino({ level: 'silent' }),
    );
    await link.ready(5_000);
  });
  after(async () => {
    redis?.disconnect();
    await link?.close();
    await server?.stop('SIGTERM');
  });
  beforeEach(() => redis.flushall());

  eventContract(open);

  it('are read and told whatever others have left under their keys', async () => {
    await open().append(eventOf({ onceKey: 'k', isAlert: true }));
    await open().append(eventOf({ kind: 'degraded', onceKey: 'd' }));
    await open().append(eventOf({ kind: 'recovered', ends: 'd' }));
    const keys = (await redis.keys('*')).sort();
    expect(keys).to.have.length(5);
    for (const leave of Object.values(GARBAGE)) {
      await redis.flushall();
      for (const key of keys) await leave(redis, key);
      expect(await open().read({ limit: 5 })).to.deep.equal([]);
      expect(await open().takeAlert(1_000)).to.equal(undefined);
      expect(await open().append(eventOf({ subject: 'new', onceKey: 'k' }))).to.include({ subject: 'new' });
      expect((await open().read({ limit: 5 })).map(({ subject }) => subject)).to.deep.equal(['new']);
    }
  });

  it('pass over what a newer version has told', async () => {
    await redis.zadd('{events}:log', Date.now(), '000000000007 1 moon_landed {"subject":"x","params":{}}');
    await redis.zadd('{events}:alerts', 1, '000000000007 1 moon_landed {"subject":"x","params":{}}');
    expect(await open().read({ limit: 5 })).to.deep.equal([]);
    expect(await open().takeAlert(1_000)).to.equal(undefined);
  });

  it('all expire when nothing happens any more', async () => {
    await open().append(eventOf({ onceKey: 'k', isAlert: true }));
    for (const key of await redis.keys('*')) expect(await redis.pttl(key), key).to.be.above(0);
  });
});
