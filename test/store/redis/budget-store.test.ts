import { pino } from 'pino';
import { RedisBudgetStore } from '../../../src/store/redis/budget-store.js';
import { RedisLink } from '../../../src/store/redis/link.js';
import { needs, type RedisServer, startRedis } from '../../support/redis.js';
import { budgetContract, LEDGER } from '../budget-contract.js';
import { setBudgetClock, useBudgetClock } from './budget-clock.js';

const START = 1_764_000_000_000;

describe('Budgets in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let ledgers = 0;

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis();
    link = new RedisLink(
      { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: 5_000 },
      pino({ level: 'silent' }),
    );
    if (!(await link.ready(10_000))) throw new Error(`not connected: ${link.lastError}`);
    await useBudgetClock(link);
  });
  after(async () => {
    await link?.close();
    await server?.stop('SIGTERM');
  });

  budgetContract('Redis', async () => {
    ledgers += 1;
    const prefix = `test-${ledgers}:`;
    let now = START;
    await setBudgetClock(link, prefix, LEDGER, now);
    return {
      store: new RedisBudgetStore(link, prefix),
      async advance(ms) {
        now += ms;
        await setBudgetClock(link, prefix, LEDGER, now);
      },
    };
  });
});
