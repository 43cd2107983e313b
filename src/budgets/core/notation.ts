/** Budgets as people write them and as the API tells them. Pure. */
import { PERIODS, type Period } from '../../calendar.js';
import { type Budget, type BudgetUnit, MAX_BUDGET, MILLION } from './budget.js';

/** Of the API: `{"tokens":2000,"period":"day"}`, `{"money":20,"currency":"USD","period":"month","hard":true}`. */
export interface WireBudget {
  readonly tokens?: number | undefined;
  readonly money?: number | undefined;
  readonly currency?: 'USD' | 'CNY' | undefined;
  readonly period: Period;
  readonly hard?: boolean | undefined;
}

/** What `parseBudget` takes, for messages. */
export const BUDGET_FORMS =
  '20/month (US dollars), 140cny/month, 2000tokens/day; periods are day, week, month, total; /hard behind it ends open answers';

/** @returns undefined if the text is none: `20/month`, `140cny/month`, `2000tokens/day/hard` */
export function parseBudget(text: string): Budget | undefined {
  const [, number = '', word = '', period = '', hard] =
    /^(\d{1,12}(?:\.\d{1,6})?)(usd|cny|tokens)?\/([a-z]+)(\/hard)?$/i.exec(text.trim()) ?? [];
  const unit = UNITS[word.toLowerCase()];
  const found = PERIODS.find((one) => one === period.toLowerCase());
  if (unit === undefined || found === undefined || number === '') return undefined;
  const amount = unit === 'tokens' ? Number(number) : Math.round(Number(number) * MILLION);
  const isPossible = Number.isInteger(amount) && amount >= 1 && amount <= MAX_BUDGET;
  return isPossible
    ? { unit, amount, period: found, ...(hard === undefined ? {} : { hard: true }) }
    : undefined;
}

const UNITS: Readonly<Record<string, BudgetUnit>> = { '': 'USD', usd: 'USD', cny: 'CNY', tokens: 'tokens' };

export function toWire({ unit, amount, period, hard = false }: Budget) {
  return unit === 'tokens'
    ? { tokens: amount, period, hard }
    : { money: amount / MILLION, currency: unit, period, hard };
}

/** @returns undefined unless it names either tokens or money, with its currency, within the limits */
export function fromWire({ tokens, money, currency, period, hard }: WireBudget): Budget | undefined {
  const isMoney = money !== undefined && currency !== undefined && tokens === undefined;
  const isTokens = tokens !== undefined && money === undefined && currency === undefined;
  if (!isMoney && !isTokens) return undefined;
  const amount = isMoney ? Math.round(money * MILLION) : tokens;
  if (amount === undefined || amount < 1 || amount > MAX_BUDGET) return undefined;
  const unit: BudgetUnit = isMoney ? currency : 'tokens';
  return { unit, amount, period, ...(hard ? { hard } : {}) };
}
