/** The spans of time that figures are shown and exported for. */

/** Spans of the dashboard, which end now. */
export const RANGES = ['1h', '24h', '7d'] as const;
export type Range = (typeof RANGES)[number];

/** Spans of an export; months are calendar months in UTC. */
export const PERIOD_RANGES = [...RANGES, 'month', 'last-month'] as const;

/** Spans of the usage, in days of TIME_ZONE. */
export const USAGE_RANGES = ['today', '7d', '30d', 'month', 'last-month'] as const;

/** Spans of the page of events. */
export const EVENT_RANGES = [
  '24h',
  '7d',
  'month',
  'last-month',
] as const satisfies readonly (typeof PERIOD_RANGES)[number][];
