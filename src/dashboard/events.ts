/** What happened to the gateway, as page, JSON and CSV. */
import type { Request, Response } from 'express';
import { describeEvent, type StoredEvent } from '../events/event.js';
import type { EventQuery, EventStore } from '../events/event-store.js';
import { EVENT_KIND_NAMES, type EventKind, findEventKind } from '../events/kinds.js';
import { type Language, languageOf, queryOf } from '../pages/language.js';
import { printableLine } from '../printable.js';
import { ApiError } from '../vocabulary/errors.js';
import { EVENT_RANGES } from '../vocabulary/periods.js';
import { formatCsvLines } from './csv.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { PERIOD_PARAMETERS, parsePeriod } from './period.js';
import { PATHS } from './query.js';
import { TEXTS } from './texts/texts.js';
import { toMoment } from './times.js';

const PAGE_LENGTH = 50;
/** Rows of a JSON answer and of a file. */
const MAX_ROWS = 1_000;

export type EventSource = Pick<EventStore, 'read'>;

interface Choice {
  readonly kind: EventKind | undefined;
  /** Name of the range, `undefined` for all events or for whole days. */
  readonly range: string | undefined;
  readonly query: Omit<EventQuery, 'limit'>;
  /** The query without the place in the list. */
  readonly params: URLSearchParams;
}

/** Throws an ApiError (400, `invalid_value`) that names the parameter and its allowed values. */
export function parseEventQuery(params: URLSearchParams, now: number): Choice {
  const kind = parseKind(params.get('kind') || undefined);
  const hasPeriod = PERIOD_PARAMETERS.some((name) => params.get(name));
  const period = hasPeriod ? parsePeriod(params, now) : undefined;
  const own = new URLSearchParams(
    ['kind', ...PERIOD_PARAMETERS].flatMap((name) => {
      const value = params.get(name);
      return value ? [[name, value] as [string, string]] : [];
    }),
  );
  return {
    kind,
    range: params.get('range') || undefined,
    query: {
      from: period?.from,
      to: period && period.to + 1,
      kinds: kind === undefined ? [] : [kind],
      after: parsePlace(params.get('before') || undefined),
    },
    params: own,
  };
}

/** What the page's view shows. */
export async function readEventsView(req: Request, store: EventSource) {
  const language = languageOf(req);
  const choice = parseEventQuery(queryOf(req), Date.now());
  const events = await mapStoreUnavailable(store.read({ ...choice.query, limit: PAGE_LENGTH + 1 }));
  const rows = events.slice(0, PAGE_LENGTH);
  const last = events.length > PAGE_LENGTH ? rows.at(-1) : undefined;
  return {
    rows: rows.map((event) => toRow(event, language)),
    kinds: EVENT_KIND_NAMES.map((name) => ({
      name,
      label: findEventKind(name).name[language],
      isChosen: name === choice.kind,
    })),
    ranges: EVENT_RANGES.map((name) => ({
      name,
      label: TEXTS[language].events.ranges[name],
      isChosen: name === choice.range,
    })),
    isFiltered: choice.params.size > 0,
    newest: choice.query.after && toAddress(PATHS.events, choice.params),
    older: last && toAddress(PATHS.events, choice.params, { before: formatPlace(last) }),
    csv: toAddress(`${PATHS.events}.csv`, choice.params),
  };
}

/** GET /dashboard/events for programs. */
export function eventsJson(store: EventSource) {
  return async (req: Request, res: Response): Promise<void> => {
    const events = await readRows(req, store);
    const last = events.length > MAX_ROWS ? events[MAX_ROWS - 1] : undefined;
    res.json({
      events: events.slice(0, MAX_ROWS).map((event) => toBody(event, languageOf(req))),
      next: last ? formatPlace(last) : null,
    });
  };
}

/** GET /dashboard/events.csv */
export function eventsCsv(store: EventSource) {
  return async (req: Request, res: Response): Promise<void> => {
    const rows = (await readRows(req, store)).slice(0, MAX_ROWS).map((event) => {
      const { at, kind, severity, subject, text } = toBody(event, languageOf(req));
      return [at, kind, severity, subject, text];
    });
    res
      .attachment('ztoapi-events.csv')
      .type('text/csv; charset=utf-8')
      .send(formatCsvLines([['at', 'kind', 'severity', 'subject', 'text'], ...rows]));
  };
}

function readRows(req: Request, store: EventSource): Promise<StoredEvent[]> {
  const { query } = parseEventQuery(queryOf(req), Date.now());
  return mapStoreUnavailable(store.read({ ...query, limit: MAX_ROWS + 1 }));
}

function toRow(event: StoredEvent, language: Language) {
  const { severity, name } = findEventKind(event.kind);
  return {
    at: toMoment(event.at, 'full'),
    severity,
    name: name[language],
    text: describeEvent(event, language),
  };
}

function toBody(event: StoredEvent, language: Language) {
  const { id, at, kind, subject, params } = event;
  return {
    id,
    at: new Date(at).toISOString(),
    kind,
    severity: findEventKind(kind).severity,
    subject,
    params,
    text: describeEvent(event, language),
  };
}

function parseKind(text: string | undefined): EventKind | undefined {
  if (text === undefined) return undefined;
  const kind = EVENT_KIND_NAMES.find((name) => name === text);
  if (kind === undefined)
    throw invalid('kind', `\`kind\` is "${printableLine(text)}"; allowed: ${EVENT_KIND_NAMES.join(', ')}.`);
  return kind;
}

/** A place in the list: the time and the id of an event. */
function formatPlace({ at, id }: Pick<StoredEvent, 'at' | 'id'>): string {
  return `${at}-${id}`;
}

function parsePlace(text: string | undefined): EventQuery['after'] {
  if (text === undefined) return undefined;
  const [, at, id] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (at === undefined || id === undefined)
    throw invalid('before', '`before` is not what an earlier answer gave as `next`.');
  return { at: Number(at), id };
}

function toAddress(path: string, params: URLSearchParams, more: Record<string, string> = {}): string {
  const search = new URLSearchParams([...params, ...Object.entries(more)]).toString();
  return search === '' ? path : `${path}?${search}`;
}

function invalid(param: string, message: string): ApiError {
  return new ApiError('invalid_value', message, { param });
}
