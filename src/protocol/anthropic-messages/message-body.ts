/** Parts that whole messages and streams of Anthropic's Messages have in common. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { FinishReason, Usage } from '../../completion/event.js';
import type { ToolCall } from '../../completion/request.js';
import { parseJson } from '../../json.js';
import { isFields } from '../fields.js';
import type { AnswerHead } from '../protocol.js';

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

/** Members that say why the answer ended. `stopSequence` is the client's stop text that ended it. */
export function buildEnd(reason: FinishReason, stopSequence: string | undefined): object {
  return {
    stop_reason: stopSequence === undefined ? STOP_REASONS[reason] : 'stop_sequence',
    stop_sequence: stopSequence ?? null,
    stop_details: reason === 'content_filter' ? { type: 'refusal', category: null, explanation: null } : null,
    container: null,
  };
}

/** Anthropic's `input_tokens` exclude the tokens that were read from the cache. */
export function buildUsage({
  promptTokens,
  completionTokens,
  cachedTokens = 0,
  reasoningTokens,
}: Usage): object {
  return {
    input_tokens: Math.max(0, promptTokens - cachedTokens),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
    output_tokens_details: reasoningTokens === undefined ? null : { thinking_tokens: reasoningTokens },
    server_tool_use: null,
  };
}

/** A message whose end is not known yet. */
export function buildMessage({ uuid, model }: AnswerHead, content: readonly object[], usage: Usage): object {
  return {
    id: `msg_${uuid.replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      ...buildUsage(usage),
      cache_creation: null,
      inference_geo: null,
      service_tier: 'standard',
      speed: null,
    },
  };
}

/** The body of a whole answer. */
export function buildWholeMessage(head: AnswerHead, answer: CollectedAnswer): object {
  const { text, reasoning, toolCalls, usage = NO_USAGE } = answer;
  const content = [
    ...(reasoning === '' ? [] : [{ type: 'thinking', thinking: reasoning, signature: signBlock(head, 0) }]),
    ...(text === '' ? [] : [buildTextBlock(text)]),
    ...toolCalls.map((call) => buildToolUseBlock(call, parseInput(call))),
  ];
  return { ...buildMessage(head, content, usage), ...buildEnd(answer.reason, answer.stopSequence) };
}

/** Used if the upstream reported no usage. */
export const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };

/** Leaves out `citations`: not every client accepts null there. */
export function buildTextBlock(text: string): object {
  return { type: 'text', text };
}

/** A block with a call. `input` is empty in a stream, where deltas follow. */
export function buildToolUseBlock({ id, name }: Pick<ToolCall, 'id' | 'name'>, input: object): object {
  return { type: 'tool_use', id, name, input, caller: { type: 'direct' } };
}

/**
 * Clients send thinking back only if it is signed, and return the signature unchanged. The gateway does not verify it: it names
 * the block's origin and contains none of its text.
 */
export function signBlock({ uuid }: AnswerHead, index: number): string {
  return Buffer.from(`ztoapi thinking ${uuid} ${index}`).toString('base64');
}

/** Arguments other than a JSON object are passed on as they are: the client's validation error then informs the model. */
function parseInput({ arguments: written }: ToolCall): object {
  if (written.trim() === '') return {};
  const input = parseJson(written);
  return isFields(input) ? input : { invalid_arguments: written };
}
