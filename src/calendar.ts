/** Days, weeks and months in a time zone. Weeks begin on Monday. Times are Unix milliseconds. */
import { DateTime, IANAZone } from 'luxon';

export const PERIODS = ['day', 'week', 'month', 'total'] as const;
export type Period = (typeof PERIODS)[number];

export interface TimeRange {
  readonly start: number;
  /** The first moment after it, `undefined` when it never ends. */
  readonly end: number | undefined;
}

/** A range of time that ends. */
export type Span = TimeRange & { readonly end: number };

/** Everything since the beginning. */
const TOTAL: TimeRange = { start: 0, end: undefined };

/** The spans found last: nearly all that are asked for contain the present. */
const found = new Map<string, Span>();
const MAX_FOUND = 100;

/** Whether it is the name of an IANA time zone: `Asia/Shanghai`. */
export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/** Finds the day, week or month that contains a moment. A total has no end. */
export function findPeriod(period: Period, atMs: number, zone: string): TimeRange {
  return period === 'total' ? TOTAL : findSpan(period, atMs, zone);
}

/** As `findPeriod`, of periods that end. */
export function findSpan(period: Exclude<Period, 'total'>, atMs: number, zone: string): Span {
  const name = `${period} ${zone}`;
  const known = found.get(name);
  if (known !== undefined && known.start <= atMs && atMs < known.end) return known;
  const start = DateTime.fromMillis(atMs, { zone }).startOf(period);
  const span = {
    start: start.toMillis(),
    end: start
      .plus({ [period]: 1 })
      .startOf(period)
      .toMillis(),
  };
  if (found.size >= MAX_FOUND) found.clear();
  found.set(name, span);
  return span;
}

/** @returns the date of a moment: `2026-11-28` */
export function toDay(atMs: number, zone: string): string {
  return DateTime.fromMillis(atMs, { zone }).toFormat('yyyy-MM-dd');
}

/** @returns the day of a date such as `2026-11-28`, `undefined` if there is none */
export function findDay(date: string, zone: string): Span | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  const noon = DateTime.fromISO(`${date}T12:00`, { zone });
  // A zone may have skipped a day when it crossed the date line.
  if (!noon.isValid || noon.toFormat('yyyy-MM-dd') !== date) return undefined;
  return findSpan('day', noon.toMillis(), zone);
}

/** Lists the days that a span touches, oldest first; at most `most` of the newest. */
export function listDays({ start, end }: Span, zone: string, most: number): Span[] {
  const days: Span[] = [];
  for (let at = end - 1; at >= start && days.length < most; ) {
    const day = findSpan('day', at, zone);
    days.unshift(day);
    at = day.start - 1;
  }
  return days;
}

/** Whether each hour of the zone begins with an hour of UTC, at both ends of a span. */
export function hasWholeHours(zone: string, { start, end }: Span): boolean {
  return [start, end].every((at) => DateTime.fromMillis(at, { zone }).offset % 60 === 0);
}

/** @returns the day of a date, or the minute of a time in the zone: `2026-11-28`, `2026-11-28T17:45`; `undefined` for others */
export function findMoment(text: string, zone: string): Span | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return findDay(text, zone);
  const start = DateTime.fromISO(text, { zone });
  return start.isValid ? { start: start.toMillis(), end: start.plus({ minutes: 1 }).toMillis() } : undefined;
}
