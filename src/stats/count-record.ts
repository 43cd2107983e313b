/** What one record adds to counters, and under which names it is counted. Pure. */
import type { Fields } from './batch.js';
import { toBucket } from './histogram.js';
import type { RequestRecord } from './request-record.js';

/** A model that nobody has is the caller's text, not a label; nor is what does not look like a name. */
export function toModelLabel({ model = '', code }: RequestRecord): string {
  return code !== 'model_not_found' && /^[^\s\p{C}]{1,200}$/u.test(model) ? model : 'unknown';
}

/** Codes are the gateway's own words; whatever else got there is not told apart. */
export function toErrorLabel({ code, outcome }: RequestRecord): string {
  return /^[a-z\d_]{1,64}$/.test(code ?? outcome) ? (code ?? outcome) : 'unknown';
}

/** Adds to `fields`, in place: what tables by label show. */
export function addPlainFields(fields: Fields, record: RequestRecord): void {
  const { outcome, status, finishedAt, durationMs, firstTokenMs, usage } = record;
  add(fields, outcome, 1);
  if (status === 429) add(fields, '429', 1);
  fields.last = Math.max(fields.last ?? 0, finishedAt);
  add(fields, 'ms', plausible(durationMs));
  add(fields, 'in', plausible(usage?.promptTokens));
  add(fields, 'out', plausible(usage?.completionTokens));
  // What was cut tells nothing of the speed.
  if (outcome !== 'ok' || firstTokenMs === undefined || !usage?.completionTokens) return;
  add(fields, 'gms', plausible(durationMs - firstTokenMs));
  add(fields, 'gout', plausible(usage.completionTokens));
}

/** Adds to `fields`, in place: the buckets of duration and first token. */
export function addHistogramFields(fields: Fields, { durationMs, firstTokenMs }: RequestRecord): void {
  add(fields, `d${toBucket(durationMs)}`, 1);
  if (firstTokenMs !== undefined) add(fields, `f${toBucket(firstTokenMs)}`, 1);
}

function add(fields: Fields, field: string, value: number): void {
  fields[field] = (fields[field] ?? 0) + value;
}

/** Whole, and small enough that an upstream's nonsense does not overflow what is added to it. */
function plausible(value = 0): number {
  return Math.min(Math.round(value), 1e9) || 0;
}
