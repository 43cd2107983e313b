/** The items of a response's output as OpenAI writes them; the same in streams and in whole responses. */
import { unwrapInput } from '../tools/freeform.js';
import type { ToolForm } from '../tools/tool-names.js';
import { CLIENT_TOOLS, readArguments } from './client-tools.js';
import { sealReasoning } from './reasoning.js';

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

/** Holds the same words in every member that clients read. `sealed`: the client gives back only `encrypted_content`. */
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

/** `text`: arguments of a function, input of a freeform tool. */
export function callItem(
  id: string,
  status: ItemStatus,
  { id: callId, form }: FormedCall,
  text: string,
): object {
  const { type, name, namespace } = form;
  if (type !== 'function' && type !== 'custom') {
    const members = CLIENT_TOOLS[type].buildCall(readArguments(text));
    return { id, type: `${type}_call`, status, call_id: callId, ...members };
  }
  return {
    id,
    type: type === 'custom' ? 'custom_tool_call' : 'function_call',
    status,
    [type === 'custom' ? 'input' : 'arguments']: text,
    call_id: callId,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** What an id of a call's item begins with. */
export function getCallPrefix({ type }: ToolForm): string {
  if (type === 'function') return 'fc';
  return type === 'custom' ? 'ctc' : CLIENT_TOOLS[type].idPrefix;
}

/** The arguments of the function that was called upstream, as the client's form of the tool takes them. */
export function readCallText({ type }: ToolForm, written: string): string {
  return type === 'custom' ? unwrapInput(written) : written;
}
