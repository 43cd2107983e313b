/** Values of options of `npm run keys`. Each function throws a UsageError that names the option and what is allowed. Pure. */

import { BUDGET_FORMS, parseBudget, toWire } from '../../budgets/core/notation.js';

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns milliseconds */
export function readDuration(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  if (number === undefined || unitMs === undefined)
    throw wrong(option, text, 'a number with s, m, h or d, such as 90d');
  return Number(number) * unitMs;
}

/** @returns a day or time in ISO 8601, null for never */
export function readMoment(option: string, text: string, now: number): string | null {
  if (text === 'never') return null;
  if (/^\d{4}-\d\d-\d\d/.test(text)) return text;
  return new Date(now + readDuration(option, text)).toISOString();
}

/** @returns days, null for never */
export function readDays(option: string, text: string, most: number): number | null {
  if (text === 'never') return null;
  const [, days] = /^(\d{1,4})d$/.exec(text) ?? [];
  if (days === undefined || Number(days) < 1 || Number(days) > most)
    throw wrong(option, text, `days, such as 30d, up to ${most}d`);
  return Number(days);
}

/** Comma-separated. @returns null for all */
export function readList(text: string): string[] | null {
  return text === 'all' ? null : text.split(',').map((glob) => glob.trim());
}

/** @param none the word that removes the setting, `undefined` where it cannot be removed */
export function readCount(option: string, text: string, most: number, none?: string): number | null {
  if (text === none) return null;
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > most)
    throw wrong(option, text, `a whole number from 1 to ${most}${none === undefined ? '' : `, or ${none}`}`);
  return Number(text);
}

export function readChoice(option: string, text: string, choices: readonly string[]): string {
  if (!choices.includes(text)) throw wrong(option, text, choices.join(' or '));
  return text;
}

export function readYesOrNo(option: string, text: string): boolean {
  return readChoice(option, text, ['yes', 'no']) === 'yes';
}

/** Comma-separated. @returns budgets of the admin API, null for none */
export function readBudgets(option: string, text: string): object[] | null {
  if (text === 'none') return null;
  return text.split(',').map((one) => {
    const budget = parseBudget(one);
    if (budget === undefined) throw wrong(option, one, `${BUDGET_FORMS}, or none`);
    return toWire(budget);
  });
}

function wrong(option: string, text: string, allowed: string): UsageError {
  return new UsageError(`${option}: found ${text}; allowed: ${allowed}.`);
}
