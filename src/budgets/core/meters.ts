/** What is counted for a request: the budgets and limits of its key and of its member. Pure. */
import { findPeriod, type TimeRange } from '../../calendar.js';
import type { Budget, BudgetUnit } from './budget.js';
import { nameCounter } from './ledger.js';
import { amountOf, type Line } from './types.js';

export const METER_SCOPES = ['key', 'member'] as const;
export type MeterScope = (typeof METER_SCOPES)[number];

/** What one key or member may use at most. */
export interface Allowance {
  readonly scope: MeterScope;
  /** Its name in the ledger: another key or member of the same name inherits nothing. */
  readonly name: string;
  /** For people: `MEMBER` or `MEMBER/KEY`. */
  readonly label: string;
  readonly budgets: readonly Budget[];
  readonly tokensPerMinute: number | undefined;
  readonly maxInFlight: number | undefined;
}

export interface Meters {
  /** See `BudgetStore`. */
  readonly ledger: string;
  /** Those that set anything: the key's, then the member's. Not empty. */
  readonly allowances: readonly Allowance[];
}

/** @returns undefined if nothing is limited: then a request costs nothing more than before */
export function joinAllowances(ledger: string, all: readonly Allowance[]): Meters | undefined {
  const allowances = all.filter(
    ({ budgets, tokensPerMinute, maxInFlight }) =>
      budgets.length > 0 || tokensPerMinute !== undefined || maxInFlight !== undefined,
  );
  return allowances.length === 0 ? undefined : { ledger, allowances };
}

export function hasMoneyBudget(meters: Meters): boolean {
  return meters.allowances.some(({ budgets }) => budgets.some(({ unit }) => unit !== 'tokens'));
}

/** A budget in its present period. */
export interface Period {
  readonly scope: MeterScope;
  readonly label: string;
  readonly budget: Budget;
  readonly counter: string;
  readonly range: TimeRange;
}

/** Those that reset last come first: while several are used up, their time is the one to tell. */
export function findPeriods({ allowances }: Meters, now: number, zone: string): Period[] {
  const periods = allowances.flatMap(({ scope, name, label, budgets }) =>
    budgets.map((budget) => {
      const range = findPeriod(budget.period, now, zone);
      return { scope, label, budget, range, counter: nameCounter(name, budget.unit, budget.period, range) };
    }),
  );
  const end = ({ range }: Period) => range.end ?? Number.POSITIVE_INFINITY;
  return periods.sort((one, other) => (end(one) < end(other) ? 1 : end(one) > end(other) ? -1 : 0));
}

/** Amounts by unit. */
export type Amounts = Readonly<Record<BudgetUnit, number>>;

export const NOTHING: Amounts = { tokens: 0, USD: 0, CNY: 0 };

export function addAmounts(one: Amounts, other: Amounts): Amounts {
  return { tokens: one.tokens + other.tokens, USD: one.USD + other.USD, CNY: one.CNY + other.CNY };
}

/** What a request costs at most, whichever upstream answers it. */
export interface Rates {
  /** Of a million input tokens, by unit. */
  readonly input: Amounts;
  /** Of a million output tokens, by unit. */
  readonly output: Amounts;
}

/** @param before What earlier calls of the request have used */
export function toLine(
  { budget, counter }: Pick<Period, 'budget' | 'counter'>,
  { input, output }: Rates,
  inputTokens: number,
  before: Amounts,
): Line {
  return {
    counter,
    limit: budget.amount,
    base: before[budget.unit] + amountOf(inputTokens, input[budget.unit]),
    rate: output[budget.unit],
    isHard: budget.hard ?? false,
  };
}
