import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Rig } from '../support/gateway.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';
import { judgeShares, MEMBERS, runFlood } from './flood.js';

const SLOTS = 2;
const SECONDS = 6;

describe('Three replicas that share an upstream of two slots', () => {
  let redis: RedisServer;
  let upstream: LimitedUpstream;
  let rigs: Rig[] = [];

  before(async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
    upstream = await new LimitedUpstream(SLOTS).start();
    for (let index = 0; index < 3; index += 1)
      rigs.push(
        await new Rig().start({
          form: 'zai',
          env: {
            UPSTREAM_URL: upstream.url,
            UPSTREAM_PROTOCOL: 'openai',
            UPSTREAM_SLOTS: String(SLOTS),
            API_KEYS: ['flood', ...MEMBERS].map((name) => `${name}:sk-${name}`).join(','),
            REDIS_URL: redis.url,
            LOG_LEVEL: 'warn',
          },
        }),
      );
  });
  after(async () => {
    await Promise.all(rigs.map((rig) => rig.stop()));
    rigs = [];
    await upstream?.stop();
    await redis?.stop('SIGTERM');
  });

  // How equal the shares are is tested in simulated time (test/queue/fair-share.test.ts) and for a minute of real
  // processes (fair-share.deep.ts): a busy machine delays each hand-over.
  it('fail nobody in a flood, ask the upstream once for each answer, and leave members their share', async () => {
    const statuses: number[] = [];
    let next = 0;
    const ask = async (who: string, ms: number) => {
      const rig = rigs[next % rigs.length] as Rig;
      next += 1;
      const headers = { authorization: `Bearer sk-${who}` };
      const response = await rig.ask(`who=${who} ms=${ms}`, { model: 'glm-4.6', stream: true, headers });
      await response.text();
      statuses.push(response.status);
    };
    const world = { now: () => performance.now(), sleep, ask };
    const spans = await runFlood(world, { ms: SECONDS * 1000, seed: 3, scale: 0.2 });
    const uses = upstream.admitted.map((call) => ({ ...call, endedAt: call.endedAt ?? call.startedAt }));
    const { ann } = Object.fromEntries(judgeShares(spans, uses));
    expect(statuses.filter((status) => status !== 200)).to.deep.equal([]);
    expect([upstream.refused, upstream.mostInFlight]).to.deep.equal([0, SLOTS]);
    expect(upstream.calls).to.equal(statuses.length);
    // First in, first out leaves her less than a tenth of it.
    expect((ann?.usedMs ?? 0) / (ann?.fairMs ?? 0)).to.be.above(0.5);
  });
});
