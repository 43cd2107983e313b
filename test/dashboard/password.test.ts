import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

describe('The generated password of the dashboard', function () {
  this.timeout(20_000);
  let redis: RedisServer;
  let admin: Redis;
  let rigs: Rig[];

  beforeEach(async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
    admin = new Redis(redis.url, { retryStrategy: () => 20 });
    admin.on('error', () => undefined);
    rigs = [];
    for (let count = 0; count < 2; count += 1) await join();
  });
  afterEach(async () => {
    await Promise.all(rigs.map((rig) => rig.stop()));
    admin.disconnect();
    await redis.stop('SIGTERM');
  });

  async function join(): Promise<Rig> {
    const rig = await new Rig().start({ env: { REDIS_URL: redis.url, TRUST_PROXY: '1' } });
    rigs.push(rig);
    return rig;
  }

  const stored = () => admin.get('ztoapi:v1:{secret}:dashboard-password');

  const opens = async (rig: Rig, password: string) => {
    const authorization = `Basic ${Buffer.from(`any:${password}`).toString('base64')}`;
    const headers = { authorization, 'x-forwarded-for': '192.0.2.1' };
    return (await fetch(`${rig.url}/dashboard/stats`, { headers })).status === 200;
  };

  /** Whether all replicas accept the password that is stored. */
  const agreed = async () => {
    const password = await stored();
    if (password === null) return false;
    return (await Promise.all(rigs.map((rig) => opens(rig, password)))).every(Boolean);
  };
  const agree = async () => {
    // Guesses are limited.
    while (!(await agreed())) await sleep(500);
  };

  it('is the same for all replicas, and printed by none, since the admin’s opens the dashboard', async () => {
    await agree();
    const log = rigs.map((rig) => rig.log).join('');
    expect(log).not.to.contain('dashboard password');
    const told = [...log.matchAll(/admin password for (\S+)\/dashboard\/team .* another: ([\w-]+)/g)];
    expect(told.map(([, url]) => url)).to.have.length(1);
    expect(rigs.map((rig) => rig.url)).to.include(told[0]?.[1]);
    expect(await Promise.all(rigs.map((rig) => opens(rig, told[0]?.[2] ?? '')))).to.deep.equal([true, true]);
    await join();
    expect(rigs[2]?.log).not.to.contain('password');
  });

  it('stays the same when Redis loses its data, for replicas that come later too; so does the admin’s', async () => {
    await agree();
    const before = [await stored(), await admin.get('ztoapi:v1:{team}:admin')];
    await admin.flushall();
    await until(async () => (await stored()) !== null);
    await join();
    await agree();
    expect([await stored(), await admin.get('ztoapi:v1:{team}:admin')]).to.deep.equal(before);
  });

  it('is the same again when a new replica is the first to find an emptied Redis', async () => {
    await agree();
    await redis.stop('SIGKILL');
    await redis.start();
    await admin.set('ztoapi:v1:{secret}:dashboard-password', 'proposed-by-a-new-one');
    await join();
    await agree();
    expect(await stored()).to.equal('proposed-by-a-new-one');
  });
});

describe('The passwords that a start prints', () => {
  const start = async (env: Record<string, string>) => {
    const rig = await new Rig().start({ form: 'zai', env });
    await rig.stop();
    return [...rig.log.matchAll(/(admin|dashboard) password/g)].map(([, which]) => which);
  };

  it('are the admin’s at the first start, and none later', async () => {
    const DATA_DIR = mkdtempSync(joinPath(tmpdir(), 'ztoapi-password-'));
    expect(await start({ DATA_DIR })).to.deep.equal(['admin']);
    expect(await start({ DATA_DIR })).to.deep.equal([]);
  });

  it('are none where the admin’s is configured', async () => {
    expect(await start({ ADMIN_PASSWORD: 'password-of-the-admin' })).to.deep.equal([]);
  });

  it('are the dashboard’s where nothing outlives the gateway, or nothing can be written', async () => {
    expect(await start({ DATA_DIR: 'none' })).to.deep.equal(['dashboard']);
    expect(await start({ DATA_DIR: '/dev/null/data' })).to.deep.equal(['dashboard']);
  });
});
