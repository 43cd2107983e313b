/** The items of a response's output as OpenAI writes them; the same in streams and in whole responses. */
import type { ToolCall } from '../../completion/request.js';
import { sealReasoning } from './reasoning.js';

export type ItemKind = 'message' | 'reasoning' | 'function_call';
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function messageItem(id: string, status: ItemStatus, content: readonly object[]): object {
  return { id, type: 'message', status, role: 'assistant', content };
}

export function textPart(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** `sealed`: the client asked for reasoning.encrypted_content. */
export function reasoningItem(id: string, text: string, sealed: boolean): object {
  return {
    id,
    type: 'reasoning',
    summary: [summaryPart(text)],
    ...(sealed ? { encrypted_content: sealReasoning(text) } : {}),
  };
}

export function summaryPart(text: string): object {
  return { type: 'summary_text', text };
}

export function callItem(id: string, status: ItemStatus, call: ToolCall): object {
  return { id, type: 'function_call', status, arguments: call.arguments, call_id: call.id, name: call.name };
}
