/** The history as the model sees it: how long it is, and what of the model's earlier thinking is still there. */
import { type AnyBody, callsOf, messagesOf, textOf } from './conversation.js';

/** A token for every four characters, whatever they are; images count nothing. */
export function promptTokens(body: AnyBody): number {
  const lengths = messagesOf(body).map(messageLength);
  const thoughts = seenThoughts(body).join('').length;
  const tools = body?.tools === undefined ? 0 : JSON.stringify(body.tools).length;
  return Math.ceil(lengths.reduce((sum, length) => sum + length, thoughts + tools) / 4);
}

/** The answer of `sim:recall`. */
export function recalled(body: AnyBody): string {
  const thoughts = seenThoughts(body);
  return thoughts.length === 0 ? 'I recall no thinking.' : `I recall: ${thoughts.join(' | ')}`;
}

/** Earlier turns' reasoning is ignored unless the client wants it kept (`thinking.clear_thinking: false`). */
function seenThoughts(body: AnyBody): string[] {
  const messages = messagesOf(body);
  const keepsAll = body?.thinking?.clear_thinking === false;
  const since = keepsAll ? 0 : messages.findLastIndex((message) => message?.role === 'user') + 1;
  return messages.slice(since).flatMap((message) => message?.reasoning_content || []);
}

/** With the role and what marks its end. */
function messageLength(message: AnyBody): number {
  const calls = callsOf(message);
  return 12 + textOf(message?.content).length + (calls.length === 0 ? 0 : JSON.stringify(calls).length);
}
