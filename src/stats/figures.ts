/** Counters → the figures people read. Pure. */
import type { Outcome } from '../vocabulary/errors.js';
import { addFields, type Fields } from './batch.js';
import { percentile } from './histogram.js';

export const OUTCOMES: readonly Outcome[] = [
  'ok',
  'caller_error',
  'rate_limited',
  'upstream_error',
  'upstream_refused',
  'upstream_truncated',
  'gateway_error',
  'cancelled',
];

export interface Figures {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** succeeded / (total − cancelled), 0…1; undefined where there is nothing to divide. */
  readonly successRate: number | undefined;
  readonly averageMs: number;
  readonly duration: Percentiles;
  readonly firstToken: Percentiles;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** How fast whole answers came, from their first token on; undefined: there were none. */
  readonly tokensPerSecond: number | undefined;
  /** Answers with status 429, from the gateway's limits or the upstream's. */
  readonly limited: number;
  /** When the latest request finished, in Unix milliseconds; undefined: there was none. */
  readonly lastAt: number | undefined;
}

/** In milliseconds, within 5 %. */
export interface Percentiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export function figuresOf(fields: Fields): Figures {
  const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, fields[name] ?? 0])) as Record<
    Outcome,
    number
  >;
  const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const { ok: succeeded, cancelled } = outcomes;
  const counted = total - cancelled;
  return {
    total,
    succeeded,
    failed: counted - succeeded,
    cancelled,
    outcomes,
    successRate: counted === 0 ? undefined : succeeded / counted,
    averageMs: total === 0 ? 0 : (fields.ms ?? 0) / total,
    duration: percentilesOf(fields, 'd'),
    firstToken: percentilesOf(fields, 'f'),
    tokensIn: fields.in ?? 0,
    tokensOut: fields.out ?? 0,
    tokensPerSecond: fields.gms ? (1_000 * (fields.gout ?? 0)) / fields.gms : undefined,
    limited: fields['429'] ?? 0,
    lastAt: fields.last || undefined,
  };
}

/** Adds the fields of several slots. */
export function sumOf(slots: readonly Fields[]): Fields {
  const sum: Fields = {};
  for (const fields of slots) addFields(sum, fields);
  return sum;
}

function percentilesOf(fields: Fields, kind: 'd' | 'f'): Percentiles {
  const counts = new Map(
    Object.entries(fields).flatMap(([field, count]) =>
      /^[df]\d{1,3}$/.test(field) && field.startsWith(kind) ? [[Number(field.slice(1)), count] as const] : [],
    ),
  );
  return { p50: percentile(counts, 0.5), p95: percentile(counts, 0.95), p99: percentile(counts, 0.99) };
}
