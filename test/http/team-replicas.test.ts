/** Managed keys over three replicas that share a real Redis. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { errorOf, Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';
import { ADMIN, admin, newKey } from '../support/team.js';

/** Pause of a client after an answer: what is proven does not depend on their speed. */
const PAUSE_MS = 10;

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('Managed keys over three replicas', () => {
  let server: RedisServer;
  let redis: Redis;
  let rigs: Rig[];
  const extra: Rig[] = [];

  async function start(env: Record<string, string> = {}): Promise<Rig> {
    return new Rig().start({
      form: 'zai',
      env: { ADMIN_PASSWORD: ADMIN, REDIS_URL: server.url, REDIS_TIMEOUT: '2000', ...env },
    });
  }

  beforeEach(async function () {
    needs(this, 'redis-server');
    server = await startRedis('--appendonly', 'yes');
    redis = new Redis(server.url);
    redis.on('error', () => undefined);
    rigs = await Promise.all([start(), start(), start()]);
  });
  afterEach(async () => {
    await Promise.all([...(rigs ?? []), ...extra.splice(0)].map((rig) => rig.stop()));
    redis?.disconnect();
    await server?.stop();
  });

  const [first, second] = [() => rigs[0] as Rig, () => rigs[1] as Rig];
  const ask = (rig: Rig, key: string, options = {}) =>
    rig.ask('sim:say(ok)', { headers: bearer(key), stream: false, ...options });
  const status = async (rig: Rig, key: string) => {
    const response = await ask(rig, key);
    await response.text();
    return response.status;
  };

  /** Asks every replica again and again until `isOver`. @returns each request's replica, start and status */
  function load(keys: readonly string[], isOver: () => boolean, replicas: readonly Rig[] = rigs) {
    const requests: { replica: number; startedAt: number; status: number }[] = [];
    const worker = async (replica: number, key: string) => {
      while (!isOver()) {
        const startedAt = performance.now();
        requests.push({ replica, startedAt, status: await status(replicas[replica] as Rig, key) });
        await sleep(PAUSE_MS);
      }
    };
    const workers = replicas.flatMap((_, replica) => keys.map((key) => worker(replica, key)));
    return { requests, ended: Promise.all(workers) };
  }

  it('the limit of the whole gateway admits exactly that many of all keys over all replicas', async () => {
    const limited = await Promise.all([0, 1].map(() => start({ RATE_LIMIT_TOTAL: '20' })));
    extra.push(...limited);
    const keys = await Promise.all(
      ['ann', 'bob'].map(async (member) => (await newKey(first().url, { member })).key),
    );
    const asked = Array.from({ length: 15 }, () =>
      limited.flatMap((rig) => keys.map((key) => status(rig, key))),
    );
    const statuses = await Promise.all(asked.flat());
    expect(statuses.filter((code) => code === 200)).to.have.length(20);
    expect(statuses.filter((code) => code === 429)).to.have.length(40);
  });

  it('a known key costs no round trip but the count of its limit, which tells its revision', async () => {
    const { id, key } = await newKey(first().url, { member: 'alice', requests_per_minute: 1_000 });
    // The first use is stored.
    for (let time = 0; time < 3; time += 1) await status(first(), key);
    await until(async () => (await admin(first().url, 'GET', `/keys/${id}`)).body.first_used_at !== null);
    await status(first(), key);
    const calls: string[][] = [];
    const monitor = await redis.monitor();
    monitor.on('error', () => undefined);
    monitor.on('monitor', (_time: string, command: string[]) => {
      if (/^evalsha$/i.test(command[0] ?? '')) calls.push(command);
    });
    const about = (text: string) => calls.filter((command) => command.some((part) => part.includes(text)));
    for (let time = 0; time < 20; time += 1) expect(await status(first(), key)).to.equal(200);
    await until(() => about(`{key:${id}}:rate`).length >= 20);
    monitor.disconnect();
    expect(about(`{key:${id}}:rate`)).to.have.length(20);
    expect(about('{team}')).to.deep.equal([]);
  });

  it('a start warns when they are in a Redis that writes nothing to a disk', async () => {
    await newKey(first().url, { member: 'alice' });
    await redis.config('SET', 'appendonly', 'no');
    const rig = await start();
    extra.push(rig);
    await until(() => rig.log.includes('members and keys are in a Redis that writes nothing to a disk'));
    expect(first().log).not.to.contain('writes nothing to a disk');
  });

  it('a key that is made on one works on all at once', async () => {
    const { key } = await newKey(first().url, { member: 'alice' });
    expect(await Promise.all(rigs.map((rig) => status(rig, key)))).to.deep.equal([200, 200, 200]);
  });

  it('a key that is revoked under load is accepted nowhere a second later', async () => {
    const { id, key } = await newKey(first().url, { member: 'alice' });
    let over = false;
    const { requests, ended } = load([key, key], () => over);
    const answered = (replica: number, status: number) =>
      requests.filter((one) => one.replica === replica && one.status === status);
    await until(() => [0, 1, 2].every((replica) => answered(replica, 200).length > 5));
    await admin(first().url, 'DELETE', `/keys/${id}`);
    const revokedAt = performance.now();
    const isRefused = (replica: number) => answered(replica, 401).length > 0;
    await until(() => [0, 1, 2].every(isRefused) && performance.now() > revokedAt + 1_200);
    over = true;
    await ended;
    expect(requests.filter((one) => ![200, 401, 429].includes(one.status))).to.deep.equal([]);
    for (const replica of [0, 1, 2]) {
      const accepted = answered(replica, 200);
      expect(Math.max(...accepted.map(({ startedAt }) => startedAt)) - revokedAt).to.be.lessThan(1_000);
    }
  });

  it('a key that is revoked on one ends open streams on another', async () => {
    const { id, key } = await newKey(first().url, { member: 'alice' });
    const response = await ask(second(), key, {
      stream: true,
      messages: [{ role: 'user', content: 'sim:stall' }],
    });
    const text = response.text();
    await admin(first().url, 'PATCH', `/keys/${id}`, { state: 'disabled' });
    expect(await text).to.contain('"code":"key_revoked"');
  });

  it('a limit of a key and of a member holds over all together', async () => {
    await admin(first().url, 'POST', '/members', { id: 'bob', requests_per_minute: 7 });
    const one = await newKey(first().url, { member: 'bob', requests_per_minute: 5 });
    const two = await newKey(first().url, { member: 'bob' });
    const all = (key: string, times: number) =>
      Promise.all(Array.from({ length: times }, (_, index) => status(rigs[index % 3] as Rig, key)));
    expect((await all(one.key, 9)).filter((answer) => answer === 200)).to.have.length(5);
    expect((await all(two.key, 9)).filter((answer) => answer === 200)).to.have.length(2);
  });

  it('the well-known key ends on all with the first key', async () => {
    const open = await Promise.all([start({ DEFAULT_KEY: '' }), start({ DEFAULT_KEY: '' })]);
    extra.push(...open);
    const statuses = () => Promise.all(open.map((rig) => status(rig, 'sk-your-key')));
    expect(await statuses()).to.deep.equal([200, 200]);
    const { id } = await newKey((open[0] as Rig).url, { member: 'alice' });
    await until(async () => (await statuses()).every((answer) => answer === 401));
    await admin((open[0] as Rig).url, 'DELETE', `/keys/${id}`);
    expect(await statuses()).to.deep.equal([401, 401]);
  });

  it('while Redis is killed known keys go on without a failure, and unknown ones get 503', async () => {
    const { key } = await newKey(first().url, { member: 'alice' });
    const unseen = await newKey(first().url, { member: 'bob' });
    let over = false;
    const { requests, ended } = load([key, key], () => over);
    await until(() => requests.length > 20);
    await server.stop();
    const killedAt = requests.length;
    await until(() => requests.length > killedAt + 100);
    over = true;
    await ended;
    expect(requests.filter((one) => one.status !== 200)).to.deep.equal([]);
    const refused = await ask(first(), unseen.key);
    expect(refused.status).to.equal(503);
    expect(Number(refused.headers.get('retry-after'))).to.be.greaterThan(0);
    expect((await errorOf(refused)).code).to.equal('store_unavailable');
    expect((await admin(first().url, 'GET', '/audit')).status).to.equal(503);
    await server.start();
    await until(async () => (await status(first(), unseen.key)) === 200);
  });

  it('a Redis that lost everything is no reason to refuse known keys, or to bring the well-known one back', async () => {
    const { key } = await newKey(first().url, { member: 'alice' });
    const open = await start({ DEFAULT_KEY: '' });
    extra.push(open);
    for (const rig of [...rigs, open]) expect(await status(rig, key)).to.equal(200);
    const unseen = await newKey(first().url, { member: 'bob' });
    await redis.flushall();
    for (const rig of rigs) {
      expect(await status(rig, key)).to.equal(200);
      expect(await status(rig, unseen.key)).to.equal(503);
    }
    expect(await status(open, 'sk-your-key')).to.equal(401);
  });

  it('twelve keys are imported under load, and no client notices', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `member-${index}`);
    const keys = names.map((name) => `key-of-${name}`);
    const API_KEYS = names.map((name, index) => `${name}:${keys[index]}`).join(',');
    const before = await start({ API_KEYS });
    extra.push(before);
    let over = false;
    const early = load(keys, () => over, [before]);
    await until(() => early.requests.length > 12);
    const imported = await admin(before.url, 'POST', '/keys/import', {
      keys: names.map((name, index) => ({ name, key: keys[index] })),
    });
    expect(imported.body.imported).to.have.members(names);
    const after = await start();
    extra.push(after);
    const late = load(keys, () => over, [after]);
    await until(() => late.requests.length > 48);
    over = true;
    await Promise.all([early.ended, late.ended]);
    expect([...early.requests, ...late.requests].filter((one) => one.status !== 200)).to.deep.equal([]);
    const known = (rig: Rig) => new Set(rig.records.map(({ keyName }) => keyName));
    expect(known(after)).to.deep.equal(known(before));
  });
});
