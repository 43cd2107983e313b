import { budgetSuite } from './budget-suite.js';

describe('Budgets over three replicas and a thousand requests at a time', function () {
  this.timeout(600_000);
  budgetSuite({ requests: 1_000, afforded: 100, isDeep: true });
});
