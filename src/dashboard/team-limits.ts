/** The limits of a member or key in words, with what is used of its budgets: one place for each kind of limit. Pure. */
import type { BudgetUse } from '../budgets/budgets.js';
import { type Budget, MILLION } from '../budgets/core/budget.js';
import type { Format } from './format.js';
import type { DashboardTexts } from './texts/texts.js';

/** Limits that members, keys and keys of the environment may have. The form's fields are in `views/dashboard/team/limit-fields.ejs`. */
export interface Limited {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly budgets?: readonly Budget[] | undefined;
}

export interface LimitView {
  readonly text: string;
  /** Of a budget; `undefined` for limits of another kind, and while it is not known. */
  readonly spent?: { readonly text: string; readonly percent: number } | undefined;
}

export function describeLimits(
  { requestsPerMinute, tokensPerMinute, maxInFlight, budgets = [] }: Limited,
  uses: readonly BudgetUse[],
  t: DashboardTexts,
  format: Format,
): LimitView[] {
  const words = (value: number | undefined, write: (count: string) => string) =>
    value === undefined ? [] : [{ text: write(format.number(value)) }];
  return [
    ...words(requestsPerMinute, t.team.perMinute),
    ...words(tokensPerMinute, t.team.tokensPerMinute),
    ...words(maxInFlight, t.team.inFlight),
    ...budgets.map((budget) => describeBudget(budget, uses, t, format)),
  ];
}

function describeBudget(
  budget: Budget,
  uses: readonly BudgetUse[],
  t: DashboardTexts,
  format: Format,
): LimitView {
  const { amount, unit, period, hard } = budget;
  const write = (of: number) =>
    unit === 'tokens' ? t.team.tokens(format.number(of)) : format.money(of / MILLION, unit);
  const use = uses.find((one) => one.period.budget.unit === unit && one.period.budget.period === period);
  return {
    text: `${t.team.budget(write(amount), period)}${hard ? ` · ${t.team.hard}` : ''}`,
    spent: use && {
      text: t.team.spent(write(use.spent)),
      percent: Math.min(100, Math.round((100 * use.spent) / amount)),
    },
  };
}
