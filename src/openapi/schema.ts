/** Helpers to write the document: JSON Schemas (2020-12) and texts in both languages. */
import { describe, type JsonSchema } from '../protocol/field-docs.js';

export { describe, type JsonSchema, nullable, ref } from '../protocol/field-docs.js';

export const TEXT: JsonSchema = { type: 'string' };
export const INTEGER: JsonSchema = { type: 'integer' };
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
export const BOOLEAN: JsonSchema = { type: 'boolean' };
export const NULL: JsonSchema = { type: 'null' };

/** A schema with its description in both languages. */
export function explain(schema: JsonSchema, en: string, zh: string): JsonSchema {
  return { ...schema, ...describe(en, zh) };
}

/** Schemas by name. */
export type Members = Readonly<Record<string, JsonSchema>>;

/**
 * Schema of an object. Members are required unless their names end in `?`.
 * @example object({ id: TEXT, 'usage?': ref('Usage') })
 */
export function object(members: Members): JsonSchema {
  const entries = Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ''), schema]);
  const required = Object.keys(members).filter((name) => !name.endsWith('?'));
  const properties = Object.fromEntries(entries);
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

/** Schemas of objects that their `type` tells apart: the members of each beside it, by type. */
export function listVariants(types: Readonly<Record<string, Members>>): JsonSchema[] {
  return Object.entries(types).map(([type, members]) => object({ type: { const: type }, ...members }));
}

/** Schemas of the members of an example: strings, integers, booleans, null, and objects of them. */
export function inferMembers(example: object): Members {
  return Object.fromEntries(Object.entries(example).map(([name, member]) => [name, inferSchema(member)]));
}

function inferSchema(example: unknown): JsonSchema {
  if (typeof example === 'object') return example === null ? NULL : object(inferMembers(example));
  if (typeof example === 'boolean') return BOOLEAN;
  return typeof example === 'number' ? INTEGER : TEXT;
}

/** Schema of an array; `limits` are its other keywords. */
export function arrayOf(items: JsonSchema, limits: JsonSchema = {}): JsonSchema {
  return { type: 'array', ...limits, items };
}

/** Schema of a value that may be null. */
export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, NULL] };
}

/** `content` of a JSON body; `more` is its `example`, for one. */
export function jsonContent(schema: JsonSchema, more: JsonSchema = {}) {
  return { 'application/json': { schema, ...more } };
}

export const UNIX_SECONDS = explain(INTEGER, 'Unix seconds.', 'Unix 时间戳（秒）。');
