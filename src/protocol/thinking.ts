/** Whether and how hard a model is to think, from the fields of all client protocols. */
import { EFFORTS, type Effort, isEffort } from '../completion/model-info.js';
import type { CompletionRequest } from '../completion/request.js';
import { wrong } from './fields.js';

export type Thinking = Pick<CompletionRequest, 'thinking' | 'effort' | 'clearThinking'>;

/** Other words that clients have for "off", and for "as usual". */
const OFF = ['off', 'disabled', 'disable'];
const USUAL = ['', 'auto', 'default'];

/** Largest budget, in tokens, of each level; beyond the last it is `max`. Agents' usual budgets are 4,000, 10,000 and 31,999. */
const BUDGETS: readonly (readonly [Effort, number])[] = [
  ['none', 0],
  ['low', 4_096],
  ['medium', 16_384],
  ['high', 32_768],
];

/** @returns undefined if the client named no level. Throws a BadRequestError that names the field and the levels. */
export function parseEffort(value: unknown, param: string): Effort | undefined {
  if (value === undefined || value === null) return undefined;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  if (isEffort(word)) return word;
  if (word !== undefined && USUAL.includes(word)) return undefined;
  if (word !== undefined && OFF.includes(word)) return 'none';
  throw wrong(param, `must be one of ${EFFORTS.join(', ')}`);
}

/** The level that a budget of thinking tokens stands for. Negative budgets leave it to the model. */
export function effortOfBudget(tokens: number | null | undefined): Effort | undefined {
  if (tokens === undefined || tokens === null || tokens < 0) return undefined;
  return BUDGETS.find(([, most]) => tokens <= most)?.[0] ?? 'max';
}

/** Values of `thinking.type` for "off". Anthropic's `between_tools` switches thinking off but for remarks between calls. */
const OFF_TYPES = ['disabled', 'none', 'off', 'between_tools'];

/** What `thinking.type` says: any other word means on, of which there are more every year. */
export function isThinkingType(type: string | null | undefined): boolean | undefined {
  return type ? !OFF_TYPES.includes(type) : undefined;
}

/** A switch is stronger than a level, a level stronger than the gateway's default. */
export function resolveThinking(
  on: boolean | undefined,
  effort: Effort | undefined,
  enableThinking: boolean,
): Pick<Thinking, 'thinking' | 'effort'> {
  if (on === undefined && effort !== undefined) return { thinking: effort !== 'none', effort };
  const thinking = on ?? enableThinking;
  return thinking && effort !== undefined && effort !== 'none' ? { thinking, effort } : { thinking };
}
