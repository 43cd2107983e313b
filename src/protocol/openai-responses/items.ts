/** The items of a response's output as OpenAI writes them; the same in streams and in whole responses. */
import { unwrapInput } from '../openai-chat/freeform.js';
import type { ToolForm } from '../openai-chat/tool-names.js';
import { sealReasoning } from './reasoning.js';

export type ItemKind = 'message' | 'reasoning' | CallKind;
export type CallKind = 'function_call' | 'custom_tool_call';
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A call of a tool in the client's own form. */
export interface FormedCall {
  readonly id: string;
  readonly form: ToolForm;
}

export function messageItem(id: string, status: ItemStatus, content: readonly object[]): object {
  return { id, type: 'message', status, role: 'assistant', content };
}

export function textPart(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** The same words under each name by which a client may look for them. `sealed`: it gives back only what is encrypted. */
export function reasoningItem(id: string, text: string, sealed: boolean): object {
  return {
    id,
    type: 'reasoning',
    summary: [summaryPart(text)],
    content: [{ type: 'reasoning_text', text }],
    ...(sealed ? { encrypted_content: sealReasoning(text) } : {}),
  };
}

export function summaryPart(text: string): object {
  return { type: 'summary_text', text };
}

export function callKind({ type }: ToolForm): CallKind {
  return type === 'custom' ? 'custom_tool_call' : 'function_call';
}

/** `text`: arguments of a function, input of a freeform tool. */
export function callItem(
  id: string,
  status: ItemStatus,
  { id: callId, form }: FormedCall,
  text: string,
): object {
  const { name, namespace } = form;
  return {
    id,
    type: callKind(form),
    status,
    [form.type === 'custom' ? 'input' : 'arguments']: text,
    call_id: callId,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** The arguments of the function that was called upstream, as the client's form of the tool takes them. */
export function callText({ type }: ToolForm, written: string): string {
  return type === 'custom' ? unwrapInput(written) : written;
}
