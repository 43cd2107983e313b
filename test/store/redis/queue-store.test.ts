import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisLink } from '../../../src/store/redis/link.js';
import { RedisQueueStore } from '../../../src/store/redis/queue-store.js';
import { buildRegistration } from '../../queue/registration.js';
import { needs, startRedis, startRedisCluster, until } from '../../support/redis.js';
import { type QueueSubject, queueContract, requestOf, settingsOf } from '../queue-contract.js';
import { GARBAGE } from './garbage.js';
import { setTestClock, useTestClock } from './queue-clock.js';

const PREFIX = 'test:';
const POOLS = ['pool 1|{x}', 'other'];
const ALONE = { count: 1, rank: 0 };

const PLACES = {
  'a single redis-server': async () => {
    const server = await startRedis();
    return { urls: [server.url], stop: () => server.stop('SIGTERM') };
  },
  'a Redis Cluster of 3 nodes': () => startRedisCluster(),
};

for (const [name, start] of Object.entries(PLACES)) {
  describe(`RedisQueueStore on ${name}`, () => {
    let stop: () => Promise<void>;
    let link: RedisLink;
    let admins: Redis[] = [];
    let told: string[];

    const connect = async (urls: readonly string[]) => {
      const options = { redisUrls: [...urls], redisSentinels: [], redisTimeoutMs: 5_000 };
      const made = new RedisLink(options, pino({ level: 'silent' }));
      if (!(await made.ready(10_000))) throw new Error(`not connected: ${made.lastError}`);
      return made;
    };

    before(async function () {
      needs(this, 'redis-server');
      const place = await start();
      stop = place.stop;
      admins = place.urls.map((url) => new Redis(url));
      link = await connect(place.urls);
    });
    after(async () => {
      await link?.close();
      for (const admin of admins) admin.disconnect();
      await stop?.();
    });
    beforeEach(async () => {
      await Promise.all(admins.map((admin) => admin.flushall()));
    });

    describe('by the clock of Redis', () => {
      beforeEach(() => {
        told = [];
      });

      it('notes times and ends everything in time, except learnt limits', async () => {
        const store = new RedisQueueStore(link, PREFIX);
        const settings = settingsOf('auto');
        const held = [{ ...requestOf('held'), group: 'g' }];
        await store.register('pool', buildRegistration(settings, { learnt: { g: 1 }, held }));
        await store.enter('pool', requestOf('a', { flow: '小王' }), 'r1');
        await store.renew('pool', 'r1', ALONE, ['held', 'a']);
        const { leases, waiting, flows } = await store.read('pool');
        expect(Math.abs((leases[0]?.grantedAt ?? 0) - Date.now())).to.be.below(10_000);
        expect(waiting.map(({ flow }) => flow)).to.deep.equal(['小王']);
        expect([...flows.keys()].toSorted()).to.deep.equal(['alice', '小王']);
        const ends: Record<string, number> = {};
        for (const admin of admins) {
          for (const key of await admin.keys('*')) ends[key] = await admin.pttl(key);
        }
        const {
          [`${PREFIX}{queue:pool}:groups`]: learnt,
          [`${PREFIX}{queue}:limited`]: names,
          ...others
        } = ends;
        for (const ttl of [learnt, names]) expect(ttl).to.be.within(30 * 86_400_000, 31 * 86_400_000);
        expect(Object.keys(others)).to.have.members(
          ['pool', 'replicas', 'leases', 'waiting', 'order', 'flows'].map(
            (key) => `${PREFIX}{queue:pool}:${key}`,
          ),
        );
        for (const ttl of Object.values(others)) expect(ttl).to.be.within(3_590_000, 3_600_000);
      });

      it('tells a replica that starts of the limits that were learnt', async () => {
        const store = new RedisQueueStore(link, PREFIX);
        const settings = settingsOf('auto');
        await store.register('learnt', buildRegistration(settings, { learnt: { g: 3 } }));
        await store.register('open', buildRegistration(settings));
        const subscription = await store.listen('r2', {
          onGrant: () => undefined,
          onLimit: (pool) => told.push(pool),
          onConnect: () => undefined,
        });
        await until(() => told.length > 0);
        expect(told).to.deep.equal(['learnt']);
        await subscription.close();
      });

      it('hears of grants again after its connection was lost', async () => {
        const store = new RedisQueueStore(link, PREFIX);
        const subscription = await store.listen('r1', {
          onGrant: (_pool, id) => told.push(id),
          onLimit: () => undefined,
          onConnect: () => told.push('connected'),
        });
        await Promise.all(admins.map((admin) => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')));
        await until(() => told.length === 2);
        await store.register('pool', buildRegistration(settingsOf(1)));
        for (const id of ['a', 'b']) await store.enter('pool', requestOf(id), 'r1');
        await store.leave('pool', 'a', 'ok');
        await until(() => told.length === 3);
        expect(told).to.deep.equal(['connected', 'connected', 'b']);
        await subscription.close();
      });

      for (const [kind, plant] of Object.entries(GARBAGE)) {
        it(`does no harm when a stranger put ${kind} there`, async () => {
          const store = new RedisQueueStore(link, PREFIX);
          const register = () => store.register('pool', buildRegistration(settingsOf(1)));
          await register();
          for (const id of ['a', 'b']) await store.enter('pool', requestOf(id), 'r1');
          for (const admin of admins) {
            for (const key of await admin.keys('*')) {
              await admin.del(key);
              await plant(admin, key);
            }
          }
          expect((await store.read('pool')).leases).to.deep.equal([]);
          expect(await store.renew('pool', 'r1', ALONE, ['a'])).to.equal(undefined);
          await register();
          expect(await store.enter('pool', requestOf('c'), 'r1')).to.deep.equal({
            kind: 'granted',
            group: 'g',
          });
          expect(await store.enter('pool', requestOf('d'), 'r1')).to.deep.equal({ kind: 'waiting' });
          await store.leave('pool', 'c', 'ok');
          expect(await store.take('pool', 'd')).to.equal('g');
        });
      }
    });

    queueContract('RedisQueueStore', async (): Promise<QueueSubject> => {
      let now = 1_764_000_000_000;
      const setClock = () => Promise.all(POOLS.map((pool) => setTestClock(link, PREFIX, pool, now)));
      await useTestClock(link);
      await setClock();
      return {
        store: new RedisQueueStore(link, PREFIX),
        advance: async (ms) => {
          now += ms;
          await setClock();
        },
      };
    });
  });
}
