/** Builds what enforces budgets, and what is told of them. */
import { Budgets, type Reached } from '../budgets/budgets.js';
import { describeBudget } from '../budgets/core/budget.js';
import type { Config } from '../config/config.js';
import type { Events } from '../events/event-teller.js';
import type { SharedState } from '../store/shared-state.js';

export function composeBudgets(
  { timeZone }: Pick<Config, 'timeZone'>,
  { budgetStore, replicasLastSeen }: SharedState,
  replica: string,
  events: Events,
): Budgets {
  return new Budgets({
    replica,
    store: budgetStore,
    zone: timeZone,
    replicas: replicasLastSeen,
    onReached: (reached) => tell(events, reached),
  });
}

function tell(events: Events, { percent, period: { label, budget, counter } }: Reached): void {
  events.tell({
    kind: percent === 100 ? 'budget_spent' : 'budget_warning',
    subject: label,
    params: { budget: describeBudget(budget) },
    onceKey: `${label} ${counter} ${budget.amount} ${percent}`,
  });
}
