/** The tables by key, model and error as they are shown: sortable headings, formatted cells. Pure. */
import type { Config } from '../config/config.js';
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import type { LimitUse } from '../http/middleware/limit-rate.js';
import type { Fault } from '../vocabulary/outcomes.js';
import { clip, type Format } from './format.js';
import { ERROR_COLUMNS, KEY_COLUMNS, type Query, type Sort, toAddress, toggleSort } from './query.js';
import type { Snapshot } from './snapshot.js';
import { type LabelCounts, sortRows, toErrorRows, toUseRows, type UseRow } from './tables.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, toMoment } from './times.js';

/** Rows that a table shows. The CSV file has all. */
const MAX_ROWS = 20;

export interface Head {
  readonly id: string;
  readonly label: string;
  readonly isNumber: boolean;
  /** Value of `aria-sort`, `undefined` for columns that do not sort the table. */
  readonly sorted: 'ascending' | 'descending' | undefined;
  readonly href: string;
}

export interface Cell {
  readonly text: string;
  /** Shown in place of the text. */
  readonly at?: Moment | undefined;
  readonly isNumber: boolean;
  /** CSS class of the mark before the text. */
  readonly fault?: Fault | undefined;
  /** Whether the figure is highlighted. */
  readonly bad?: boolean;
}

export interface TableRow {
  readonly name: string;
  /** Whether `name` is the gateway's word for requests without a name. */
  readonly isOwnWord: boolean;
  readonly cells: readonly Cell[];
  /** What is left of the public key's limits. Other keys have none. */
  readonly headroom?: Headroom | undefined;
}

export interface Headroom {
  readonly texts: readonly string[];
  /** Used share, 0…100. `undefined` when there is no total limit. */
  readonly percent: number | undefined;
}

export interface Table {
  readonly id: 'keys' | 'models' | 'errors';
  readonly heads: readonly Head[];
  readonly rows: readonly TableRow[];
  /** Number of rows that are not shown. */
  readonly more: number;
}

interface Context {
  readonly query: Query;
  readonly t: DashboardTexts;
  readonly format: Format;
}

export type LimitsOfPublicKey = Pick<Config, 'publicKey' | 'publicRateLimit'>;

/** Use by key. The public key comes first. */
export function createKeysTable(snapshot: Snapshot, config: LimitsOfPublicKey, context: Context): Table {
  const rows = toUseRows(snapshot.keys);
  const named = rows.filter(({ name }) => name !== PUBLIC_KEY_NAME);
  const found = rows.find(({ name }) => name === PUBLIC_KEY_NAME);
  const table = useTable('keys', named, context);
  if (config.publicKey === undefined && found === undefined) return table;
  const row = tableRow(found ?? { ...NO_USE, name: PUBLIC_KEY_NAME }, context);
  const headroom =
    config.publicKey === undefined
      ? undefined
      : toHeadroom(snapshot.publicUse, config.publicRateLimit, context);
  return { ...table, rows: [{ ...row, headroom }, ...table.rows] };
}

export function createModelsTable({ models }: { models: LabelCounts }, context: Context): Table {
  return useTable('models', toUseRows(models), context);
}

export function createErrorsTable({ errors }: { errors: LabelCounts }, { query, t, format }: Context): Table {
  const rows = sortRows(toErrorRows(errors), query.errors, 'code');
  return {
    id: 'errors',
    heads: ERROR_COLUMNS.map((column) => head('errors', column, query.errors, { query, t, format })),
    rows: rows.slice(0, MAX_ROWS).map(({ code, fault, count, lastAt }) => ({
      name: code,
      isOwnWord: false,
      cells: [
        { text: t.faults[fault], fault, isNumber: false },
        { text: format.number(count), isNumber: true },
        lastCell(lastAt),
      ],
    })),
    more: Math.max(0, rows.length - MAX_ROWS),
  };
}

const NO_USE: UseRow = {
  name: '',
  requests: 0,
  share: 0,
  tokensIn: 0,
  tokensOut: 0,
  errors: 0,
  limited: 0,
  cancelled: 0,
  lastAt: 0,
};

function useTable(id: 'keys' | 'models', all: readonly UseRow[], context: Context): Table {
  const sort = context.query[id];
  return {
    id,
    heads: KEY_COLUMNS.map((column) => head(id, column, sort, context)),
    rows: sortRows(all, sort, 'name')
      .slice(0, MAX_ROWS)
      .map((row) => tableRow(row, context)),
    more: Math.max(0, all.length - MAX_ROWS),
  };
}

const WORDS: ReadonlySet<string> = new Set(['name', 'code', 'fault']);

function head<Column extends string>(
  id: Table['id'],
  column: Column,
  sort: Sort<Column>,
  { query, t }: Context,
): Head {
  const labels: Readonly<Record<string, string>> = t.columns;
  const name = id === 'keys' ? t.columns.key : t.columns.model;
  const isNumber = !WORDS.has(column);
  const change = { [id]: toggleSort(sort, column, !isNumber) } as Partial<Query>;
  return {
    id: `${id}-by-${column}`,
    label: column === 'name' ? name : (labels[column] ?? column),
    isNumber,
    sorted: sort.by !== column ? undefined : sort.descending ? 'descending' : 'ascending',
    href: `${toAddress('overview', query, change)}#${id}`,
  };
}

/** A label as people read it. */
export function nameLabel(label: string, t: DashboardTexts): Pick<TableRow, 'name' | 'isOwnWord'> {
  const own = new Map([
    ['none', t.who.none],
    ['other', t.who.other],
    ['unknown', t.who.unknown],
  ]);
  return { name: own.get(label) ?? clip(label), isOwnWord: own.has(label) };
}

function tableRow(row: UseRow, { t, format }: Context): TableRow {
  const number = (value: number, bad = false): Cell => ({
    text: format.number(value),
    isNumber: true,
    bad: bad && value > 0,
  });
  return {
    ...nameLabel(row.name, t),
    cells: [
      number(row.requests),
      { text: format.percent(row.share), isNumber: true },
      number(row.tokensIn),
      number(row.tokensOut),
      number(row.errors, true),
      number(row.limited, true),
      lastCell(row.lastAt),
    ],
  };
}

function lastCell(at: number): Cell {
  return { text: '–', at: at === 0 ? undefined : toMoment(at, 'date'), isNumber: true };
}

function toHeadroom(use: LimitUse | undefined, perAddress: number, { t, format }: Context): Headroom {
  const each = perAddress === 0 ? [] : [t.who.perAddress(format.number(perAddress))];
  if (use === undefined) return { texts: [t.who.unlimited, ...each], percent: undefined };
  const left = Math.max(0, use.limit - use.used);
  return {
    texts: [t.who.headroom(format.number(left), format.number(use.limit)), ...each],
    percent: Math.min(100, Math.round((100 * use.used) / use.limit)),
  };
}
