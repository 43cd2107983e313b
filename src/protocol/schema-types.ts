/** Types and limits that the request schemas of several client protocols share. */
import { z } from 'zod';
import { EFFORTS } from '../completion/model-info.js';
import { nullable, parsedByHand } from './field-docs.js';

/** Characters of the name of a tool. */
export const MAX_TOOL_NAME_LENGTH = 200;
/** Stop texts of a request. */
export const MAX_STOP_TEXTS = 16;
/** Characters of a stop text: enough for any marker, few enough to search for in every piece of an answer. */
const MAX_STOP_LENGTH = 1_000;

/** Values of `type` in the formats of an answer. */
export const RESPONSE_FORMATS = ['text', 'json_object', 'json_schema'] as const;

/** The levels of thinking, as descriptions list them. */
export const EFFORT_LIST = EFFORTS.map((level) => `\`${level}\``).join(', ');

/** An optional number from `min` to `max`. Numbers and booleans may be sent as strings, as forms and templates do. */
export const number = (min: number, max: number) => lenient(z.number().min(min).max(max));
/** An optional integer. */
export const integer = (min = Number.MIN_SAFE_INTEGER) => lenient(z.int().min(min));
/** An optional boolean. */
export const flag = lenient(z.boolean());

/** An optional string. */
export const text = z.string().nullish();
/** Accepted in any shape. */
export const anything = z.unknown().optional();
/** A level of thinking, parsed by `parseEffort`. */
export const effort = parsedByHand(nullable('string'));
/** A tool's name where the parser checks it itself, as JSON Schema. */
export const TOOL_NAME = { type: 'string', minLength: 1, maxLength: MAX_TOOL_NAME_LENGTH };

/** The required `model`. */
export const modelName = z.string().min(1, 'must not be empty').max(200);

const stopText = z.string().max(MAX_STOP_LENGTH);
/** One stop text, or several. */
export const stopTexts = z.union([stopText, z.array(stopText).max(MAX_STOP_TEXTS)], {
  error: `must be a text or up to ${MAX_STOP_TEXTS} texts, each of at most ${MAX_STOP_LENGTH} characters`,
});
/** Several stop texts. */
export const stopList = z
  .array(stopText, { error: 'must be an array of texts' })
  .max(MAX_STOP_TEXTS, `must hold no more than ${MAX_STOP_TEXTS} texts`);

/** Maximum number of tokens in an answer. `unlimited` are the numbers by which clients mean that there is no maximum. */
export function tokenLimit(...unlimited: readonly number[]) {
  return z
    .preprocess(
      (given) => {
        const value = readScalar(given);
        return unlimited.includes(value as number) ? null : value;
      },
      z
        .int()
        .min(1)
        // The lowest number from which all are accepted.
        .meta(unlimited.includes(0) ? { minimum: Math.min(...unlimited) } : {})
        .nullish(),
    )
    .optional();
}

/** Z.ai's and Anthropic's `thinking`; some clients send a boolean. */
export const thinkingField = z
  .preprocess(
    (given) => {
      const value = readScalar(given);
      return typeof value === 'boolean' ? { type: value ? 'enabled' : 'disabled' } : value;
    },
    z.object({ type: text, clear_thinking: flag, budget_tokens: integer() }),
  )
  .nullish();

function lenient<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(readScalar, schema).nullish();
}

function readScalar(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
