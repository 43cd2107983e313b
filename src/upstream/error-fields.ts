/** Reads an upstream's error in any shape: OpenAI's, Anthropic's, FastAPI's, a nested one, or bare text. */
import { asObject, asText, type JsonObject } from './json.js';

export interface ErrorFields {
  /** The upstream's message, unchanged; empty when there is none. */
  readonly message: string;
  /** Business code, HTTP status or name, as text; empty when there is none. */
  readonly code: string;
  /** The kind of error by name: `rate_limit_error`; empty where there is none. */
  readonly type: string;
  /** Path of the field at fault, from FastAPI's `loc`: `messages[0].content`. */
  readonly place: string | undefined;
  /** The HTTP status that the body tells by itself. */
  readonly status: number | undefined;
}

const MAX_DEPTH = 4;
const MAX_PLACE_LENGTH = 100;
/** Members that hold the error, or a list of errors, in the order they are looked at. */
const NESTING = ['error', 'errors', 'detail', 'message'] as const;
const MESSAGES = ['message', 'msg', 'detail', 'error_msg', 'error_message', 'error_description', 'error'];
const CODES = ['code', 'error_code', 'err_code'];
const STATUSES = ['status', 'status_code', 'statusCode', 'http_status', 'code'];

export function readErrorFields(body: unknown): ErrorFields {
  const fields = flatten(body, 0);
  const text = (names: readonly string[]) => names.map((name) => asText(fields[name])).find(Boolean) ?? '';
  return {
    message: withProviderWords(text(MESSAGES), asObject(fields.metadata)),
    code: CODES.map((name) => asName(fields[name])).find(Boolean) ?? '',
    type: text(['type', 'error_type']),
    place: asText(fields.place)?.slice(0, MAX_PLACE_LENGTH),
    status: STATUSES.map((name) => asStatus(fields[name])).find(Boolean),
  };
}

/**
 * The error that an event of a stream that began with 200 carries. `hasChoice` is whether the event has a part of an
 * answer as well: without one, words alone make it an error.
 */
export function findError(event: JsonObject, hasChoice: boolean): JsonObject | undefined {
  const { error, errors } = event;
  const isError =
    (error !== undefined && error !== null && error !== false && error !== '') ||
    (Array.isArray(errors) && errors.length > 0) ||
    event.object === 'error' ||
    event.type === 'error' ||
    (!hasChoice && saysSomething(event));
  return isError ? event : undefined;
}

function saysSomething(event: JsonObject): boolean {
  return readErrorFields(event).message !== '';
}

/** The members of a nested error laid over those around it. */
function flatten(value: unknown, depth: number): JsonObject {
  if (typeof value === 'string') return { message: value };
  if (Array.isArray(value)) return flattenList(value, depth);
  const object = asObject(value);
  if (object === undefined || depth === MAX_DEPTH) return {};
  for (const name of NESTING) {
    const inner = object[name];
    if (typeof inner !== 'object' || inner === null) continue;
    const { [name]: _, ...around } = object;
    return { ...around, ...flatten(inner, depth + 1) };
  }
  return object;
}

/** FastAPI's `[{loc, msg}]`, or a list of errors of which the first tells the kind. */
function flattenList(list: readonly unknown[], depth: number): JsonObject {
  const errors = list.slice(0, 10).map((one) => flatten(one, depth + 1));
  const messages = errors.map((error) => {
    const words = asText(error.msg) ?? asText(error.message) ?? '';
    const field = fieldAt(error.loc);
    return field === undefined || words === '' ? words : `${field}: ${words}`;
  });
  const message = messages.filter(Boolean).join('; ');
  const place = errors.map(({ loc }) => fieldAt(loc)).find(Boolean);
  return { ...errors[0], ...(message === '' ? {} : { message }), ...(place === undefined ? {} : { place }) };
}

/** `["body", "messages", 0, "content"]` → `messages[0].content`. */
function fieldAt(loc: unknown): string | undefined {
  if (!Array.isArray(loc)) return undefined;
  const path = (loc[0] === 'body' ? loc.slice(1) : loc).filter((part) =>
    ['string', 'number'].includes(typeof part),
  );
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return field === '' ? undefined : field.replace(/^\./, '');
}

/** Routers report only that a provider failed and put its message into `metadata`. */
function withProviderWords(message: string, metadata: JsonObject | undefined): string {
  const raw = asText(metadata?.raw);
  return raw === undefined || raw === '' || message.includes(raw) ? message : `${message} (${raw})`.trim();
}

function asName(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function asStatus(value: unknown): number | undefined {
  const status = Number(value);
  return typeof value !== 'object' && status >= 400 && status < 600 ? Math.trunc(status) : undefined;
}
