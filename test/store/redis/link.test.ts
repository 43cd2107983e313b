import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { type LinkOptions, RedisLink } from '../../../src/store/redis/link.js';
import { RedisStore } from '../../../src/store/redis/redis-store.js';
import { StoreUnavailableError } from '../../../src/store/store.js';
import { batchOf, manyRecords } from '../../stats/records.js';
import { needs, type RedisServer, startRedis, until } from '../../support/redis.js';

/** Long enough for a Redis that runs, on a machine where it has to wait for its turn. */
const TIMEOUT_MS = 250;

describe('RedisLink to a real redis-server', () => {
  let server: RedisServer;
  let admin: Redis;
  let link: RedisLink;
  let lines: { level: number; msg: string }[];

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis('--appendonly', 'yes');
    admin = new Redis(server.url, { retryStrategy: () => 20 });
    admin.on('error', () => undefined);
  });
  after(async () => {
    admin?.disconnect();
    await server?.stop('SIGTERM');
  });

  beforeEach(async () => {
    await admin.flushall();
    lines = [];
    link = open();
    expect(await link.ready(5_000)).to.equal(true);
    lines.length = 0;
  });
  afterEach(async () => {
    server.signal('SIGCONT');
    await link.close();
  });

  function open(options: Partial<LinkOptions> = {}): RedisLink {
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
    return new RedisLink(
      { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: TIMEOUT_MS, ...options },
      log,
    );
  }

  const ping = () => link.call((redis) => redis.get('anything'));
  const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

  async function timeOut(times: number): Promise<void> {
    server.signal('SIGSTOP');
    for (let time = 0; time < times; time += 1) {
      expect(await outcomeOf(ping())).to.be.instanceOf(StoreUnavailableError);
    }
    server.signal('SIGCONT');
  }

  it('makes calls, and counts them and their duration', async () => {
    const before = link.calls;
    expect(await ping()).to.equal(null);
    await link.call((redis) => Promise.all([redis.set('x', '1'), redis.get('x')]));
    expect(link.calls - before).to.equal(2);
    expect(link.latencyMs).to.be.greaterThan(0);
    expect(link.down).to.equal(undefined);
  });

  it('waits for a silent Redis until the deadline', async () => {
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    expect(await outcomeOf(ping())).to.be.instanceOf(StoreUnavailableError);
    expect(performance.now() - startedAt).to.be.at.least(TIMEOUT_MS - 2);
  });

  it('does not mistake its own busy event loop for a delay of Redis', async () => {
    const call = ping();
    // Now it is sent.
    await nextTurn();
    const end = performance.now() + 3 * TIMEOUT_MS;
    while (performance.now() < end);
    expect(await call).to.equal(null);
  });

  it('keeps the circuit closed after two consecutive timeouts, repeatedly', async () => {
    for (let round = 0; round < 2; round += 1) {
      await timeOut(2);
      // The late answers come first.
      await until(async () => (await outcomeOf(ping())) === null);
      expect(link.down).to.equal(undefined);
    }
    expect(lines).to.deep.equal([]);
  });

  it('opens the circuit after three consecutive timeouts, checks Redis by itself, and logs each change once', async () => {
    server.signal('SIGSTOP');
    for (let time = 0; time < 3; time += 1) await outcomeOf(ping());
    expect(link.down).to.equal('Redis did not answer in 250 ms');

    const { calls } = link;
    const errors = await Promise.all(Array.from({ length: 500 }, () => outcomeOf(ping())));
    expect(errors.every((error) => error instanceof StoreUnavailableError)).to.equal(true);
    expect(link.calls).to.equal(calls);

    server.signal('SIGCONT');
    await until(() => link.down === undefined);
    expect(await ping()).to.equal(null);
    expect(lines.map(({ level }) => level)).to.deep.equal([40, 30]);
    expect(lines[0]?.msg).to.match(/did not answer in 250 ms: going on without it/);
    expect(lines[1]?.msg).to.match(/Redis is back/);
  });

  it('opens the circuit at once when the connection is lost, and closes it again', async () => {
    await server.stop('SIGKILL');
    await until(() => link.down !== undefined);
    const { calls } = link;
    expect(await outcomeOf(ping())).to.be.instanceOf(StoreUnavailableError);
    expect(link.calls).to.equal(calls);
    // Several attempts to connect fail meanwhile.
    await sleep(200);
    await server.start();
    await until(() => link.down === undefined);
    expect(await ping()).to.equal(null);
    expect(lines.map(({ level }) => level)).to.deep.equal([40, 30]);
    expect(lines[0]?.msg).to.match(/the connection to Redis is lost: going on without it/);
  });

  it('rejects calls in progress when the connection is lost', async () => {
    server.signal('SIGSTOP');
    const calls = Array.from({ length: 20 }, () => outcomeOf(ping()));
    await server.stop('SIGKILL');
    const errors = await Promise.all(calls);
    expect(errors.every((error) => error instanceof StoreUnavailableError)).to.equal(true);
    await server.start();
    await until(() => link.down === undefined);
  });

  it('rejects a pipeline in progress when the connection is lost', async () => {
    // Its replies would tell of the loss one by one, and look like mistakes. Patient: the deadline would say the same.
    const patient = open({ redisTimeoutMs: 10_000 });
    expect(await patient.ready(5_000)).to.equal(true);
    server.signal('SIGSTOP');
    const read = outcomeOf(new RedisStore(patient, 'test:').readCounters(['total', 'total']));
    await server.stop('SIGKILL');
    expect(await read).to.be.instanceOf(StoreUnavailableError);
    await patient.close();
    await server.start();
    await until(() => link.down === undefined);
  });

  it('sends scripts again that Redis has lost', async () => {
    const store = new RedisStore(link, 'test:');
    expect(await store.bindToken('c', 'one')).to.equal('one');
    await admin.script('FLUSH');
    const found = await Promise.all(Array.from({ length: 20 }, () => store.findToken('c')));
    expect(new Set(found)).to.deep.equal(new Set(['one']));
    await admin.script('FLUSH');
    await store.recordBatch(batchOf('a', 1, manyRecords(2)));
    expect((await store.readRequests(10)).length).to.equal(2);
  });

  it('distinguishes errors of a call from an outage', async () => {
    const error = await outcomeOf(link.run('recordBatch', ['a', 'b'], [1, 'no JSON']));
    expect(error).to.be.instanceOf(Error).and.not.instanceOf(StoreUnavailableError);
    expect(link.down).to.equal(undefined);
  });

  it('opens the circuit when Redis is full, and counts nothing of a refused batch', async () => {
    const store = new RedisStore(link, 'test:');
    const [first, second] = [batchOf('a', 1, manyRecords(3)), batchOf('a', 2, manyRecords(4))];
    await store.recordBatch(first);
    const before = await admin.dbsize();
    await admin.config('SET', 'maxmemory', '1');
    expect(await outcomeOf(store.recordBatch(second))).to.be.instanceOf(StoreUnavailableError);
    expect(link.down).to.match(/OOM/);
    expect(await outcomeOf(store.claimToken('c', 'a'))).to.be.instanceOf(StoreUnavailableError);
    expect(await admin.dbsize()).to.equal(before);
    expect((await admin.hget('test:{stats}:total', 'ok')) ?? '').to.equal('3');
    await admin.config('SET', 'maxmemory', '0');
    await until(() => link.down === undefined);
    await store.recordBatch(second);
    await store.recordBatch(second);
    expect((await store.readCounters(['total']))[0]?.ok).to.equal(7);
    expect(lines.map(({ level }) => level)).to.deep.equal([40, 30]);
  });

  it('is not in use before it is connected, and logs nothing after it was closed', async () => {
    const early = open();
    const error = await outcomeOf(early.call((redis) => redis.get('x')));
    expect(error).to.be.instanceOf(StoreUnavailableError);
    await early.close();
    expect(await early.ready(100)).to.equal(false);
    expect(lines).to.deep.equal([]);
  });

  describe('that requires a password', () => {
    let guarded: RedisServer;

    before(async () => {
      const user = ['--user', 'team', 'on', '>canary:2', '~*', '&*', '+@all'];
      guarded = await startRedis('--requirepass', 'canary@1', ...user);
    });
    after(() => guarded?.stop('SIGTERM'));

    const urlWith = (userinfo: string) => `redis://${userinfo}@127.0.0.1:${guarded.port}/3`;

    for (const userinfo of [':canary%401', 'team:canary%3A2']) {
      it(`uses the password in the URL: ${userinfo.replace(/canary.*/, '…')}`, async () => {
        await link.close();
        link = open({ redisUrls: [urlWith(userinfo)] });
        expect(await link.ready(5_000)).to.equal(true);
        expect(String(await link.call((redis) => redis.client('INFO')))).to.match(/db=3/);
      });
    }

    it('reports the missing password', async () => {
      for (const userinfo of [':canary-wrong', 'team:canary-wrong', 'nobody:canary-wrong']) {
        const wrong = open({ redisUrls: [urlWith(userinfo)] });
        const ready = await wrong.ready(150);
        await wrong.close();
        expect(ready).to.equal(false);
        expect(wrong.lastError).to.match(/WRONGPASS|NOAUTH/);
        expect(`${wrong.lastError} ${wrong.down} ${JSON.stringify(lines)}`).not.to.contain('canary');
      }
    });
  });
});
