/** Helpers to write the document: JSON Schemas (2020-12) and texts in both languages. */

import type { JsonSchema } from '../protocol/field-docs.js';

export { describe, type JsonSchema, nullable, ref } from '../protocol/field-docs.js';

/** An operation's summary: English, with Chinese beside it. */
export function summarize(en: string, zh: string) {
  return { summary: en, 'x-summary-zh': zh };
}

/** Schema of an object whose members are required, except the `optional` ones. */
export function object(properties: Record<string, unknown>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

/** `content` of a JSON body; `more` is its `example`, for one. */
export function jsonContent(schema: JsonSchema, more: JsonSchema = {}) {
  return { 'application/json': { schema, ...more } };
}
