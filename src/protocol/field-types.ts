/** Types of fields that bodies of all client protocols have in common. */
import { z } from 'zod';

/** Numbers and booleans may be written as texts, whose meaning is plain: forms and templates send them so. */
export const number = (least: number, most: number) => lenient(z.number().min(least).max(most));
export const integer = (least = Number.MIN_SAFE_INTEGER) => lenient(z.int().min(least));
export const count = integer(1);
export const flag = lenient(z.boolean());

/** The longest answer, in tokens. `none` are the numbers that mean that the client sets no limit. */
export function tokenLimit(...none: readonly number[]) {
  return z
    .preprocess((given) => {
      const value = readScalar(given);
      return none.includes(value as number) ? null : value;
    }, z.int().min(1).nullish())
    .optional();
}

/** Z.ai's and Anthropic's `thinking`; some clients send it as a boolean. */
export const thinkingField = z
  .preprocess(
    (given) => {
      const value = readScalar(given);
      return typeof value === 'boolean' ? { type: value ? 'enabled' : 'disabled' } : value;
    },
    z.object({ type: z.string().nullish(), clear_thinking: flag, budget_tokens: integer() }),
  )
  .nullish();

function lenient<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(readScalar, schema).nullish();
}

function readScalar(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
