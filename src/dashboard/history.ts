/** Looks up past requests, for the page Requests and for programs. */
import type { Request, Response } from 'express';
import { findMoment } from '../calendar.js';
import type { Config } from '../config/config.js';
import { type HistoryFilter, type HistorySource, searchHistory } from '../history/search.js';
import { type Language, languageOf, queryOf } from '../pages/language.js';
import { printableLine } from '../printable.js';
import { DAY_MS } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { toJsonFields } from '../stats/show-request.js';
import { findErrorCode } from '../vocabulary/error-codes.js';
import { ApiError } from '../vocabulary/errors.js';
import { OUTCOME_NAMES } from '../vocabulary/outcomes.js';
import { clip, FORMATS } from './format.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { PATHS } from './query.js';
import { TEXTS } from './texts/texts.js';
import { createRequestTable } from './view-requests.js';

const MAX_TEXT_LENGTH = 200;
const NAMES = ['text', 'outcome', 'key', 'model', 'code', 'from', 'to'] as const;

export interface HistoryDeps {
  /** `undefined` when no history is kept. */
  readonly historyStore: HistorySource | undefined;
  readonly config: Pick<Config, 'historyDays' | 'timeZone'>;
}

/** Throws an ApiError (400, `invalid_value`) that names the parameter and what is allowed. */
export function parseHistoryFilter(
  params: URLSearchParams,
  { historyDays, timeZone }: HistoryDeps['config'],
  now: number,
): HistoryFilter {
  const read = (name: string) => (params.get(name) ?? '').trim().slice(0, MAX_TEXT_LENGTH);
  const moment = (name: string, isEnd: boolean) => {
    const text = read(name);
    if (text === '') return undefined;
    const found = findMoment(text, timeZone);
    if (found === undefined)
      throw invalid(
        name,
        `\`${name}\` is "${printableLine(text)}"; allowed: a day or a time in ${timeZone}, as 2026-11-30 or 2026-11-30T17:45.`,
      );
    return isEnd ? found.end : found.start;
  };
  const outcome = OUTCOME_NAMES.find((name) => name === read('outcome'));
  if (outcome === undefined && read('outcome') !== '')
    throw invalid('outcome', `\`outcome\` is unknown; allowed: ${OUTCOME_NAMES.join(', ')}.`);
  const before = read('before');
  if (!/^\d{0,15}$/.test(before))
    throw invalid('before', '`before` is not what an earlier answer gave as `next`.');
  const from = Math.max(moment('from', false) ?? 0, now - historyDays * DAY_MS);
  const to = Math.min(moment('to', true) ?? now + 1, before === '' ? now + 1 : Number(before));
  return {
    text: read('text'),
    outcome,
    key: read('key') || undefined,
    model: read('model') || undefined,
    code: read('code') || undefined,
    from,
    to,
  };
}

/** What the page shows: the form, and what was found if something was looked for. `undefined` when no history is kept. */
export async function readHistoryView(req: Request, deps: HistoryDeps) {
  if (deps.historyStore === undefined) return undefined;
  const language = languageOf(req);
  const params = queryOf(req);
  const values = Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? '']));
  return {
    days: deps.config.historyDays,
    zone: deps.config.timeZone,
    values,
    outcomes: OUTCOME_NAMES.map((name) => ({
      name,
      label: TEXTS[language].outcomes[name],
      isChosen: name === params.get('outcome'),
    })),
    // The script that refreshes the page leaves the list alone: it is not searched again.
    found: params.has('find') && !req.path.endsWith('/live') ? await find(params, deps, language) : undefined,
  };
}

async function find(params: URLSearchParams, deps: HistoryDeps, language: Language) {
  const { records, next } = await search(params, deps);
  const t = TEXTS[language];
  const own = new URLSearchParams([...params].filter(([name]) => name !== 'before'));
  const [only] = records;
  const row = records.length === 1 && only?.code !== undefined ? findErrorCode(only.code) : undefined;
  return {
    ...createRequestTable(records, { language, t, format: FORMATS[language], timeForm: 'full' }),
    count: records.length,
    message: row?.[language],
    /** Addresses that show one request alone, in the order of the rows. */
    links: records.map(
      ({ requestId }) => `${PATHS.requests}?${new URLSearchParams({ find: '1', text: requestId })}#history`,
    ),
    details: records.length === 1 && only !== undefined ? listDetails(only) : undefined,
    older: next === undefined ? undefined : `${PATHS.requests}?${own}&before=${next}#history`,
  };
}

/** What is known of a request, by the names of the JSON. */
function listDetails(record: RequestRecord): [string, string][] {
  return Object.entries(toJsonFields(record)).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[name, clip(String(value))] as [string, string]],
  );
}

/** GET /dashboard/requests/history */
export function historyJson(deps: HistoryDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const { records, next } = await search(queryOf(req), deps);
    res.json({ requests: records.map(toJsonFields), next: next === undefined ? null : String(next) });
  };
}

function search(params: URLSearchParams, { historyStore, config }: HistoryDeps) {
  if (historyStore === undefined)
    throw new ApiError('unsupported_parameter', 'No history is kept: HISTORY_DAYS is 0.');
  return mapStoreUnavailable(searchHistory(historyStore, parseHistoryFilter(params, config, Date.now())));
}

function invalid(param: string, message: string): ApiError {
  return new ApiError('invalid_value', message, { param });
}
