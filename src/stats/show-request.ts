/** A request's record as the log, the JSON and the search have it: by the list of its fields. */
import { type FieldKind, REQUEST_FIELDS, type RequestField } from './request-fields.js';
import type { RequestRecord } from './request-record.js';

/** The members of a request's log line. Runs once per request. */
export function toLogFields(record: RequestRecord): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  for (const { kind, log, read } of LOGGED) {
    const value = read(record);
    members[log] = kind === 'milliseconds' && value !== undefined ? Math.round(Number(value)) : value;
  }
  return members;
}

const LOGGED = REQUEST_FIELDS.flatMap(({ log, ...field }) => (log === undefined ? [] : [{ ...field, log }]));

/** The record as an entry of `GET /dashboard/requests`. */
export function toJsonFields(record: RequestRecord): Readonly<Record<string, unknown>> {
  const members = REQUEST_FIELDS.flatMap((field) =>
    field.json === undefined ? [] : [[field.json, jsonValue(field, record)] as const],
  );
  return Object.fromEntries(members);
}

function jsonValue({ kind, read }: RequestField, record: RequestRecord): unknown {
  const value = read(record);
  if (value === undefined) return null;
  if (kind === 'time') return new Date(Number(value)).toISOString();
  return kind === 'milliseconds' ? Math.round(Number(value)) : value;
}

/** All words of a record, one per line and in lower case, for a search. Figures are left out: they match by chance. */
export function toSearchText(record: RequestRecord): string {
  return REQUEST_FIELDS.filter(({ kind }) => WORDS.has(kind))
    .map(({ read }) => read(record))
    .join('\n')
    .toLowerCase();
}

const WORDS: ReadonlySet<FieldKind> = new Set(['text', 'outcome', 'status']);
