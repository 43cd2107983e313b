import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { readSnapshot } from '../../src/dashboard/snapshot.js';
import { HOUR_MS, MINUTE_MS } from '../../src/stats/batch.js';
import { sumFields } from '../../src/stats/figures.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { RedisLink } from '../../src/store/redis/link.js';
import { RedisStore } from '../../src/store/redis/redis-store.js';
import { RANGES } from '../../src/vocabulary/periods.js';
import { batchOf, recordOf } from '../stats/records.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';

const NOW = 1_759_400_000_000;
const publicUse = async () => undefined;
const planQuotas = async () => new Map();
const planSharers = async () => 0;
const slots = { read: async () => new Map() };

describe('The dashboard’s snapshot', () => {
  it('has the requests that finished in each bar of the period, and the tables since their start', async () => {
    const store = new MemoryStore(() => NOW);
    const ages = [0, MINUTE_MS, 50 * MINUTE_MS, 3 * HOUR_MS, 30 * HOUR_MS, 200 * HOUR_MS];
    const records = ages.map((age, index) => recordOf({ finishedAt: NOW - age, keyName: `key-${index}` }));
    for (const [index, record] of records.entries())
      await store.recordBatch(batchOf('a', index + 1, [record]));
    const counts: Record<string, unknown> = {};
    for (const range of RANGES) {
      const { buckets, keys, total, minutes, requests } = await readSnapshot(
        { store, slots, publicUse, planQuotas, planSharers },
        range,
        NOW,
      );
      expect(total.ok).to.equal(6);
      expect(requests).to.have.length(6);
      expect(minutes.at(-1)?.ok).to.equal(1);
      counts[range] = [
        sumFields(buckets.map(({ fields }) => fields)).ok,
        buckets.at(-1)?.fields.ok,
        keys.size,
      ];
    }
    const lastQuarter = NOW % (6 * HOUR_MS) >= 3 * HOUR_MS ? 4 : 3;
    expect(counts).to.deep.equal({
      '1h': [3, NOW % (2 * MINUTE_MS) >= MINUTE_MS ? 2 : 1, 3],
      '24h': [4, NOW % HOUR_MS >= 50 * MINUTE_MS ? 3 : 2, 4],
      '7d': [5, lastQuarter, 5],
    });
  });

  describe('from Redis', () => {
    let server: RedisServer;
    let admin: Redis;
    let link: RedisLink;
    let store: RedisStore;

    before(async function () {
      needs(this, 'redis-server');
      server = await startRedis();
      admin = new Redis(server.url);
      const options = {
        redisUrls: [server.url],
        redisSentinels: [],
        redisTimeoutMs: 5_000,
        redisPrefix: 'x:',
      };
      link = new RedisLink(options, pino({ level: 'silent' }));
      await link.ready(5_000);
      store = new RedisStore(link, 'x:');
    });
    after(async () => {
      admin?.disconnect();
      await link?.close();
      await server?.stop('SIGTERM');
    });

    it('takes the same few calls after many requests as after none, and scans no keys', async () => {
      const cost = async () => {
        const before = link.calls;
        await readSnapshot({ store, slots, publicUse, planQuotas, planSharers }, '7d', NOW);
        return link.calls - before;
      };
      // The addresses’ 401s and 429s are a second call, where there are addresses.
      const empty = await cost();
      for (let number = 1; number <= 200; number += 1) {
        const finishedAt = NOW - (number % 40) * HOUR_MS;
        const record = recordOf({ finishedAt, keyName: `key-${number}`, clientAddress: `host-${number}` });
        await store.recordBatch(batchOf('a', number, [record, recordOf({ finishedAt: NOW })]));
      }
      expect(await cost()).to.equal(empty + 1);
      expect(empty).to.be.at.most(9);
      const asked = await admin.info('commandstats');
      expect(asked)
        .to.contain('cmdstat_hgetall')
        .and.not.match(/cmdstat_(?:keys|scan|hscan|sscan|zscan)/);
    });
  });
});
