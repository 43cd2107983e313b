/** Reads the period of the usage, in days of a time zone. Pure. */
import { findDay, findSpan, hasWholeHours, isTimeZone, listDays, type Span, toDay } from '../calendar.js';
import { printableLine } from '../printable.js';
import { toUsageDay, toUsageHour, USAGE_DAYS, USAGE_HOURS_DAYS, type UsageSlot } from '../stats/usage.js';
import type { UsageDay } from '../stats/usage-report.js';
import { ApiError } from '../vocabulary/errors.js';
import { USAGE_RANGES } from '../vocabulary/periods.js';

const DEFAULT_RANGE = 'today';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PARAMETERS = ['range', 'from', 'to', 'zone'] as const;
const ALLOWED = `${USAGE_RANGES.join(', ')}, or from=YYYY-MM-DD&to=YYYY-MM-DD`;

export interface UsagePeriod {
  readonly zone: string;
  /** The first and the last date. */
  readonly from: string;
  readonly to: string;
  /** Name of the range, `undefined` for dates. */
  readonly range: string | undefined;
  readonly days: readonly UsageDay[];
}

/**
 * Days of `zone` if the query names another one than the gateway's: only within the 31 days of which hours are kept, and
 * where hours begin with those of UTC. Throws an ApiError (400, `invalid_value`) that names the parameter.
 */
export function parseUsagePeriod(params: URLSearchParams, now: number, ownZone: string): UsagePeriod {
  for (const name of PARAMETERS)
    if (params.getAll(name).length > 1) throw invalid(name, `\`${name}\` is given more than once.`);
  const [range, from, to, zone = ownZone] = PARAMETERS.map((name) => params.get(name) || undefined);
  if (!isTimeZone(zone))
    throw invalid(
      'zone',
      `\`zone\` is "${printableLine(zone)}"; allowed: a time zone such as Europe/Berlin.`,
    );
  if (range !== undefined && (from !== undefined || to !== undefined))
    throw invalid('range', '`range` cannot be combined with `from` and `to`.');
  const isDates = from !== undefined || to !== undefined;
  const span = isDates ? findDates(from, to, now, zone) : findRange(range ?? DEFAULT_RANGE, now, zone);
  const isOwn = zone === ownZone;
  if (!isOwn) checkHours(span, now, zone);
  const days = listDays(span, zone, USAGE_DAYS);
  return {
    zone,
    from: toDay(span.start, zone),
    to: toDay(span.end - 1, zone),
    range: isDates ? undefined : (range ?? DEFAULT_RANGE),
    days: days.map((day) => ({
      ...day,
      slots: isOwn ? [toUsageDay(day.start, zone)] : listHours(day, now),
    })),
  };
}

/** `2026-11-01_2026-11-28`, for a file's name. */
export function nameUsagePeriod({ from, to }: UsagePeriod): string {
  return from === to ? from : `${from}_${to}`;
}

function findRange(name: string, now: number, zone: string): Span {
  const today = findSpan('day', now, zone);
  const month = findSpan('month', now, zone);
  switch (USAGE_RANGES.find((one) => one === name)) {
    case 'today':
      return today;
    case '7d':
      return { start: goBack(today, 6, zone), end: today.end };
    case '30d':
      return { start: goBack(today, 29, zone), end: today.end };
    case 'month':
      return { start: month.start, end: today.end };
    case 'last-month':
      return findSpan('month', month.start - 1, zone);
    default:
      throw invalid('range', `\`range\` is "${printableLine(name)}"; allowed: ${ALLOWED}.`);
  }
}

function findDates(
  fromText: string | undefined,
  toText: string | undefined,
  now: number,
  zone: string,
): Span {
  if (fromText === undefined) throw invalid('from', '`to` needs `from`, as YYYY-MM-DD.');
  const today = findSpan('day', now, zone);
  const from = readDay('from', fromText, zone);
  const to = toText === undefined ? today : readDay('to', toText, zone);
  if (from.start > now) throw invalid('from', '`from` lies in the future.');
  if (to.start < from.start) throw invalid('to', '`to` is before `from`.');
  const oldest = goBack(today, USAGE_DAYS - 1, zone);
  if (from.start < oldest)
    throw invalid('from', `Days are kept for ${USAGE_DAYS} days; the first is ${toDay(oldest, zone)}.`);
  return { start: from.start, end: Math.min(to.end, today.end) };
}

function readDay(name: string, text: string, zone: string): Span {
  const day = findDay(text, zone);
  if (day !== undefined) return day;
  throw invalid(
    name,
    `\`${name}\` is "${printableLine(text)}"; allowed: a day as YYYY-MM-DD, such as 2026-11-30.`,
  );
}

function checkHours(span: Span, now: number, zone: string): void {
  if (!hasWholeHours(zone, span))
    throw invalid('zone', 'Only hours of UTC are kept: allowed are zones whose hours begin with them.');
  if (span.start < now - USAGE_HOURS_DAYS * DAY_MS)
    throw invalid('zone', `Hours are kept for ${USAGE_HOURS_DAYS} days: leave \`zone\` out for older days.`);
}

/** The beginning of the day so many days before. */
function goBack({ start }: Span, days: number, zone: string): number {
  let at = start;
  for (let day = 0; day < days; day += 1) at = findSpan('day', at - 1, zone).start;
  return at;
}

function listHours({ start, end }: Span, now: number): UsageSlot[] {
  const slots: UsageSlot[] = [];
  for (let at = start; at < Math.min(end, now + 1); at += HOUR_MS) slots.push(toUsageHour(at));
  return slots;
}

function invalid(param: string, message: string): ApiError {
  return new ApiError('invalid_value', message, { param });
}
