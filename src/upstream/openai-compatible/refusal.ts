/** Reads from an upstream's error which fields of the request it does not know. Pure. */
import type { JsonObject } from '../json.js';
import { CONDITIONAL, findUnknownFields, LACKS_JSON_SCHEMA, LACKS_REQUIRED_TOOLS } from './refusal-words.js';

/** Left out as fields are, though each is one value of a field that others may use. */
export const JSON_SCHEMA = 'response_format.json_schema';
export const REQUIRED_TOOLS = 'tool_choice.required';
/** The server takes schemas and ignores them: they are sent all the same, and told in words as well. */
export const IGNORED_SCHEMA = 'response_format.json_schema ignored';

/** Longer errors quote the request, in characters. */
const MAX_CHARACTERS = 2_000;
/** Members of an error that say nothing of a field, or quote the request. */
const SILENT = new Set(['type', 'code', 'object', 'input', 'ctx', 'url', 'provider_name']);
const FIELD_CODES = /^(?:unknown|unsupported|unrecognized|unexpected)_(?:param(?:eter)?|field|argument)$/;
/** pydantic's items, in JSON or in Python's words, wherever they stand. */
const EXTRA_FORBIDDEN = [
  /["']type["']:\s*["'](?:extra_forbidden|value_error\.extra)["'],\s*["']loc["']:\s*[[(]([^\])]*)[\])]/g,
  /["']loc["']:\s*[[(]([^\])]*)[\])],\s*["']msg["']:\s*["']extra (?:fields?|inputs?) (?:are )?not permitted/gi,
];
const ROLES = new Set(['user', 'assistant', 'system', 'tool', 'developer']);

/** The fields of a request that an error may be about, the gateway's own and those that clients send. */
const FIELDS = [
  'chat_template_kwargs',
  'frequency_penalty',
  'logit_bias',
  'max_tokens',
  'min_p',
  'parallel_tool_calls',
  'presence_penalty',
  'reasoning_effort',
  'repeat_penalty',
  'repetition_penalty',
  'response_format',
  'stream_options',
  'temperature',
  'tool_choice',
  'tool_stream',
  'top_k',
  'top_p',
  'user_id',
];
/** What the gateway calls otherwise upstream. */
const CLIENT_NAMES: Readonly<Record<string, string>> = {
  repeat_penalty: 'repetition_penalty',
  user_id: 'user',
};
/** Words of plain English, too: only what stands by itself, in quotes or behind such a word is the field. */
const ENGLISH_FIELDS = ['messages', 'seed', 'stop', 'thinking', 'tools', 'user'];
const FIELD = new RegExp(
  `(?<![\\w-])(?:${FIELDS.join('|')})(?![\\w-])|(?<=^|["'\`.]|(?:invalid|param|parameter|field|property|argument)s?:?\\s)(?:${ENGLISH_FIELDS.join('|')})(?=$|["'\`:.,[])`,
  'im',
);

/** Stands as an error's `cause`. Whether the fields are the gateway's own or the client's, the client's module decides. */
export class Refusal {
  constructor(
    /** Paths in snake case, without list positions: `thinking.clear_thinking`, `messages.reasoning_content`. */
    readonly fields: readonly string[],
    /** The answer's format, or the schema for it, is mentioned. */
    readonly mentionsFormat: boolean,
    readonly mentionsToolChoice: boolean,
    /** True when the fields are refused beside something else only. */
    readonly conditional: boolean,
  ) {}

  /** A field of the request is unknown or unsupported, so that the request is at fault, whatever the status. */
  get namesField(): boolean {
    return this.fields.some((path) => FIELD.test(path.split('.', 1)[0] ?? ''));
  }
}

/** The field that the error is about as clients name it, for `param`. @returns undefined if it names none. */
export function findField(error: JsonObject): string | undefined {
  const { param } = error;
  const named = typeof param === 'string' && FIELD.test(param) ? param : FIELD.exec(readText(error))?.[0];
  return CLIENT_NAMES[named ?? ''] ?? named;
}

function readText(error: JsonObject): string {
  return collectTexts(error).join('\n').slice(0, MAX_CHARACTERS);
}

/** `error` is an error's object as the upstream sent it. @returns undefined if it says nothing of a field. */
export function readRefusal(error: JsonObject): Refusal | undefined {
  const json = unescapeJson(JSON.stringify(error));
  const text = unescapeJson(readText(error));
  const fields = new Set(
    [...findForbiddenExtras(json), ...findUnknownParam(error), ...findUnknownFields(text)]
      .map(parsePath)
      .filter(Boolean),
  );
  if (LACKS_JSON_SCHEMA.some((pattern) => pattern.test(text))) {
    fields.add(JSON_SCHEMA);
    fields.delete('json_schema');
  }
  if (LACKS_REQUIRED_TOOLS.some((pattern) => pattern.test(text))) fields.add(REQUIRED_TOOLS);
  const mentionsFormat = /schema|grammar|response[ _]?format|structured|guided/i.test(json);
  const mentionsToolChoice = /tool[ _]?choice/i.test(json);
  if (fields.size === 0 && !mentionsFormat && !mentionsToolChoice) return undefined;
  return new Refusal([...fields], mentionsFormat, mentionsToolChoice, CONDITIONAL.test(text));
}

function collectTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (SILENT.has(key) ? [] : collectTexts(member)));
}

/** Proxies quote the errors of those behind them: JSON in a string, with more backslashes at each step. */
function unescapeJson(text: string): string {
  return text
    .slice(0, MAX_CHARACTERS)
    .replace(/\\{1,16}n/g, '\n')
    .replace(/\\{1,16}(["'])/g, '$1');
}

function findForbiddenExtras(json: string): string[] {
  const places = EXTRA_FORBIDDEN.flatMap((pattern) =>
    [...json.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
  return places.map((place) =>
    place
      .replace(/["'\s]/g, '')
      .replace(/,+$/, '')
      .replaceAll(',', '.'),
  );
}

function findUnknownParam({ param, code }: JsonObject): string[] {
  return typeof param === 'string' && typeof code === 'string' && FIELD_CODES.test(code) ? [param] : [];
}

function parsePath(name: string): string {
  return name
    .replace(/[`'"“”‘’$]/g, '')
    .replace(/[[\]]/g, '.')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('.')
    .filter((part, at) => part !== '' && !/^\d+$/.test(part) && !(at > 0 && ROLES.has(part)))
    .join('.')
    .replace(/^(?:body|request)\./, '');
}
