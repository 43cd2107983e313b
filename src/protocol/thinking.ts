/** Whether and how much a model thinks, from the fields of all client protocols. */
import { EFFORTS, type Effort, isEffort } from '../completion/model-info.js';
import type { CompletionRequest } from '../completion/request.js';
import { wrong } from './fields.js';

/** What a request says of thinking. */
export type Thinking = Pick<CompletionRequest, 'thinking' | 'effort' | 'clearThinking'>;

/** Other words of clients for "off", and for the default. */
const OFF = ['off', 'disabled', 'disable'];
const DEFAULT = ['', 'auto', 'default'];

/** Largest budget of each level, in tokens; a larger one means `max`. Agents typically send 4,000, 10,000 and 31,999. */
const BUDGETS: readonly (readonly [Effort, number])[] = [
  ['none', 0],
  ['low', 4_096],
  ['medium', 16_384],
  ['high', 32_768],
];

/** @returns undefined if the client named no level. Throws a BadRequestError that names the field and lists the levels. */
export function parseEffort(value: unknown, param: string): Effort | undefined {
  if (value === undefined || value === null) return undefined;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  if (isEffort(word)) return word;
  if (word !== undefined && DEFAULT.includes(word)) return undefined;
  if (word !== undefined && OFF.includes(word)) return 'none';
  throw wrong(param, `must be one of ${EFFORTS.join(', ')}`);
}

/** Converts a budget of thinking tokens to a level. @returns undefined if there is none, or it is negative: the model decides. */
export function effortOfBudget(tokens: number | null | undefined): Effort | undefined {
  if (tokens === undefined || tokens === null || tokens < 0) return undefined;
  return BUDGETS.find(([, max]) => tokens <= max)?.[0] ?? 'max';
}

/** Values of `thinking.type` that mean "off". Anthropic's `between_tools` allows only remarks between calls. */
const OFF_TYPES = ['disabled', 'none', 'off', 'between_tools'];

/** Reads `thinking.type`. Every unknown word means on, since new ones keep appearing. @returns undefined if it is not set. */
export function isThinkingType(type: string | null | undefined): boolean | undefined {
  return type ? !OFF_TYPES.includes(type) : undefined;
}

/** Combines the fields: a switch takes precedence over a level, a level over the gateway's default (`enableThinking`). */
export function resolveThinking(
  on: boolean | undefined,
  effort: Effort | undefined,
  enableThinking: boolean,
): Pick<Thinking, 'thinking' | 'effort'> {
  if (on === undefined && effort !== undefined) return { thinking: effort !== 'none', effort };
  const thinking = on ?? enableThinking;
  return thinking && effort !== undefined && effort !== 'none' ? { thinking, effort } : { thinking };
}
