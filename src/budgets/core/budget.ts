/** What may be spent in a period: by a key, or by all keys of a member. Pure. */
import { z } from 'zod';
import { PERIODS } from '../../calendar.js';
import { CURRENCIES } from '../../vocabulary/money.js';

/** Tokens, or millionths of a currency. */
export const BUDGET_UNITS = ['tokens', ...CURRENCIES] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** Of tokens, or of millionths: a million of a currency. */
export const MAX_BUDGET = 1_000_000_000_000;
export const MAX_TOKENS_PER_MINUTE = 1_000_000_000;
export const MAX_IN_FLIGHT = 10_000;
export const MILLION = 1_000_000;

/** One entry of a key or member. There is at most one for each unit and period. */
export const BUDGET = z.object({
  unit: z.enum(BUDGET_UNITS),
  /** Tokens, or millionths of the currency. */
  amount: z.number().int().min(1).max(MAX_BUDGET),
  period: z.enum(PERIODS),
  /** Ends answers that have begun when it is used up. */
  hard: z.boolean().optional(),
});
export type Budget = Readonly<z.infer<typeof BUDGET>>;

export const MAX_BUDGETS = PERIODS.length * BUDGET_UNITS.length;

/** @returns the first entry whose unit and period another one has */
export function findDoubledBudget(budgets: readonly Budget[]): Budget | undefined {
  const isSame = (one: Budget, other: Budget) => one.unit === other.unit && one.period === other.period;
  return budgets.find((budget, index) => budgets.findIndex((other) => isSame(budget, other)) !== index);
}

/** An amount for people and headers: `2000 tokens`, `1.5 USD`. */
export function formatAmount(amount: number, unit: BudgetUnit): string {
  return `${unit === 'tokens' ? amount : formatMoney(amount)} ${unit}`;
}

/** `20 USD / month` */
export function describeBudget({ amount, unit, period }: Budget): string {
  return `${formatAmount(amount, unit)} / ${period}`;
}

/** Millionths as a decimal number, exact: `-0.000001`. */
export function formatMoney(millionths: number): string {
  const digits = String(Math.abs(millionths)).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${millionths < 0 ? '-' : ''}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}
