/** How much a model thinks about one request, and which thinking options the official API refuses. */
import type { AnyBody } from './conversation.js';
import type { ModelRow } from './model-rows.js';

/** The coding plan's base is more lenient than the pay-as-you-go base. */
export type ZaiPlan = 'pay-as-you-go' | 'coding';

/** From a few words to many. */
export type ThinkingDepth = 'none' | 'low' | 'high' | 'max';

/** The seven levels that clients may send, and the depth of each. */
const DEPTHS: Readonly<Record<string, ThinkingDepth>> = {
  none: 'none',
  minimal: 'low',
  low: 'low',
  medium: 'high',
  high: 'high',
  xhigh: 'max',
  max: 'max',
};

/** Without a level a model thinks at its highest level. */
export function chooseOfficialDepth({ thinking: kind }: ModelRow, body: AnyBody): ThinkingDepth {
  if (kind === 'none') return 'none';
  const off = body.thinking?.type === 'disabled';
  if (kind === 'switch') return off ? 'none' : 'high';
  const asked = DEPTHS[body.reasoning_effort] ?? (off ? 'none' : 'max');
  return kind === 'always' && asked === 'none' ? 'low' : asked;
}

/** The chat template's switch, and the level beside it. */
export function chooseServerDepth(body: AnyBody): ThinkingDepth {
  const template = body.chat_template_kwargs ?? {};
  if (template.enable_thinking === false) return 'none';
  return DEPTHS[body.reasoning_effort ?? template.reasoning_effort] ?? 'high';
}

/** @returns the problem with the thinking fields, `undefined` if there is none. */
export function findThinkingRefusal(row: ModelRow, body: AnyBody, plan: ZaiPlan): string | undefined {
  const { thinking, reasoning_effort: effort } = body;
  if (thinking !== undefined && !['enabled', 'disabled', undefined].includes(thinking?.type))
    return 'thinking.type must be enabled or disabled';
  if (!['boolean', 'undefined'].includes(typeof thinking?.clear_thinking))
    return 'thinking.clear_thinking must be a boolean';
  if (row.thinking === 'switch' || row.thinking === 'none') return undefined;
  if (thinking?.type === 'disabled' && plan === 'pay-as-you-go')
    return `thinking.type: disabled is not supported by ${row.api}`;
  const lenient = row.thinking === 'always' && plan === 'coding';
  const levels: readonly string[] = lenient ? Object.keys(DEPTHS) : (row.efforts ?? []);
  if (effort === undefined || effort === null || levels.includes(effort)) return undefined;
  return `reasoning_effort: ${effort} is not supported by ${row.api}, must be one of ${levels.join(', ')}`;
}
