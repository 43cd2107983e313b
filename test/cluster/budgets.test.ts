import { budgetSuite } from './budget-suite.js';

describe('Budgets over three replicas', () => {
  budgetSuite({ requests: 60, afforded: 12, isDeep: false });
});
