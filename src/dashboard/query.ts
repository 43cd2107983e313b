/** Reads and writes a visitor's choices in the page's address. Unknown values become the default, unknown periods are refused. Pure. */
import { printableLine } from '../printable.js';
import { ApiError } from '../vocabulary/errors.js';
import { OUTCOME_NAMES, type Outcome } from '../vocabulary/outcomes.js';
import { RANGES, type Range } from '../vocabulary/periods.js';

export const KEY_COLUMNS = [
  'name',
  'requests',
  'share',
  'tokensIn',
  'tokensOut',
  'errors',
  'limited',
  'lastAt',
] as const;
export const ERROR_COLUMNS = ['code', 'fault', 'count', 'lastAt'] as const;
export type KeyColumn = (typeof KEY_COLUMNS)[number];
export type ErrorColumn = (typeof ERROR_COLUMNS)[number];

export interface Sort<Column extends string = string> {
  readonly by: Column;
  readonly descending: boolean;
}

export interface Query {
  readonly range: Range;
  readonly keys: Sort<KeyColumn>;
  readonly models: Sort<KeyColumn>;
  readonly errors: Sort<ErrorColumn>;
  /** Text that a listed request contains, '' for all. */
  readonly text: string;
  readonly outcome: Outcome | undefined;
  /** Name of a key, `undefined` for all. */
  readonly key: string | undefined;
  /** Counts from 1. */
  readonly page: number;
}

/** Addresses of the pages whose choices are in the query. */
export const PATHS = {
  overview: '/dashboard',
  requests: '/dashboard/requests',
  team: '/dashboard/team',
  usage: '/dashboard/usage',
  upstreams: '/dashboard/upstreams',
  events: '/dashboard/events',
} as const;
/** Choices of the list of requests. */
export const FILTER_PARAMETERS = ['q', 'outcome', 'key', 'page'] as const;

const PARAMETERS: Readonly<Record<keyof typeof PATHS, readonly string[]>> = {
  overview: ['range', 'keys', 'models', 'errors'],
  requests: FILTER_PARAMETERS,
  team: ['q'],
  usage: [],
  upstreams: ['range'],
  events: [],
};

const MAX_TEXT_LENGTH = 100;
const DEFAULTS = {
  range: '1h',
  keys: '-requests',
  models: '-requests',
  errors: '-count',
  page: '1',
} as const;

/** Throws an ApiError (400, `invalid_value`) that lists the ranges if `range` is none of them. */
export function parseQuery(params: URLSearchParams): Query {
  const text = (name: string) => (params.get(name) ?? '').trim().slice(0, MAX_TEXT_LENGTH);
  const page = Number(text('page'));
  return {
    range: parseRange(text('range')),
    keys: parseSort(text('keys'), KEY_COLUMNS, DEFAULTS.keys),
    models: parseSort(text('models'), KEY_COLUMNS, DEFAULTS.models),
    errors: parseSort(text('errors'), ERROR_COLUMNS, DEFAULTS.errors),
    text: text('q'),
    outcome: OUTCOME_NAMES.find((outcome) => outcome === text('outcome')),
    key: text('key') || undefined,
    page: Number.isInteger(page) && page > 0 && page < 1_000 ? page : 1,
  };
}

function parseRange(name: string): Range {
  const range = RANGES.find((one) => one === (name || DEFAULTS.range));
  if (range !== undefined) return range;
  throw new ApiError(
    'invalid_value',
    `\`range\` is "${printableLine(name)}"; allowed: ${RANGES.join(', ')}.`,
    {
      param: 'range',
    },
  );
}

/** Writes the address of a page for `query` with `change`, of which it has its own parameters. Defaults are left out. */
export function toAddress(page: keyof typeof PATHS, query: Query, change: Partial<Query> = {}): string {
  const all = toParameters({ ...query, ...change });
  const own = Object.entries(all).filter(([name]) => PARAMETERS[page].includes(name));
  const search = new URLSearchParams(own).toString();
  return search === '' ? PATHS[page] : `${PATHS[page]}?${search}`;
}

function toParameters(query: Query): Record<string, string> {
  const all: Record<string, string> = {
    range: query.range,
    keys: sortText(query.keys),
    models: sortText(query.models),
    errors: sortText(query.errors),
    q: query.text,
    outcome: query.outcome ?? '',
    key: query.key ?? '',
    page: String(query.page),
  };
  const defaults: Readonly<Record<string, string>> = DEFAULTS;
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== (defaults[name] ?? '')));
}

/** The order after a click on a column's heading: reversed, or the column's usual one. */
export function toggleSort<Column extends string>(
  sort: Sort<Column>,
  column: Column,
  words: boolean,
): Sort<Column> {
  return { by: column, descending: sort.by === column ? !sort.descending : !words };
}

function parseSort<Column extends string>(
  text: string,
  columns: readonly Column[],
  usual: string,
): Sort<Column> {
  const by = columns.find((column) => column === text.replace(/^-/, ''));
  if (by !== undefined) return { by, descending: text.startsWith('-') };
  return { by: usual.replace(/^-/, '') as Column, descending: usual.startsWith('-') };
}

function sortText({ by, descending }: Sort): string {
  return `${descending ? '-' : ''}${by}`;
}
