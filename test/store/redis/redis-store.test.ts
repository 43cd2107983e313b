import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { digestConversationId } from '../../../src/conversations/transcript.js';
import {
  DAY_MS,
  HOUR_MS,
  LABEL_KINDS,
  toDaySlot,
  toHourSlot,
  toMinuteSlot,
} from '../../../src/stats/batch.js';
import { computeFigures } from '../../../src/stats/figures.js';
import { type LinkOptions, RedisLink } from '../../../src/store/redis/link.js';
import { RedisStore } from '../../../src/store/redis/redis-store.js';
import {
  CONVERSATION_TTL_MS,
  LOST_REPLICA_MS,
  MINT_LEASE_MS,
  REPLICA_SILENCE_MS,
  SPARE_TOKEN_TTL_MS,
} from '../../../src/store/store.js';
import { recordOf } from '../../stats/records.js';
import { needs, startRedis, startRedisCluster, startSentinel } from '../../support/redis.js';
import { type Clock, storeContract } from '../contract.js';
import { announcementOf } from '../contract-replicas.js';
import { age } from './aging.js';
import { writeEverything } from './everything.js';
import { GARBAGE } from './garbage.js';
import { limitContract } from './limit-contract.js';

const PREFIX = 'test:';
const CLUSTER = 'a Redis Cluster of 3 nodes';
const ENDPOINT = 'a Redis Cluster by its one endpoint';

interface Place {
  readonly options: Pick<LinkOptions, 'redisUrls' | 'redisSentinels'>;
  /** Where keys lie, for looking behind the store's back. */
  readonly nodes: readonly string[];
  stop(): Promise<void>;
}

const PLACES: Record<string, () => Promise<Place>> = {
  'a single redis-server': async () => {
    const server = await startRedis();
    return {
      options: { redisUrls: [server.url], redisSentinels: [] },
      nodes: [server.url],
      stop: () => server.stop('SIGTERM'),
    };
  },
  [CLUSTER]: async () => {
    const cluster = await startRedisCluster();
    return {
      options: { redisUrls: cluster.urls, redisSentinels: [] },
      nodes: cluster.urls,
      stop: cluster.stop,
    };
  },
  [ENDPOINT]: async () => {
    const cluster = await startRedisCluster();
    return {
      options: { redisUrls: cluster.urls.slice(0, 1), redisSentinels: [] },
      nodes: cluster.urls,
      stop: cluster.stop,
    };
  },
  'a master behind a Sentinel': async () => {
    const server = await startRedis();
    const sentinel = await startSentinel(server, 'the-master');
    return {
      options: {
        redisUrls: ['redis://the-master'],
        redisSentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      },
      nodes: [server.url],
      stop: async () => {
        await sentinel.stop('SIGTERM');
        await server.stop('SIGTERM');
      },
    };
  },
};

for (const [name, start] of Object.entries(PLACES)) {
  describe(`RedisStore on ${name}`, () => {
    let place: Place;
    let link: RedisLink;
    let admins: Redis[] = [];

    before(async function () {
      needs(this, 'redis-server');
      place = await start();
      admins = place.nodes.map((url) => new Redis(url));
      link = new RedisLink({ ...place.options, redisTimeoutMs: 5_000 }, pino({ level: 'silent' }));
      if (!(await link.ready(10_000))) throw new Error(`not connected: ${link.lastError}`);
    });
    after(async () => {
      await link?.close();
      for (const admin of admins) admin.disconnect();
      await place?.stop();
    });

    storeContract('RedisStore', async (clock: Clock) => {
      await Promise.all(admins.map((admin) => admin.flushall()));
      clock.onAdvance = (ms) => age(admins, ms);
      return new KeptOpen(link, PREFIX);
    });

    limitContract({
      get link() {
        return link;
      },
      get admins() {
        return admins;
      },
    });

    describe('its data', () => {
      let store: RedisStore;

      beforeEach(async () => {
        await Promise.all(admins.map((admin) => admin.flushall()));
        store = new RedisStore(link, PREFIX);
        await store.announce({ ...announcementOf('lost'), drainingSince: undefined });
        await age(admins, REPLICA_SILENCE_MS + 1_000);
        for (const [replica, number] of [
          ['a', 1],
          ['b', 1],
          ['a', 2],
        ] as const)
          await writeEverything(store, replica, number);
      });

      it('uses keys under its prefix, each with an expiry or a bound', async () => {
        const endless: string[] = [];
        const all = await keysOn(admins);
        for (const [key, admin] of all) {
          expect(key.startsWith(PREFIX), key).to.equal(true);
          if ((await admin.pttl(key)) === -1) endless.push(key.slice(PREFIX.length));
        }
        expect(all.size).to.be.greaterThan(20);
        expect(endless).to.have.members([
          '{stats}:requests',
          '{stats}:total',
          '{stats}:model:total',
          '{stats}:model:names',
          '{stats}:key:total',
          '{stats}:key:names',
          '{secret}:password',
        ]);
      });

      it('expires in time', async () => {
        const keys = [...(await keysOn(admins))];
        const longest = async (pattern: RegExp) =>
          Math.max(
            ...(await Promise.all(
              keys.filter(([key]) => pattern.test(key)).map(([key, on]) => on.pttl(key)),
            )),
          );
        const cases: [pattern: RegExp, atMost: number][] = [
          [/:conv:/, CONVERSATION_TTL_MS],
          [/:claim:/, MINT_LEASE_MS],
          [/\{spares\}$/, SPARE_TOKEN_TTL_MS],
          [/\{replicas\}$/, LOST_REPLICA_MS],
          [/\{replicas\}:lost$/, LOST_REPLICA_MS],
          [/:applied:/, 2 * DAY_MS],
          [/\{stats\}:m\d/, 2 * HOUR_MS],
          [/:h\d+$/, 31 * DAY_MS],
          [/:d\d+$/, 400 * DAY_MS],
          [/:addr:/, 2 * HOUR_MS],
        ];
        for (const [pattern, atMost] of cases) {
          expect(await longest(pattern), String(pattern)).to.be.within(atMost - 10_000, atMost);
        }
      });

      if (name === CLUSTER || name === ENDPOINT)
        it('keeps the keys of a script in one slot', async () => {
          const slotOf = (key: string) => admins[0]?.call('CLUSTER', 'KEYSLOT', key);
          const keys = [...(await keysOn(admins)).keys()];
          const slots = await Promise.all(keys.filter((key) => key.includes('{stats}')).map(slotOf));
          expect(slots).to.have.length.greaterThan(15);
          expect(new Set(slots).size).to.equal(1);
          const digest = digestConversationId('alice', 'one');
          expect(await slotOf(store.keys.conversation(digest))).to.equal(
            await slotOf(store.keys.claim(digest)),
          );
          // The rest is one key per script, and conversations are spread.
          const other = digestConversationId('alice', 'other');
          expect(await slotOf(store.keys.claim(digest))).not.to.equal(await slotOf(store.keys.claim(other)));
        });

      it('contains no API key, prompt or answer, and tokens only in the entries for tokens', async () => {
        for (const [key, admin] of await keysOn(admins)) {
          const text = String(await admin.dumpBuffer(key));
          expect(/conv:|\{spares\}/.test(key) || !text.includes('token-'), key).to.equal(true);
        }
      });

      for (const [kind, plant] of Object.entries(GARBAGE)) {
        it(`is not affected by keys of another program that hold ${kind}`, async () => {
          const planted = await keysOn(admins);
          for (const [key, admin] of planted) {
            await admin.del(key);
            await plant(admin, key);
          }
          const times = recordOf().finishedAt;
          const slots = ['total', toMinuteSlot(times), toHourSlot(times), toDaySlot(times)] as const;
          const labelled = async () =>
            (await Promise.all(LABEL_KINDS.map((label) => store.readLabels(label, slots)))).flat();

          expect(await store.readRequests(100)).to.deep.equal([]);
          expect(await store.readReplicas()).to.deep.equal([]);
          for (const { lostAt } of await store.readLostReplicas())
            expect(lostAt).to.satisfy(Number.isSafeInteger);
          for (const fields of await store.readCounters(slots))
            expect(computeFigures(fields).total).to.equal(0);
          for (const labels of await labelled())
            for (const fields of labels.values()) expect(computeFigures(fields).total).to.equal(0);
          for (const { requests } of await store.readAddresses(toHourSlot(times), 20)) {
            expect(requests).to.satisfy(Number.isSafeInteger);
          }

          for (const conversation of ['bound', 'remembered', 'alike', 'dropped', 'claimed']) {
            expect(await store.findToken(conversation)).to.equal(undefined);
            expect(await store.claimToken(conversation, 'new')).to.equal('mint');
            expect(await store.claimToken(conversation, 'other')).to.equal('wait');
            expect(await store.bindToken(conversation, 'fresh')).to.equal('fresh');
            expect(await store.claimToken(conversation, 'other')).to.deep.equal({ token: 'fresh' });
          }
          expect(await store.shareSecret('password', 'mine'))
            .to.be.a('string')
            .and.not.equal('');
          await store.addSpareToken('fresh spare');
          await store.takeSpareToken();
          expect(await store.countSpareTokens()).to.be.within(0, 5);
          expect(await store.announce(announcementOf('new'))).to.equal(1);

          // What is counted from now on is right, and old numbers of a replica do not matter.
          await writeEverything(store, 'new', 1);
          const counted = (await store.readCounters(slots)).map((fields) => computeFigures(fields).total);
          expect(counted).to.deep.equal([42, 42, 42, 0]);
          expect(await store.readRequests(100)).to.have.length(42);
          const [models] = await store.readLabels('model', ['total']);
          const sum = [...(models?.values() ?? [])].reduce((total, fields) => total + (fields.ok ?? 0), 0);
          expect(sum).to.equal(42);
          const addresses = await store.readAddresses(toHourSlot(times), 2_000);
          expect(addresses).to.deep.include({
            address: '192.0.2.9',
            requests: 2,
            unauthorized: 1,
            limited: 1,
          });
        });
      }
    });
  });
}

/** Every key, with the node on which it lies. */
async function keysOn(nodes: readonly Redis[]): Promise<Map<string, Redis>> {
  const lists = await Promise.all(nodes.map(async (node) => ({ node, keys: await node.keys('*') })));
  return new Map(lists.flatMap(({ node, keys }) => keys.map((key) => [key, node] as const)));
}

/** All tests share one connection. */
class KeptOpen extends RedisStore {
  override async close(): Promise<void> {}
}
