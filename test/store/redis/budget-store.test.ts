import { RedisBudgetStore } from '../../../src/store/redis/budget-store.js';
import { useRedisLink } from '../../support/redis-link.js';
import { budgetContract, LEDGER } from '../budget-contract.js';
import { setBudgetClock, useBudgetClock } from './budget-clock.js';

const START = 1_764_000_000_000;

describe('Budgets in Redis', () => {
  const used = useRedisLink();
  let ledgers = 0;

  before(() => useBudgetClock(used.link));

  budgetContract('Redis', async () => {
    ledgers += 1;
    const prefix = `test-${ledgers}:`;
    let now = START;
    await setBudgetClock(used.link, prefix, LEDGER, now);
    return {
      store: new RedisBudgetStore(used.link, prefix),
      async advance(ms) {
        now += ms;
        await setBudgetClock(used.link, prefix, LEDGER, now);
      },
    };
  });
});
