/** The history as the model sees it: its length, and which earlier thinking it still contains. */
import { type AnyBody, readCalls, readMessages, readText } from './conversation.js';

/** One token per four characters of any script; images are not counted. */
export function promptTokens(body: AnyBody): number {
  const lengths = readMessages(body).map(countCharacters);
  const thoughts = findSeenThoughts(body).join('').length;
  const tools = body?.tools === undefined ? 0 : JSON.stringify(body.tools).length;
  return Math.ceil(lengths.reduce((sum, length) => sum + length, thoughts + tools) / 4);
}

/** The answer of `sim:recall`. */
export function recallThinking(body: AnyBody): string {
  const thoughts = findSeenThoughts(body);
  return thoughts.length === 0 ? 'I recall no thinking.' : `I recall: ${thoughts.join(' | ')}`;
}

/** Earlier turns' reasoning is ignored unless the client wants it kept (`thinking.clear_thinking: false`). */
function findSeenThoughts(body: AnyBody): string[] {
  const messages = readMessages(body);
  const keepsAll = body?.thinking?.clear_thinking === false;
  const since = keepsAll ? 0 : messages.findLastIndex((message) => message?.role === 'user') + 1;
  return messages.slice(since).flatMap((message) => message?.reasoning_content || []);
}

/** Includes the role and the end marker of a message. */
function countCharacters(message: AnyBody): number {
  const calls = readCalls(message);
  return 12 + readText(message?.content).length + (calls.length === 0 ? 0 : JSON.stringify(calls).length);
}
