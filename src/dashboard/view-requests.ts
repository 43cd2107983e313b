/** The latest requests as they are shown: a column per field that has one, filter and paging. Pure. */
import type { Language } from '../pages/language.js';
import { REQUEST_FIELDS, type RequestField } from '../stats/request-fields.js';
import type { RequestRecord } from '../stats/request-record.js';
import { type Fault, OUTCOME_NAMES, OUTCOMES } from '../vocabulary/outcomes.js';
import { clip, type Format, NOTHING } from './format.js';
import { type Query, toAddress } from './query.js';
import { listKeys, selectPage } from './requests.js';
import type { Snapshot } from './snapshot.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, type TimeForm, toMoment } from './times.js';

interface Context {
  readonly query: Query;
  readonly language: Language;
  readonly t: DashboardTexts;
  readonly format: Format;
}

export interface RequestHead {
  readonly label: string;
  /** Shown on pointing. */
  readonly note: string | undefined;
  readonly isNumber: boolean;
}

export interface RequestCell {
  readonly text: string;
  readonly isNumber: boolean;
  /** Shown in place of the text. */
  readonly at?: Moment;
  /** CSS class of the mark before the text. */
  readonly fault?: Fault;
  /** Shown behind the text, as code. */
  readonly code?: string | undefined;
  /** Shown behind the text, muted. */
  readonly note?: string | undefined;
  /** The whole text, where `text` is clipped. */
  readonly whole?: string | undefined;
}

export function createRequestsView(
  { requests }: Pick<Snapshot, 'requests'>,
  { query, language, t, format }: Context,
) {
  const { rows, matching, page, pages } = selectPage(requests, query);
  const to = (number: number) => toAddress('requests', query, { page: number });
  return {
    ...createRequestTable(rows, { language, t, format, timeForm: 'time' }, requests),
    count: t.requests.count(format.number(matching), format.number(requests.length)),
    /** `undefined` when one page shows all. */
    page: pages === 1 ? undefined : t.requests.page(format.number(page), format.number(pages)),
    newer: page > 1 ? to(page - 1) : undefined,
    older: page < pages ? to(page + 1) : undefined,
    isFiltered: query.text !== '' || query.outcome !== undefined || query.key !== undefined,
    all: toAddress('requests', query, { text: '', outcome: undefined, key: undefined, page: 1 }),
    text: query.text,
    outcomes: OUTCOME_NAMES.map((name) => ({
      name,
      label: t.outcomes[name],
      chosen: name === query.outcome,
    })),
    keys: listKeys(requests).map((name) => ({ name, chosen: name === query.key })),
  };
}

interface TableContext extends Omit<Context, 'query'> {
  readonly timeForm: TimeForm;
}

/** @param all The requests that decide which optional columns there are. */
export function createRequestTable(
  rows: readonly RequestRecord[],
  { language, t, format, timeForm }: TableContext,
  all = rows,
): { heads: RequestHead[]; rows: RequestCell[][] } {
  const columns = COLUMNS.filter(
    ({ column, read }) => !column.isOptional || all.some((record) => read(record) !== undefined),
  );
  return {
    heads: columns.map((column) => toHead(column, language)),
    rows: rows.map((record) => columns.map((column) => toCell(column, record, { t, format, timeForm }))),
  };
}

type ColumnField = RequestField & { readonly column: NonNullable<RequestField['column']> };

const COLUMNS = REQUEST_FIELDS.filter((field): field is ColumnField => field.column !== undefined);

function toHead({ kind, column }: ColumnField, language: Language): RequestHead {
  return { label: column[language], note: column.note?.[language], isNumber: isNumber(kind) };
}

function isNumber(kind: RequestField['kind']): boolean {
  return kind === 'status' || kind === 'count' || kind === 'milliseconds';
}

function toCell(
  field: ColumnField,
  record: RequestRecord,
  { t, format, timeForm }: Omit<TableContext, 'language'>,
): RequestCell {
  const cell = { isNumber: isNumber(field.kind) };
  if (field.column.cell === 'tokens') return { ...cell, text: tokensText(record, format) };
  switch (field.kind) {
    case 'time':
      return { ...cell, text: '', at: toMoment(field.read(record) ?? 0, timeForm) };
    case 'outcome': {
      const { outcome } = record;
      return { ...cell, text: t.outcomes[outcome], fault: OUTCOMES[outcome].fault, code: errorText(record) };
    }
    case 'milliseconds':
      return { ...cell, text: format.duration(field.read(record)) };
    case 'count':
      return { ...cell, text: format.number(field.read(record)) };
    default: {
      const whole = String(field.read(record) ?? NOTHING);
      const text = clip(whole);
      if (field.column.cell === 'model') return { ...cell, text, note: servedText(record, t) };
      return { ...cell, text, whole: text === whole ? undefined : whole };
    }
  }
}

/** The error's code where it tells more than the outcome, and the field that was rejected. */
function errorText({ code, outcome, param }: RequestRecord): string | undefined {
  const words = [code === outcome ? undefined : code, param].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : clip(words.join(' '));
}

function servedText({ servedModel }: RequestRecord, t: DashboardTexts): string | undefined {
  return servedModel === undefined ? undefined : t.requests.served(clip(servedModel));
}

function tokensText({ usage }: RequestRecord, format: Format): string {
  return usage === undefined
    ? NOTHING
    : `${format.number(usage.promptTokens)} → ${format.number(usage.completionTokens)}`;
}
