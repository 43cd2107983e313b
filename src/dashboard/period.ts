/** Reads the period of an export, in UTC: one of the dashboard's ranges, a calendar month, or whole days. Pure. */
import { printableLine } from '../printable.js';
import { DAY_MS, getRetentionMs, type Slot, toDaySlot } from '../stats/batch.js';
import { ApiError } from '../vocabulary/errors.js';
import { PERIOD_RANGES, RANGES } from '../vocabulary/periods.js';
import { findLabelSlots, listSlots } from './ranges.js';

const ALLOWED = `${PERIOD_RANGES.join(', ')}, or from=YYYY-MM-DD&to=YYYY-MM-DD (days in UTC)`;
const DEFAULT_RANGE = '1h';
const KEPT_DAYS = (getRetentionMs('d0') ?? 0) / DAY_MS;

export interface Period {
  /** Unix milliseconds. */
  readonly from: number;
  /** Its last millisecond, or the present one while the period is in progress. */
  readonly to: number;
  /** The slots whose counts add up to the period's. */
  readonly slots: readonly Slot[];
}

/** The query parameters of a period. */
export const PERIOD_PARAMETERS = ['range', 'from', 'to'] as const;

/** Throws an ApiError (400, `invalid_value`) that names the parameter and its allowed values. */
export function parsePeriod(params: URLSearchParams, now: number): Period {
  const [range, from, to] = PERIOD_PARAMETERS.map((name) => params.get(name) || undefined);
  for (const name of PERIOD_PARAMETERS)
    if (params.getAll(name).length > 1) throw invalid(name, `\`${name}\` is given more than once.`);
  if (from !== undefined || to !== undefined) {
    if (range !== undefined) throw invalid('range', '`range` cannot be combined with `from` and `to`.');
    return parseDays(from, to, now);
  }
  return parseRange(range ?? DEFAULT_RANGE, now);
}

/** Writes a period for a file name: days, or with the time where it does not begin at midnight. */
export function formatPeriod({ from, to }: Period): string {
  const isWholeDays = from % DAY_MS === 0;
  const name = (ms: number) => {
    const iso = new Date(ms).toISOString();
    return isWholeDays ? iso.slice(0, 10) : `${iso.slice(0, 16).replace(':', '')}Z`;
  };
  return `${name(from)}_${name(to)}`;
}

function parseRange(name: string, now: number): Period {
  const range = RANGES.find((one) => one === name);
  if (range !== undefined) {
    const { startsAt, slots } = findLabelSlots(range, now);
    return { from: startsAt, to: now, slots };
  }
  const today = new Date(now);
  const month = (offset: number) => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset, 1);
  if (name === 'month') return toWholeDays(month(0), month(1), now);
  if (name === 'last-month') return toWholeDays(month(-1), month(0), now);
  throw invalid('range', `\`range\` is "${printableLine(name)}"; allowed: ${ALLOWED}.`);
}

function parseDays(fromText: string | undefined, toText: string | undefined, now: number): Period {
  if (fromText === undefined) throw invalid('from', '`to` needs `from`, as YYYY-MM-DD.');
  const from = parseDay('from', fromText);
  const to = toText === undefined ? now : parseDay('to', toText);
  if (to < from) throw invalid('to', '`to` is before `from`.');
  if (from > now) throw invalid('from', '`from` lies in the future.');
  const oldest = Math.floor(now / DAY_MS) * DAY_MS - (KEPT_DAYS - 1) * DAY_MS;
  if (from < oldest)
    throw invalid('from', `Days are kept for ${KEPT_DAYS} days; the first is ${formatDay(oldest)}.`);
  return toWholeDays(from, Math.floor(to / DAY_MS) * DAY_MS + DAY_MS, now);
}

/** The period of whole days from `from` to before `end`. */
function toWholeDays(from: number, end: number, now: number): Period {
  const to = Math.min(end - 1, now);
  return { from, to, slots: listSlots(from, to, DAY_MS, toDaySlot) };
}

function parseDay(name: string, text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // `Date.parse` may roll 30 February over into March.
  if (Number.isNaN(ms) || formatDay(ms) !== text)
    throw invalid(
      name,
      `\`${name}\` is "${printableLine(text)}"; allowed: a day as YYYY-MM-DD, such as 2026-11-30.`,
    );
  return ms;
}

function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function invalid(param: string, message: string): ApiError {
  return new ApiError('invalid_value', message, { param });
}
