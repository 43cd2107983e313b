/** Rows of the tables by key, model and error, their order, and the CSV file. Pure. */

import { addFields, type Fields } from '../stats/batch.js';
import { computeFigures } from '../stats/figures.js';
import { FAULT_NAMES, type Fault, OUTCOME_NAMES, OUTCOMES, type Outcome } from '../vocabulary/outcomes.js';
import { formatCsvLines } from './csv.js';
import type { Period } from './period.js';
import type { Sort } from './query.js';

export type LabelCounts = ReadonlyMap<string, Fields>;

export interface UseRow {
  readonly name: string;
  readonly requests: number;
  /** Share of all requests, 0…1. */
  readonly share: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Failed requests, those answered 429 included. */
  readonly errors: number;
  readonly limited: number;
  readonly cancelled: number;
  /** Unix milliseconds, 0 when there was none in this period. */
  readonly lastAt: number;
}

export interface ErrorRow {
  readonly code: string;
  readonly outcome: Outcome;
  readonly fault: Fault;
  readonly count: number;
  readonly lastAt: number;
}

/** Adds up the counts by label of several slots. */
export function sumLabels(slots: readonly LabelCounts[]): LabelCounts {
  const sums = new Map<string, Fields>();
  for (const labels of slots) {
    for (const [label, fields] of labels) {
      const sum = sums.get(label) ?? {};
      addFields(sum, fields);
      sums.set(label, sum);
    }
  }
  return sums;
}

export function toUseRows(counts: LabelCounts): UseRow[] {
  const rows = [...counts].map(([name, fields]) => ({ name, figures: computeFigures(fields) }));
  const total = rows.reduce((sum, { figures }) => sum + figures.total, 0);
  return rows.map(({ name, figures }) => ({
    name,
    requests: figures.total,
    share: total === 0 ? 0 : figures.total / total,
    tokensIn: figures.tokensIn,
    tokensOut: figures.tokensOut,
    errors: figures.failed,
    limited: figures.limited,
    cancelled: figures.cancelled,
    lastAt: figures.lastAt ?? 0,
  }));
}

/** One row per code and outcome: another version may have counted the same code with another outcome. */
export function toErrorRows(counts: LabelCounts): ErrorRow[] {
  return [...counts].flatMap(([code, fields]) =>
    OUTCOME_NAMES.filter((name) => OUTCOMES[name].fault !== 'none' && (fields[name] ?? 0) > 0).map(
      (outcome) => ({
        code,
        outcome,
        fault: OUTCOMES[outcome].fault,
        count: fields[outcome] ?? 0,
        lastAt: fields.last ?? 0,
      }),
    ),
  );
}

/** Sorts rows. Equal ones are ordered by name, so that a refresh does not reorder them. */
export function sortRows<Row extends object>(
  rows: readonly Row[],
  sort: Sort,
  name: keyof Row & string,
): Row[] {
  const sign = sort.descending ? -1 : 1;
  const value = (row: Row, column: string) => (row as Readonly<Record<string, string | number>>)[column] ?? 0;
  return rows.toSorted(
    (one, other) =>
      sign * compare(value(one, sort.by), value(other, sort.by)) ||
      compare(value(one, name), value(other, name)),
  );
}

function compare(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [first, second] = [String(one), String(other)];
  // Faults are ordered as in their table.
  const [a, b] = [FAULT_NAMES.indexOf(first as Fault), FAULT_NAMES.indexOf(second as Fault)];
  return a !== -1 && b !== -1 ? a - b : first.localeCompare(second, 'en');
}

const CSV_COLUMNS: readonly (readonly [string, (row: UseRow) => string | number])[] = [
  ['key', (row) => row.name],
  ['requests', (row) => row.requests],
  ['share', (row) => row.share.toFixed(4)],
  ['tokens_in', (row) => row.tokensIn],
  ['tokens_out', (row) => row.tokensOut],
  ['errors', (row) => row.errors],
  ['status_429', (row) => row.limited],
  ['cancelled', (row) => row.cancelled],
  ['last_seen', (row) => (row.lastAt === 0 ? '' : new Date(row.lastAt).toISOString())],
];

/**
 * Writes CSV (RFC 4180) with a line of column names. The period is in two columns of each row, so that files of several
 * months can be joined.
 */
export function formatCsv(rows: readonly UseRow[], { from, to }: Pick<Period, 'from' | 'to'>): string {
  const period = [from, to].map((ms) => new Date(ms).toISOString());
  const lines = [
    [...CSV_COLUMNS.map(([name]) => name), 'from', 'to'],
    ...rows.map((row) => [...CSV_COLUMNS.map(([, cell]) => cell(row)), ...period]),
  ];
  return formatCsvLines(lines);
}
