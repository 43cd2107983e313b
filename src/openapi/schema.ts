/** Small makers of what the document is full of: JSON Schemas (2020-12) and texts in both languages. */

import type { JsonSchema } from '../protocol/field-docs.js';

export { describe as described, type JsonSchema, nullable, ref } from '../protocol/field-docs.js';

export function summarized(en: string, zh: string) {
  return { summary: en, 'x-summary-zh': zh };
}

/** An object whose members are all there, but for the `optional` ones. */
export function object(properties: Record<string, unknown>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

export function jsonContent(schema: JsonSchema, more: JsonSchema = {}) {
  return { 'application/json': { schema, ...more } };
}
