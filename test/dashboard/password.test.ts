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

  /** What a replica has printed, oldest first. */
  const printed = (rig: Rig): string[] =>
    [...rig.log.matchAll(/dashboard password \([^)]*\): ([\w-]+)/g)].map(([, password = '']) => password);

  const opens = async (rig: Rig, password: string) => {
    const authorization = `Basic ${Buffer.from(`any:${password}`).toString('base64')}`;
    const headers = { authorization, 'x-forwarded-for': '192.0.2.1' };
    return (await fetch(`${rig.url}/dashboard/stats`, { headers })).status === 200;
  };

  /** Guesses are limited, so that no replica is asked before all have printed the same. */
  const agreed = async () => {
    const [last, ...others] = rigs.map((rig) => printed(rig).at(-1));
    if (last === undefined || others.some((other) => other !== last)) return false;
    expect(await Promise.all(rigs.map((rig) => opens(rig, last)))).to.deep.equal(rigs.map(() => true));
    return true;
  };

  it('is the same for all replicas, and printed once by each', async () => {
    await until(agreed);
    expect(rigs.map((rig) => printed(rig).length)).to.deep.equal([1, 1]);
  });

  it('stays the same when Redis loses its data, for replicas that come later too', async () => {
    await until(agreed);
    const [before] = printed(rigs[0] as Rig);
    await admin.flushall();
    await until(async () => (await admin.exists('ztoapi:v1:{secret}:dashboard-password')) === 1);
    await join();
    await until(agreed);
    expect(rigs.map(printed)).to.deep.equal([[before], [before], [before]]);
  });

  it('is the same again when a new replica is the first to find an emptied Redis', async () => {
    await until(agreed);
    const [before] = printed(rigs[0] as Rig);
    await redis.stop('SIGKILL');
    await redis.start();
    await admin.set('ztoapi:v1:{secret}:dashboard-password', 'proposed-by-a-new-one');
    await join();
    await until(() => printed(rigs[0] as Rig).length === 2);
    await until(agreed);
    expect(rigs.map(printed)).to.deep.equal([
      [before, 'proposed-by-a-new-one'],
      [before, 'proposed-by-a-new-one'],
      ['proposed-by-a-new-one'],
    ]);
  });
});
