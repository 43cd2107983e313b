/** What keys, members and models used and cost in a period: page, JSON and CSV. */
import type { Request, Response } from 'express';
import { type Language, languageOf, queryOf } from '../pages/language.js';
import { printableLine } from '../printable.js';
import type { Fields } from '../stats/batch.js';
import { readUsageEntries, sumUsage, type UsageEntry, type UsageSource } from '../stats/usage-report.js';
import { ApiError } from '../vocabulary/errors.js';
import { CURRENCIES, formatMillionths } from '../vocabulary/money.js';
import { USAGE_RANGES } from '../vocabulary/periods.js';
import { formatCsvLines } from './csv.js';
import { clip, FORMATS, NOTHING } from './format.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { PATHS } from './query.js';
import { TEXTS } from './texts/texts.js';
import { nameUsagePeriod, parseUsagePeriod, type UsagePeriod } from './usage-period.js';

export interface UsageDeps {
  readonly store: UsageSource;
  readonly config: { readonly timeZone: string };
}

const GROUPS = ['key', 'member', 'model'] as const;
type Group = (typeof GROUPS)[number];
/** Rows of the page; the file has all. */
const MAX_ROWS = 100;

interface UsageRow {
  readonly key_id: string;
  readonly key: string;
  readonly member: string | null;
  readonly model: string;
  readonly requests: number;
  readonly errors: number;
  readonly tokens_in: number;
  readonly tokens_cached: number;
  readonly tokens_out: number;
  readonly tokens_reasoning: number;
  readonly cost_usd: number;
  readonly cost_cny: number;
  /** How many of the requests cost nothing, were paid by a plan, or have no known price. */
  readonly free: number;
  readonly included: number;
  readonly unpriced: number;
}

/** GET /dashboard/usage for programs. */
export function usageJson(deps: UsageDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const { period, rows } = await readRows(req, deps);
    res.json({ from: period.from, to: period.to, zone: period.zone, rows });
  };
}

/** GET /dashboard/usage.csv */
export function usageCsv(deps: UsageDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const { period, rows } = await readRows(req, deps);
    const { from, to, zone } = period;
    const names = Object.keys(toRow(NO_ENTRY, {}));
    res
      .attachment(`ztoapi-usage-${nameUsagePeriod(period)}.csv`)
      .type('text/csv; charset=utf-8')
      .send(
        formatCsvLines([
          [...names, 'from', 'to', 'zone'],
          ...rows.map((row) => [...Object.values(row).map((cell) => cell ?? ''), from, to, zone]),
        ]),
      );
  };
}

/** What the page's view shows. */
export async function readUsageView(req: Request, deps: UsageDeps) {
  const params = queryOf(req);
  const language = languageOf(req);
  const group = parseGroup(params.get('by') || 'key');
  const { period, entries } = await readEntries(req, deps);
  const groups = sumUsage(entries, (entry) => nameGroup(group, entry));
  const rows = groups.toSorted((one, other) => (other.fields.n ?? 0) - (one.fields.n ?? 0));
  const sum = sumUsage(entries, () => '')[0]?.fields ?? {};
  const t = TEXTS[language].usage;
  const address = (change: Record<string, string>) => toAddress(PATHS.usage, params, change);
  return {
    period: { from: period.from, to: period.to, zone: period.zone },
    isOwnZone: period.zone === deps.config.timeZone,
    groups: GROUPS.map((name) => ({
      label: t.groups[name],
      href: address({ by: name }),
      isChosen: name === group,
    })),
    ranges: USAGE_RANGES.map((name) => ({
      label: t.ranges[name],
      href: address({ range: name, from: '', to: '' }),
      isChosen: name === period.range,
    })),
    dates: { by: group, from: period.from, to: period.to },
    csv: toAddress(`${PATHS.usage}.csv`, params, { by: '' }),
    rows: rows.slice(0, MAX_ROWS).map(({ entry, fields }) => ({
      name: clip(nameRow(group, entry)) || NOTHING,
      cells: toCells(fields, language),
    })),
    total: toCells(sum, language),
    more: Math.max(0, rows.length - MAX_ROWS),
  };
}

async function readEntries(req: Request, { store, config }: UsageDeps) {
  const period = parseUsagePeriod(queryOf(req), Date.now(), config.timeZone);
  return { period, entries: await mapStoreUnavailable(readUsageEntries(store, period.days)) };
}

/** One row for each key and model. */
async function readRows(req: Request, deps: UsageDeps): Promise<{ period: UsagePeriod; rows: UsageRow[] }> {
  const { period, entries } = await readEntries(req, deps);
  const sums = sumUsage(entries, ({ key, model }) => `${key.id}\n${model}`);
  const rows = sums.map(({ entry, fields }) => toRow(entry, fields));
  return { period, rows: rows.sort((one, other) => other.requests - one.requests) };
}

function nameGroup(group: Group, { key, model }: UsageEntry): string {
  if (group === 'model') return model;
  // Keys without a member stand for themselves.
  return group === 'member' && key.member !== undefined ? `member ${key.member}` : `key ${key.id}`;
}

function nameRow(group: Group, { key, model }: UsageEntry): string {
  if (group === 'model') return model;
  if (group === 'member' && key.member !== undefined) return key.member;
  return key.member === undefined || key.member === key.name ? key.name : `${key.member}/${key.name}`;
}

function toCells(fields: Fields, language: Language): string[] {
  const format = FORMATS[language];
  const { n = 0, e = 0, in: input = 0, cached = 0, out = 0, think = 0 } = fields;
  return [
    ...[n, e, input, cached, out, think].map((value) => format.number(value)),
    toMoney(fields, language),
  ];
}

/** Amounts by currency, and requests without one: told apart, never added. */
function toMoney(fields: Fields, language: Language): string {
  const t = TEXTS[language].usage;
  const format = FORMATS[language];
  const amounts = CURRENCIES.flatMap((currency) => {
    const amount = fields[currency];
    return amount === undefined ? [] : [`${formatMillionths(amount)} ${currency}`];
  });
  const others = (['free', 'included', 'unpriced'] as const).flatMap((kind) =>
    fields[kind] ? [t.kinds[kind](format.number(fields[kind]))] : [],
  );
  return [...amounts, ...others].join(' · ') || NOTHING;
}

const NO_ENTRY: UsageEntry = {
  key: { id: '', name: '', member: undefined, lastAt: 0 },
  model: '',
  day: 0,
  fields: {},
};

function toRow({ key, model }: UsageEntry, fields: Fields): UsageRow {
  return {
    key_id: key.id,
    key: key.name,
    member: key.member ?? null,
    model,
    requests: fields.n ?? 0,
    errors: fields.e ?? 0,
    tokens_in: fields.in ?? 0,
    tokens_cached: fields.cached ?? 0,
    tokens_out: fields.out ?? 0,
    tokens_reasoning: fields.think ?? 0,
    cost_usd: (fields.USD ?? 0) / 1e6,
    cost_cny: (fields.CNY ?? 0) / 1e6,
    free: fields.free ?? 0,
    included: fields.included ?? 0,
    unpriced: fields.unpriced ?? 0,
  };
}

function parseGroup(text: string): Group {
  const group = GROUPS.find((name) => name === text);
  if (group !== undefined) return group;
  throw new ApiError('invalid_value', `\`by\` is "${printableLine(text)}"; allowed: ${GROUPS.join(', ')}.`, {
    param: 'by',
  });
}

/** The address with changed choices; empty ones are left out. */
function toAddress(path: string, params: URLSearchParams, change: Record<string, string>): string {
  const own = ['by', 'range', 'from', 'to', 'zone'].flatMap((name) => {
    const value = change[name] ?? params.get(name);
    return value ? [[name, value] as [string, string]] : [];
  });
  const isRange = change.range !== undefined;
  const kept = own.filter(([name]) => !isRange || (name !== 'from' && name !== 'to'));
  return kept.length === 0 ? path : `${path}?${new URLSearchParams(kept)}`;
}
