/** Items of a response's output in OpenAI's form, for streams and whole responses. */
import { unwrapInput } from '../tools/freeform.js';
import type { ToolForm } from '../tools/tool-names.js';
import { CLIENT_TOOLS, readArguments } from './client-tools.js';
import { sealReasoning } from './reasoning.js';

/** An item's `status`. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A call of a tool in the client's own form. */
export interface FormedCall {
  readonly id: string;
  readonly form: ToolForm;
}

/** A message; `content` are its parts. */
export function messageItem(id: string, status: ItemStatus, content: readonly object[]): object {
  return { id, type: 'message', status, role: 'assistant', content };
}

/** A part of a message. */
export function textPart(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/**
 * Has the same text in every member that clients read. `sealed` adds `encrypted_content`, for clients that send back only that
 * member.
 */
export function reasoningItem(id: string, text: string, sealed: boolean): object {
  return {
    id,
    type: 'reasoning',
    summary: [summaryPart(text)],
    content: [{ type: 'reasoning_text', text }],
    ...(sealed ? { encrypted_content: sealReasoning(text) } : {}),
  };
}

/** A part of a reasoning item's summary. */
export function summaryPart(text: string): object {
  return { type: 'summary_text', text };
}

/** `text` is a function's arguments, or a freeform tool's input. */
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

/** @returns the prefix of the item's id: `fc`, `ctc`, … */
export function getCallPrefix({ type }: ToolForm): string {
  if (type === 'function') return 'fc';
  return type === 'custom' ? 'ctc' : CLIENT_TOOLS[type].idPrefix;
}

/** Converts the arguments of the upstream's function call to the text in the client's form of the tool. */
export function readCallText({ type }: ToolForm, written: string): string {
  return type === 'custom' ? unwrapInput(written) : written;
}
