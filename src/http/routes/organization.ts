/** OpenAI's usage and costs of an organization, for exporters: `GET /v1/organization/usage/completions` and `/costs`. */
import type { Express, Request, Response } from 'express';
import { findSpan, type Span } from '../../calendar.js';
import type { Config } from '../../config/config.js';
import type { Fields } from '../../stats/batch.js';
import { toUsageDay } from '../../stats/usage.js';
import { readUsageEntries, sumUsage, type UsageEntry, type UsageSource } from '../../stats/usage-report.js';
import { BadRequestError } from '../../vocabulary/errors.js';
import { CURRENCIES } from '../../vocabulary/money.js';
import { adminAccess } from '../middleware/admin-access.js';
import { allowOnly } from '../middleware/handle-errors.js';
import { createThrottle } from '../passwords.js';
import type { AdminDeps } from './admin/routes.js';

export interface OrganizationDeps
  extends Pick<AdminDeps, 'adminPassword' | 'sessions' | 'limitStore' | 'log'> {
  readonly config: Pick<Config, 'timeZone'>;
  readonly store: UsageSource;
}

const DEFAULT_BUCKETS = 7;
/** Dates after the year 9999 have no name. */
const MAX_SECONDS = 253_402_300_799;

interface Report {
  readonly maxBuckets: number;
  readonly groups: readonly string[];
  /** The results of one bucket. */
  readonly toResults: (entries: readonly UsageEntry[], groupBy: ReadonlySet<string>) => object[];
}

const COMPLETIONS: Report = {
  maxBuckets: 31,
  groups: ['project_id', 'user_id', 'api_key_id', 'model', 'batch', 'service_tier'],
  toResults: (entries, groupBy) =>
    sumUsage(entries, ({ key, model }) =>
      JSON.stringify([
        groupBy.has('api_key_id') && key.id,
        groupBy.has('user_id') && key.member,
        groupBy.has('model') && model,
      ]),
    ).map(({ entry: { key, model }, fields }) => ({
      object: 'organization.usage.completions.result',
      ...toTokens(fields),
      project_id: null,
      user_id: groupBy.has('user_id') ? (key.member ?? null) : null,
      api_key_id: groupBy.has('api_key_id') ? key.id : null,
      model: groupBy.has('model') ? model : null,
      batch: null,
      service_tier: null,
    })),
};

const COSTS: Report = {
  maxBuckets: 180,
  groups: ['project_id', 'line_item', 'api_key_id'],
  toResults: (entries, groupBy) =>
    sumUsage(entries, ({ key, model }) =>
      JSON.stringify([groupBy.has('api_key_id') && key.id, groupBy.has('line_item') && model]),
    ).flatMap(({ entry: { key, model }, fields }) =>
      // Currencies are never added.
      CURRENCIES.filter((currency) => fields[currency] !== undefined).map((currency) => ({
        object: 'organization.costs.result',
        amount: { value: (fields[currency] ?? 0) / 1e6, currency: currency.toLowerCase() },
        line_item: groupBy.has('line_item') ? model : null,
        project_id: null,
        api_key_id: groupBy.has('api_key_id') ? key.id : null,
      })),
    ),
};

/** Before the routes that other origins may call: these send no CORS headers. */
export function addOrganization(app: Express, deps: OrganizationDeps): void {
  const throttle = createThrottle('admin-password', 'passwords', deps.limitStore, deps.log);
  const access = adminAccess(deps.adminPassword, deps.sessions, throttle);
  const routes = { '/v1/organization/usage/completions': COMPLETIONS, '/v1/organization/costs': COSTS };
  for (const [path, report] of Object.entries(routes)) {
    app
      .route(path)
      .get(access, (req: Request, res: Response) => answer(req, res, report, deps))
      .all(allowOnly('GET', 'HEAD'));
  }
}

async function answer(
  req: Request,
  res: Response,
  report: Report,
  { store, config: { timeZone } }: OrganizationDeps,
): Promise<void> {
  const params = new URL(req.originalUrl, 'http://gateway').searchParams;
  const query = parse(params, report, timeZone, Date.now());
  const days = query.days.map((day) => ({ ...day, slots: [toUsageDay(day.start, timeZone)] }));
  const entries = (await readUsageEntries(store, days)).filter(query.matches);
  const byDay = days.map((): UsageEntry[] => []);
  for (const entry of entries) byDay[entry.day]?.push(entry);
  res.json({
    object: 'page',
    data: days.map(({ start, end }, index) => ({
      object: 'bucket',
      start_time: start / 1000,
      end_time: end / 1000,
      results: report.toResults(byDay[index] ?? [], query.groupBy),
    })),
    has_more: query.next !== undefined,
    next_page: query.next ?? null,
  });
}

function parse(params: URLSearchParams, { maxBuckets, groups }: Report, zone: string, now: number) {
  const width = params.get('bucket_width') || '1d';
  if (width !== '1d') throw invalid('bucket_width', 'only `1d` is kept.');
  const from = parseSeconds(params, 'start_time');
  if (from === undefined) throw invalid('start_time', 'it is required, as Unix seconds.');
  const end = parseSeconds(params, 'end_time') ?? now;
  if (end <= from) throw invalid('end_time', 'it must be after `start_time`.');
  const limit = Number(params.get('limit') || DEFAULT_BUCKETS);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxBuckets)
    throw invalid('limit', `allowed: a whole number from 1 to ${maxBuckets}.`);
  const groupBy = readList(params, 'group_by');
  const unknown = groupBy.find((name) => !groups.includes(name));
  if (unknown !== undefined) throw invalid('group_by', `allowed: ${groups.join(', ')}.`);
  const { days, next } = listBuckets(parsePage(params, from), end, limit, zone);
  return { days, next, groupBy: new Set(groupBy), matches: parseFilters(params) };
}

/** The days from `from` to before `end`, oldest first, and the cursor of those that follow. */
function listBuckets(from: number, end: number, limit: number, zone: string) {
  const days: Span[] = [];
  let at = from;
  while (at < end && days.length < limit) {
    const day = findSpan('day', at, zone);
    days.push(day);
    at = day.end;
  }
  return { days, next: at < end ? `page_${at / 1000}` : undefined };
}

function parseFilters(params: URLSearchParams): (entry: UsageEntry) => boolean {
  const [keys, users, models] = ['api_key_ids', 'user_ids', 'models'].map((name) => readList(params, name));
  const isIn = (list: readonly string[] | undefined, value: string | undefined) =>
    list === undefined || list.length === 0 || (value !== undefined && list.includes(value));
  return ({ key, model }) => isIn(keys, key.id) && isIn(users, key.member) && isIn(models, model);
}

function parseSeconds(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name);
  if (text === null || text === '') return undefined;
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_SECONDS)) throw invalid(name, 'allowed: whole Unix seconds.');
  return seconds * 1000;
}

function parsePage(params: URLSearchParams, from: number): number {
  const page = params.get('page');
  if (page === null || page === '') return from;
  const [, seconds] = /^page_(\d{1,12})$/.exec(page) ?? [];
  if (seconds === undefined) throw invalid('page', 'it is not what an earlier answer gave as `next_page`.');
  return Number(seconds) * 1000;
}

/** Lists come as `a,b`, as `name=a&name=b` or, of OpenAI's SDKs, as `name[]=a`. */
function readList(params: URLSearchParams, name: string): string[] {
  const given = [...params.getAll(name), ...params.getAll(`${name}[]`)];
  return given.flatMap((text) => text.split(',')).filter(Boolean);
}

function toTokens({ in: input = 0, cached = 0, out = 0, n = 0 }: Fields): object {
  return {
    input_tokens: input,
    output_tokens: out,
    input_cached_tokens: cached,
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    num_model_requests: n,
  };
}

function invalid(param: string, problem: string): BadRequestError {
  return new BadRequestError(`\`${param}\`: ${problem}`, { code: 'invalid_value', param });
}
