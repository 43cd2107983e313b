/** Budgets and limits of tokens and open requests, as /v1/key and pages tell them. */

import type { Budgets, BudgetUse } from '../budgets/budgets.js';
import { type Budget, MILLION } from '../budgets/core/budget.js';
import type { Allowance, MeterScope, Meters } from '../budgets/core/meters.js';
import { toWire } from '../budgets/core/notation.js';
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';

export type BudgetReader = Pick<Budgets, 'read' | 'list'>;

export interface ShownLimit {
  readonly limit: number;
  readonly set_by: MeterScope;
}

/** @returns members of the answer; what is spent is null while the store is away */
export async function showLimits(meters: Meters | undefined, budgets: BudgetReader) {
  const allowances = meters?.allowances ?? [];
  return {
    tokens_per_minute: findTightest(allowances, ({ tokensPerMinute }) => tokensPerMinute),
    max_in_flight: findTightest(allowances, ({ maxInFlight }) => maxInFlight),
    budgets: meters === undefined ? [] : (await readUses(meters, budgets)).map(showBudget),
  };
}

async function readUses(meters: Meters, budgets: BudgetReader): Promise<(BudgetUse | UnreadUse)[]> {
  try {
    return await budgets.read(meters);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return budgets.list(meters).map((period) => ({ period }));
  }
}

type UnreadUse = Pick<BudgetUse, 'period'>;

export function showBudget(use: BudgetUse | UnreadUse) {
  const { budget, scope, range } = use.period;
  const inUnits = (amount: number) => toUnits(amount, budget);
  const known = 'spent' in use ? use : undefined;
  return {
    ...toWire(budget),
    set_by: scope,
    spent: known ? inUnits(known.spent) : null,
    reserved: known ? inUnits(known.held) : null,
    left: known ? inUnits(Math.max(0, budget.amount - known.spent)) : null,
    resets_at: range.end === undefined ? null : new Date(range.end).toISOString(),
  };
}

/** Tokens, or the currency with up to six decimals. */
function toUnits(amount: number, { unit }: Budget): number {
  return unit === 'tokens' ? amount : amount / MILLION;
}

function findTightest(
  allowances: readonly Allowance[],
  read: (allowance: Allowance) => number | undefined,
): ShownLimit | null {
  const all = allowances.flatMap((allowance) => {
    const limit = read(allowance);
    return limit === undefined ? [] : [{ limit, set_by: allowance.scope }];
  });
  return all.sort((one, other) => one.limit - other.limit)[0] ?? null;
}
