/** The fields that the gateway adds, translates or can do without: those that may be left out of a request. */
import { asObject, type JsonObject } from '../json.js';
import { IGNORED_SCHEMA, JSON_SCHEMA, REQUIRED_TOOLS } from './refusal.js';

/** What a client sends itself is not among them: leaving that out would change the answer without a word. */
const OWN_FIELDS = new Set([
  'chat_template_kwargs',
  'clear_thinking',
  'enable_thinking',
  'parallel_tool_calls',
  'reasoning_effort',
  'repeat_penalty',
  'response_format',
  'stream_options',
  'thinking',
  'tool_choice',
  'tool_stream',
]);
/** Kept among refused fields, but values that are decided on before there is a body. */
const NO_FIELDS = new Set([IGNORED_SCHEMA, JSON_SCHEMA, REQUIRED_TOOLS]);
/** Members that servers name without the field they stand in. */
const OWN_MEMBERS = [
  'chat_template_kwargs.clear_thinking',
  'chat_template_kwargs.enable_thinking',
  'chat_template_kwargs.reasoning_effort',
  'messages.reasoning_content',
  'stream_options.include_usage',
  'thinking.clear_thinking',
];

/** The path in `body` that an upstream's name for a field means. @returns undefined if it is not the gateway's to leave out. */
export function findOwnField(body: JsonObject, name: string): string | undefined {
  if (name === REQUIRED_TOOLS) return body.tool_choice === 'required' ? name : undefined;
  if (name === JSON_SCHEMA) return asObject(body.response_format)?.type === 'json_schema' ? name : undefined;
  const members = OWN_MEMBERS.filter((path) => path === name || path.endsWith(`.${name}`));
  const paths = [name, name.replace('.', '_'), ...members];
  return paths.find((path) => isOwn(path) && isIn(body, path.split('.')));
}

/** The body without the fields at these paths; objects that they leave empty go as well. */
export function withoutFields(body: JsonObject, paths: ReadonlySet<string>): JsonObject {
  let rest = body;
  for (const path of paths) if (!NO_FIELDS.has(path)) rest = without(rest, path.split('.')) ?? {};
  return rest;
}

function isOwn(path: string): boolean {
  if (OWN_MEMBERS.includes(path)) return true;
  // The schema is the client's.
  return OWN_FIELDS.has(path.split('.', 1)[0] ?? '') && !path.startsWith(`${JSON_SCHEMA}.schema`);
}

function isIn(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return value !== undefined;
  if (Array.isArray(value)) return value.some((entry) => isIn(entry, [key, ...rest]));
  return isIn(asObject(value)?.[key], rest);
}

function without(object: JsonObject, [key, ...rest]: readonly string[]): JsonObject | undefined {
  if (key === undefined || object[key] === undefined) return object;
  const { [key]: value, ...others } = object;
  const kept = rest.length === 0 ? undefined : withoutIn(value, rest);
  const left = kept === undefined ? others : { ...object, [key]: kept };
  return Object.values(left).every((member) => member === undefined) ? undefined : left;
}

function withoutIn(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutIn(entry, path) ?? {});
  const object = asObject(value);
  return object === undefined ? value : without(object, path);
}
