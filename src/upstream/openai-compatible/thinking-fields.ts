/** Thinking in the fields of Z.ai's API and of self-hosted servers. Pure. */
import { EFFORTS, type Effort } from '../../completion/model-info.js';
import type { CompletionRequest } from '../../completion/request.js';
import { getThinking } from '../model-traits.js';

type Asked = Pick<CompletionRequest, 'model' | 'messages' | 'thinking' | 'effort' | 'clearThinking'>;

/**
 * A model that always thinks refuses `disabled`, and thinks at its dearest level when it is told none: "off" is its cheapest
 * level. Levels that a model does not have become the next dearer one.
 */
export function zaiThinkingFields(request: Asked): object {
  const { kind, efforts } = getThinking(request.model);
  if (kind === 'none') return {};
  const clear = clearThinking(request);
  if (kind === 'switch')
    return { thinking: { type: request.thinking ? 'enabled' : 'disabled', clear_thinking: clear } };
  // A client may name a level without a switch: it counts where there is no "off".
  const isOff = !request.thinking && (kind === 'effort' || request.effort === undefined);
  const level = isOff ? efforts[0] : chooseLevel(request.effort, efforts);
  // A level counts only while thinking is enabled, which is the default.
  const isSwitched = level !== 'none' || clear !== undefined;
  return {
    thinking: isSwitched ? { type: 'enabled', clear_thinking: clear } : undefined,
    reasoning_effort: level,
  };
}

/** A chat template that has no levels ignores `reasoning_effort`. */
export function selfHostedThinkingFields({ thinking, effort, clearThinking }: Asked): object {
  return {
    chat_template_kwargs: { enable_thinking: thinking, clear_thinking: clearThinking },
    reasoning_effort: thinking ? effort : undefined,
  };
}

/** @returns undefined if the client named no level: the model's own default holds. */
function chooseLevel(effort: Effort | undefined, efforts: readonly Effort[]): Effort | undefined {
  if (effort === undefined) return undefined;
  // As Z.ai reads it where thinking can be off.
  if (effort === 'minimal' && efforts.includes('none')) return 'none';
  const isEnough = (level: Effort) => EFFORTS.indexOf(level) >= EFFORTS.indexOf(effort);
  return efforts.find(isEnough) ?? efforts.at(-1);
}

/** Without `false` Z.ai ignores the reasoning that agents send back with the results of tools, and caches less. */
function clearThinking({ clearThinking: asked, messages }: Asked): boolean | undefined {
  if (asked !== undefined) return asked;
  const answers = messages.filter((message) => message.role === 'assistant');
  const hasReasoning = answers.some(({ reasoning }) => reasoning !== undefined && reasoning !== '');
  return hasReasoning && answers.some(({ toolCalls }) => toolCalls !== undefined) ? false : undefined;
}
