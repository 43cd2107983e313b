/** What one record adds to the counters, and the labels it is counted under. Pure. */

import { OUTCOMES } from '../vocabulary/outcomes.js';
import type { Fields } from './batch.js';
import { toBucket } from './histogram.js';
import { toPlausible } from './plausible.js';
import type { RequestRecord } from './request-record.js';

/** The label of a record's model. Unknown or malformed model names are counted as `unknown`. */
export function toModelLabel({ model = '', code }: RequestRecord): string {
  return code !== 'model_not_found' && /^[^\s\p{C}]{1,200}$/u.test(model) ? model : 'unknown';
}

/** The label of a record's error: its code, else its outcome. Malformed codes are counted as `unknown`. */
export function toErrorLabel({ code, outcome }: RequestRecord): string {
  return /^[a-z\d_]{1,64}$/.test(code ?? outcome) ? (code ?? outcome) : 'unknown';
}

/** Adds what the tables by label show to `fields`, in place. */
export function addPlainFields(fields: Fields, record: RequestRecord): void {
  const { outcome, status, finishedAt, durationMs, firstTokenMs, slotMs, usage } = record;
  add(fields, outcome, 1);
  if (status === 429) add(fields, '429', 1);
  fields.last = Math.max(fields.last ?? 0, finishedAt);
  add(fields, 'ms', toPlausible(durationMs));
  add(fields, 'in', toPlausible(usage?.promptTokens));
  add(fields, 'out', toPlausible(usage?.completionTokens));
  if (slotMs !== undefined) add(fields, 'sms', toPlausible(slotMs));
  // An incomplete answer says nothing about the speed.
  if (OUTCOMES[outcome].fault !== 'none' || firstTokenMs === undefined || !usage?.completionTokens) return;
  add(fields, 'gms', toPlausible(durationMs - firstTokenMs));
  add(fields, 'gout', toPlausible(usage.completionTokens));
}

/** Adds the buckets of duration and first token to `fields`, in place. */
export function addHistogramFields(fields: Fields, { durationMs, firstTokenMs }: RequestRecord): void {
  add(fields, `d${toBucket(durationMs)}`, 1);
  if (firstTokenMs !== undefined) add(fields, `f${toBucket(firstTokenMs)}`, 1);
}

/** Adds the bucket of the wait for a slot to `fields`, in place. */
export function addWaitField(fields: Fields, { queueMs }: RequestRecord): void {
  if (queueMs !== undefined) add(fields, `w${toBucket(queueMs)}`, 1);
}

function add(fields: Fields, field: string, value: number): void {
  fields[field] = (fields[field] ?? 0) + value;
}
