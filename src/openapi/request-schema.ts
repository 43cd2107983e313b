/** Request schemas of the client protocols → JSON Schema, with what `describeField` attached to each field. */
import { z } from 'zod';
import { isFields } from '../protocol/fields.js';
import type { JsonSchema } from './schema.js';

/**
 * The input that a zod schema accepts. Checks that zod cannot express are left out, unless the schema's metadata has them.
 * @example toJsonSchema(z.object({ n: z.int().min(1).nullish() }))
 * // { type: 'object', properties: { n: { type: ['integer', 'null'], minimum: 1 } } }
 */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return simplify(converted) as JsonSchema;
}

/** Shortens what zod writes at length: `anyOf` of one type and null, and the bounds of safe integers. */
function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (!isFields(value)) return value;
  const entries = Object.entries(value)
    .filter(([, member]) => Math.abs(member as number) !== Number.MAX_SAFE_INTEGER)
    .map(([name, member]) => [name, simplify(member)]);
  return mergeNull(Object.fromEntries(entries));
}

function mergeNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const [option, nothing, ...more] = Array.isArray(anyOf) ? anyOf : [];
  if (nothing?.type !== 'null' || more.length > 0) return schema;
  if (Array.isArray(option.anyOf)) return { ...rest, anyOf: [...option.anyOf, nothing] };
  if (typeof option.type !== 'string') return schema;
  const { const: only, type, ...limits } = option;
  return 'const' in option
    ? { enum: [only, null], ...limits, ...rest }
    : { type: [type, 'null'], ...limits, ...rest };
}
