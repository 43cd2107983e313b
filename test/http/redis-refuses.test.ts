/** Chat while Redis answers with errors: degraded mode, as if it were away. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { listLeastRights } from '../../src/store/redis/check.js';
import { jsonOf, Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

const PREFIX = 'ztoapi:v1:';
const LIMIT = 3;

describe('A gateway of the web chat whose Redis refuses', () => {
  let server: RedisServer;
  let admin: Redis;
  let rig: Rig;

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis('--user', 'team', 'on', '>canary', ...listLeastRights(PREFIX).split(' '));
    admin = new Redis(server.url);
  });
  after(async () => {
    admin?.disconnect();
    await server?.stop('SIGTERM');
  });
  beforeEach(async () => {
    await admin.flushall();
  });
  afterEach(() => rig.stop());

  async function start(env: Record<string, string> = {}): Promise<void> {
    rig = await new Rig().start({
      env: {
        REDIS_URL: `redis://team:canary@127.0.0.1:${server.port}`,
        PUBLIC_RATE_LIMIT: String(LIMIT),
        PUBLIC_RATE_LIMIT_TOTAL: '0',
        ...env,
      },
    });
  }

  const readyz = async () => jsonOf(await fetch(`${rig.url}/readyz`));

  /** Answers, marked as degraded, until this replica's own count reaches the limit. */
  async function servesDegraded(reason: RegExp, counted = 0): Promise<void> {
    expect(await readyz())
      .to.have.property('degraded')
      .that.matches(reason);
    const statuses: number[] = [];
    for (let turn = 0; turn <= LIMIT - counted; turn += 1) {
      const response = await rig.ask(`sim:say(${turn})`, { stream: false });
      await response.text();
      expect(response.headers.get('x-gateway-mode')).to.equal('degraded');
      statuses.push(response.status);
    }
    expect(statuses).to.deep.equal([...Array(LIMIT - counted).fill(200), 429]);
    expect(rig.log).not.to.contain('canary');
  }

  for (const [kind, right, reason] of [
    ['to run scripts', 'evalsha', /^Redis refuses EVALSHA: NOPERM/],
    [
      'a command within scripts',
      'pexpire',
      /^Redis refuses PEXPIRE: ERR The user executing the script can't/,
    ],
    ['to publish', 'publish', /^Redis refuses PUBLISH: ERR The user executing the script can't/],
    ['to subscribe', 'subscribe', /^Redis refuses SUBSCRIBE: NOPERM/],
  ] as const) {
    it(`${kind} starts with REDIS_REQUIRED=false, keeps limits, and shares state once it may`, async () => {
      await admin.call('ACL', 'SETUSER', 'team', `-${right}`);
      try {
        await start({ REDIS_REQUIRED: 'false' });
        await servesDegraded(reason);
      } finally {
        await admin.call('ACL', 'SETUSER', 'team', `+${right}`);
      }
      await until(async () => !('degraded' in (await readyz())));
      const response = await rig.ask('sim:say(shared)', { stream: false });
      await response.text();
      expect(response.status).to.equal(200);
      expect(response.headers.has('x-gateway-mode')).to.equal(false);
      expect(await admin.keys(`${PREFIX}limit:public-address:*`)).to.have.length(1);
    });
  }

  it('while it runs answers the current request and all after it', async () => {
    await start();
    expect(await rig.say('sim:say(before)')).to.equal('before');
    await admin.call('ACL', 'SETUSER', 'team', '-eval', '-evalsha');
    try {
      expect(await rig.say('sim:say(now)')).to.equal('now');
      await servesDegraded(/^Redis refuses.*NOPERM/, 1);
    } finally {
      await admin.call('ACL', 'SETUSER', 'team', '+eval', '+evalsha');
    }
    await until(async () => !('degraded' in (await readyz())));
  });

  it('shows the reason on the dashboard', async () => {
    await admin.call('ACL', 'SETUSER', 'team', '-publish');
    try {
      await start({ REDIS_REQUIRED: 'false' });
      const page = await (await fetch(`${rig.url}/dashboard`)).text();
      expect(page).to.contain('Redis refuses PUBLISH');
    } finally {
      await admin.call('ACL', 'SETUSER', 'team', '+publish');
    }
  });
});
