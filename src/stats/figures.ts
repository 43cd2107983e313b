/** Turns counters into the figures that people read. Pure. */
import { type Fault, OUTCOME_NAMES, OUTCOMES, type Outcome } from '../vocabulary/outcomes.js';
import { addFields, type Fields } from './batch.js';
import { findPercentile } from './histogram.js';

export interface Figures {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** succeeded / (total − cancelled), 0…1. `undefined` when that divides by zero. */
  readonly successRate: number | undefined;
  readonly averageMs: number;
  readonly duration: Percentiles;
  readonly firstToken: Percentiles;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Speed of complete answers from their first token on, `undefined` when there were none. */
  readonly tokensPerSecond: number | undefined;
  /** Of requests that waited for a slot of the upstream, got one or not. */
  readonly queueWait: Percentiles;
  /** How many waited. */
  readonly waited: number;
  /** Time in slots of the upstream, in milliseconds. */
  readonly slotMs: number;
  /** Responses with status 429, whether the limit was the gateway's or the upstream's. */
  readonly limited: number;
  /** When the latest request finished, in Unix milliseconds. `undefined` when there was none. */
  readonly lastAt: number | undefined;
}

/** In milliseconds, within 5 %. `undefined` when nothing was measured. */
export interface Percentiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export function computeFigures(fields: Fields): Figures {
  const counts = OUTCOME_NAMES.map((name) => [name, fields[name] ?? 0] as const);
  const outcomes = Object.fromEntries(counts) as Record<Outcome, number>;
  const { none: succeeded, left: cancelled } = countByFault(outcomes);
  const failed = countOutcomes(fields, ({ isFailure }) => isFailure);
  const counted = succeeded + failed;
  const total = counted + cancelled;
  return {
    total,
    succeeded,
    failed,
    cancelled,
    outcomes,
    successRate: counted === 0 ? undefined : succeeded / counted,
    averageMs: total === 0 ? 0 : (fields.ms ?? 0) / total,
    duration: readPercentiles(fields, 'd'),
    firstToken: readPercentiles(fields, 'f'),
    tokensIn: fields.in ?? 0,
    tokensOut: fields.out ?? 0,
    tokensPerSecond: fields.gms ? (1_000 * (fields.gout ?? 0)) / fields.gms : undefined,
    queueWait: readPercentiles(fields, 'w'),
    waited: [...readBuckets(fields, 'w').values()].reduce((sum, count) => sum + count, 0),
    slotMs: fields.sms ?? 0,
    limited: fields['429'] ?? 0,
    lastAt: fields.last || undefined,
  };
}

/** Adds up counts by outcome into counts by fault. `none` is what succeeded. */
export function countByFault(outcomes: Readonly<Record<Outcome, number>>): Record<Fault, number> {
  const counts: Record<Fault, number> = { none: 0, caller: 0, upstream: 0, gateway: 0, left: 0 };
  for (const name of OUTCOME_NAMES) counts[OUTCOMES[name].fault] += outcomes[name];
  return counts;
}

/** Counts the requests whose outcome satisfies `isCounted`. */
export function countOutcomes(
  fields: Fields,
  isCounted: (row: (typeof OUTCOMES)[Outcome], name: Outcome) => boolean,
): number {
  return OUTCOME_NAMES.reduce(
    (sum, name) => sum + (isCounted(OUTCOMES[name], name) ? (fields[name] ?? 0) : 0),
    0,
  );
}

/** Adds the fields of several slots. */
export function sumFields(slots: readonly Fields[]): Fields {
  const sum: Fields = {};
  for (const fields of slots) addFields(sum, fields);
  return sum;
}

function readBuckets(fields: Fields, kind: 'd' | 'f' | 'w'): ReadonlyMap<number, number> {
  return new Map(
    Object.entries(fields).flatMap(([field, count]) =>
      /^[dfw]\d{1,3}$/.test(field) && field.startsWith(kind)
        ? [[Number(field.slice(1)), count] as const]
        : [],
    ),
  );
}

function readPercentiles(fields: Fields, kind: 'd' | 'f' | 'w'): Percentiles {
  const counts = readBuckets(fields, kind);
  return {
    p50: findPercentile(counts, 0.5),
    p95: findPercentile(counts, 0.95),
    p99: findPercentile(counts, 0.99),
  };
}
