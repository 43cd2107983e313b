/** Completion events' words → Anthropic's: the parts that whole messages and streams have in common. */
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

/** Why the answer ended; `stopSequence` is the text of the client's that it ended at. */
export function endBody(reason: FinishReason, stopSequence: string | undefined): object {
  return {
    stop_reason: stopSequence === undefined ? STOP_REASONS[reason] : 'stop_sequence',
    stop_sequence: stopSequence ?? null,
    stop_details: reason === 'content_filter' ? { type: 'refusal', category: null, explanation: null } : null,
    container: null,
  };
}

/** Anthropic counts what was read from the cache apart from the input. */
export function usageBody({
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

/** A message without what is known only at its end. */
export function messageBody({ uuid, model }: AnswerHead, content: readonly object[], usage: Usage): object {
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
      ...usageBody(usage),
      cache_creation: null,
      inference_geo: null,
      service_tier: 'standard',
      speed: null,
    },
  };
}

/** The body of a whole answer. */
export function wholeMessage(head: AnswerHead, answer: CollectedAnswer): object {
  const { text, reasoning, toolCalls, usage = NO_USAGE } = answer;
  const content = [
    ...(reasoning === '' ? [] : [{ type: 'thinking', thinking: reasoning, signature: signatureOf(head, 0) }]),
    ...(text === '' ? [] : [textBlock(text)]),
    ...toolCalls.map((call) => toolUseBlock(call, inputOf(call))),
  ];
  return { ...messageBody(head, content, usage), ...endBody(answer.reason, answer.stopSequence) };
}

export const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };

/** Without `citations`: there are none, and not every client takes null for that. */
export function textBlock(text: string): object {
  return { type: 'text', text };
}

export function toolUseBlock({ id, name }: Pick<ToolCall, 'id' | 'name'>, input: object): object {
  return { type: 'tool_use', id, name, input, caller: { type: 'direct' } };
}

/**
 * Clients send thinking back only if it is signed, and give the signature back as it was. Nothing is checked by it: it
 * says where the block came from, and tells nothing of what stands in it.
 */
export function signatureOf({ uuid }: AnswerHead, index: number): string {
  return Buffer.from(`ztoapi thinking ${uuid} ${index}`).toString('base64');
}

/** Arguments that are no JSON object are handed over as they are: the client's own check of them tells the model. */
function inputOf({ arguments: written }: ToolCall): object {
  if (written.trim() === '') return {};
  const input = parseJson(written);
  return isFields(input) ? input : { invalid_arguments: written };
}
