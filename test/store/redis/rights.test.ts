import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { toHourSlot, toMinuteSlot } from '../../../src/stats/batch.js';
import { listLeastRights } from '../../../src/store/redis/check.js';
import { RedisLink } from '../../../src/store/redis/link.js';
import { RedisStore } from '../../../src/store/redis/redis-store.js';
import { StoreUnavailableError } from '../../../src/store/store.js';
import { recordOf } from '../../stats/records.js';
import { needs, type RedisServer, startRedis, startRedisCluster, until } from '../../support/redis.js';
import { writeEverything } from './everything.js';
import { limitStoreOn } from './limit-contract.js';

const PREFIX = 'test:';
const PASSWORD = 'canary@1';
const RULES = listLeastRights(PREFIX).split(' ');

describe('A Redis user', () => {
  let server: RedisServer;
  let admin: Redis;
  let link: RedisLink;
  let lines: { level: number; msg: string }[];

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis();
    admin = new Redis(server.url);
  });
  after(async () => {
    admin?.disconnect();
    await server?.stop('SIGTERM');
  });
  beforeEach(async () => {
    lines = [];
    await admin.script('FLUSH');
    await admin.flushall();
  });
  afterEach(() => link.close());

  async function setUser(name: string, ...rules: string[]): Promise<void> {
    await admin.call('ACL', 'SETUSER', name, 'reset', 'on', `>${PASSWORD}`, ...rules);
  }

  function connect(name: string): RedisLink {
    link = new RedisLink(
      {
        redisUrls: [`redis://${name}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}`],
        redisSentinels: [],
        redisTimeoutMs: 2_000,
        redisPrefix: PREFIX,
      },
      pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
    );
    return link;
  }

  it('with the least rights can do everything that the gateway does', async () => {
    await setUser('least', ...RULES);
    expect(await connect('least').ready(5_000)).to.equal(true);
    await useEverything(link);
    expect(link.down).to.equal(undefined);
    expect(await admin.keys(`${PREFIX}*probe*`)).to.deep.equal([]);
  });

  for (const rule of RULES.filter((rule) => rule.startsWith('+'))) {
    const command = rule.slice(1).toUpperCase();
    it(`without ${command} is reported, and Redis is not used`, async () => {
      await setUser('lacking', ...RULES.filter((other) => other !== rule));
      connect('lacking');
      await until(() => link.refusal !== undefined);
      expect(link.down).to.match(new RegExp(`^Redis refuses ${command}: .*(?:NOPERM|can't run)`));
      expect(link.lastError).to.equal(link.down);
      expect(await link.ready(50)).to.equal(false);
      expect(`${link.down} ${JSON.stringify(lines)}`).not.to.match(/canary|lacking/);
    });
  }

  const LACKING: Record<string, { rules: string[]; told: RegExp }> = {
    'of other keys only': {
      rules: ['~other:*', ...RULES.slice(1)],
      told: /^Redis refuses EVAL(?:SHA)?: NOPERM .*keys?/,
    },
    'of other channels only': {
      rules: ['&other:*', ...RULES.filter((rule) => !rule.startsWith('&'))],
      told: /^Redis refuses PUBLISH: ERR The user executing the script can't publish/,
    },
    'of read-only keys': {
      rules: [`%R~${PREFIX}*`, ...RULES.slice(1)],
      told: /^Redis refuses .*(?:NOPERM|can't access)/,
    },
    'without several rights': {
      rules: RULES.filter((rule) => !['+hset', '+publish', '+zadd'].includes(rule)),
      told: /^Redis refuses HSET, ZADD, PUBLISH: /,
    },
  };
  for (const [kind, { rules, told }] of Object.entries(LACKING)) {
    it(`${kind} is reported`, async () => {
      await setUser('lacking', ...rules);
      connect('lacking');
      await until(() => link.refusal !== undefined);
      expect(link.down).to.match(told);
    });
  }

  it('that loses a right puts the gateway into degraded mode until the right is back', async () => {
    await setUser('loser', ...RULES);
    expect(await connect('loser').ready(5_000)).to.equal(true);
    const store = new RedisStore(link, PREFIX);
    await store.bindToken('c', 'one');
    for (const right of ['zadd', 'evalsha']) {
      lines.length = 0;
      await admin.call('ACL', 'SETUSER', 'loser', `-${right}`);
      const error = await store.addSpareToken('two').catch((thrown) => thrown);
      expect(error).to.be.instanceOf(StoreUnavailableError);
      // Not only until the next check.
      await until(() => link.refusal !== undefined);
      expect(link.down).to.contain(`Redis refuses ${right.toUpperCase()}: `);
      expect(await limitStoreOn(link).increment('alice')).to.have.property('totalHits', 1);
      await admin.call('ACL', 'SETUSER', 'loser', `+${right}`);
      await until(() => link.down === undefined);
      await store.addSpareToken('two');
      expect(lines.map(({ level }) => level)).to.deep.equal([40, 30]);
    }
  });

  it('whose calls are refused while checks succeed is checked less and less often', async () => {
    await setUser('narrow', `~${PREFIX}{probe}*`, `~${PREFIX}probe*`, ...RULES.slice(1));
    expect(await connect('narrow').ready(5_000)).to.equal(true);
    const store = new RedisStore(link, PREFIX);
    const end = performance.now() + 3_000;
    while (performance.now() < end) {
      await store.findToken('c').catch(() => undefined);
      await sleep(5);
    }
    // After 0, 1 and 3 s; without it after every half second.
    expect(lines.filter(({ level }) => level === 40)).to.have.length.within(2, 3);
  });

  it('who may not select the database never writes into another one', async () => {
    await setUser('elsewhere', ...RULES);
    const url = `redis://elsewhere:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/3`;
    link = new RedisLink(
      { redisUrls: [url], redisSentinels: [], redisTimeoutMs: 2_000, redisPrefix: PREFIX },
      pino({ level: 'silent' }),
    );
    await until(() => link.down?.includes('select') ?? false);
    expect(link.down).to.match(/^Redis refuses SELECT: NOPERM|^Redis refuses: NOPERM/);
    await admin.call('ACL', 'SETUSER', 'elsewhere', '+select');
    await until(() => link.down === undefined);
    await new RedisStore(link, PREFIX).bindToken('c', 'one');
    expect(await admin.dbsize()).to.equal(0);
  });

  it('is not hindered by values of other programs under the keys of the check', async () => {
    await setUser('least', ...RULES);
    for (const type of ['string', 'hash', 'list', 'set', 'zset'])
      await admin.rpush(`${PREFIX}{probe}:${type}`, 'x');
    await admin.rpush(`${PREFIX}probe:3`, 'x');
    await admin.set(`${PREFIX}{probe}:list`, 'x');
    expect(await connect('least').ready(5_000)).to.equal(true);
  });
});

describe('The deployment guides', () => {
  for (const file of ['docs/deployment.md', 'docs/zh-CN/deployment.md'])
    it(`list the least rights (${file})`, () => {
      const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
      const [, rules = ''] = /ACL SETUSER ztoapi on >PASSWORD ([^`]+)/.exec(text) ?? [];
      expect(rules.split(/[\s\\]+/).filter(Boolean)).to.deep.equal(listLeastRights('ztoapi:v1:').split(' '));
    });
});

describe('A Redis that lacks commands', () => {
  const LACKING = ['EVALSHA', 'EVAL', 'ZSCORE', 'SUBSCRIBE', 'PUBLISH'];
  for (const command of LACKING) {
    it(`(${command}) is not used, and the command is named`, async function () {
      needs(this, 'redis-server');
      const server = await startRedis('--rename-command', command, '""');
      const link = new RedisLink(
        { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: 2_000, redisPrefix: PREFIX },
        pino({ level: 'silent' }),
      );
      try {
        await until(() => link.refusal !== undefined);
        expect(link.down).to.match(new RegExp(`^Redis refuses ${command}: .*unknown`, 'i'));
        expect(link.down).not.to.contain('args');
      } finally {
        await link.close();
        await server.stop('SIGTERM');
      }
    });
  }
});

describe('A user of a Redis Cluster', () => {
  it('with the least rights and CLUSTER SLOTS can do everything, from one endpoint', async function () {
    needs(this, 'redis-server');
    const rules = ['+cluster|slots', ...RULES];
    const cluster = await startRedisCluster('--user', 'least', 'on', '>canary', ...rules);
    const link = new RedisLink(
      {
        redisUrls: [String(cluster.urls[0]).replace('//', '//least:canary@')],
        redisSentinels: [],
        redisTimeoutMs: 2_000,
        redisPrefix: PREFIX,
      },
      pino({ level: 'silent' }),
    );
    try {
      expect(await link.ready(5_000), link.lastError).to.equal(true);
      await useEverything(link);
      expect(link.down).to.equal(undefined);
    } finally {
      await link.close();
      await cluster.stop();
    }
  });

  it('without CLUSTER SLOTS is reported', async function () {
    needs(this, 'redis-server');
    const cluster = await startRedisCluster('--user', 'least', 'on', '>canary', ...RULES);
    const link = new RedisLink(
      {
        redisUrls: [String(cluster.urls[0]).replace('//', '//least:canary@')],
        redisSentinels: [],
        redisTimeoutMs: 2_000,
        redisPrefix: PREFIX,
      },
      pino({ level: 'silent' }),
    );
    try {
      await until(() => link.down?.includes('NOPERM') ?? false);
      expect(link.down).to.match(/^Redis refuses: NOPERM .*'cluster\|slots'/);
    } finally {
      await link.close();
      await cluster.stop();
    }
  });
});

/** Every verb of the store, every read, and the limits. Rejects where a right is missing. */
async function useEverything(link: RedisLink): Promise<void> {
  const store = new RedisStore(link, PREFIX);
  await writeEverything(store, 'a', 1);
  await writeEverything(store, 'a', 2);
  const { finishedAt } = recordOf();
  expect((await store.readCounters(['total', toMinuteSlot(finishedAt)]))[0]?.ok).to.be.greaterThan(0);
  expect((await store.readLabels('key', ['total']))[0]?.size).to.be.greaterThan(0);
  expect(await store.readAddresses(toHourSlot(finishedAt), 10)).not.to.deep.equal([]);
  expect(await store.readRequests(10)).to.have.length(10);
  expect(await store.readReplicas()).to.have.length(1);
  expect(await store.findToken('bound')).to.equal('token-1');
  await store.releaseClaim('claimed', 'a');
  expect(await store.takeSpareToken()).to.equal('spare-of-a');
  expect(await store.countSpareTokens()).to.equal(0);
  const limit = limitStoreOn(link);
  expect((await limit.increment('alice')).totalHits).to.equal(1);
  expect((await limit.get('alice'))?.totalHits).to.equal(1);
  await limit.resetKey('alice');
}
