/** Reading the client's messages: the question that is to be answered, and what happened since. */
import { hasWords, removeWords } from './scenarios.js';

/** Beginning of the message with which the gateway asks for a JSON answer again. */
const CORRECTION = 'That answer is not accepted';

// biome-ignore lint/suspicious/noExplicitAny: a request body is whatever the client sent
export type AnyBody = any;

/** The question, and what came after it. */
export interface Turn {
  question: string;
  /** Names of the tools that were called since. */
  called: string[];
  /** Results of these calls. */
  results: string[];
  /** The gateway rejected the first answer. */
  corrected: boolean;
}

/**
 * A turn begins after the last answer without tool calls. Its question is the last user message with scenario words,
 * or just the last one: agents put messages of their own before and after what the user typed.
 */
export function findTurn(body: AnyBody): Turn {
  const { messages, corrected } = removeCorrection(readMessages(body));
  const begin = messages.findLastIndex(isFinalAnswer) + 1;
  const asked = (message: AnyBody, at: number) => at >= begin && message?.role === 'user';
  const withWords = messages.findLastIndex(
    (message, at) => asked(message, at) && hasWords(readText(message.content)),
  );
  const at = withWords === -1 ? messages.findLastIndex((message) => message?.role === 'user') : withWords;
  const since = messages.slice(Math.max(at, begin));
  return {
    question: readText(messages[at]?.content),
    called: since.flatMap(readCalls).map((call) => String(call?.function?.name)),
    results: since.flatMap((message) => (message?.role === 'tool' ? [readText(message.content)] : [])),
    corrected,
  };
}

export function findLastQuestion(body: AnyBody): string {
  return findTurn(body).question;
}

/** The model's name without scenario words. */
export function readModelName(body: AnyBody): string {
  return removeWords(String(body?.model ?? ''));
}

export function readMessages(body: AnyBody): AnyBody[] {
  return Array.isArray(body?.messages) ? body.messages : [];
}

/** A message's calls in OpenAI's form. */
export function readCalls(message: AnyBody): AnyBody[] {
  return Array.isArray(message?.tool_calls) ? message.tool_calls : [];
}

/** The text of a message's content: a string, or the text parts of an array. */
export function readText(content: AnyBody): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('\n');
}

/** Without the gateway's correction of a JSON answer, and that answer. */
function removeCorrection(messages: AnyBody[]): { messages: AnyBody[]; corrected: boolean } {
  if (!readText(messages.at(-1)?.content).startsWith(CORRECTION)) return { messages, corrected: false };
  const before = messages.slice(0, -1);
  return { messages: before.at(-1)?.role === 'assistant' ? before.slice(0, -1) : before, corrected: true };
}

function isFinalAnswer(message: AnyBody): boolean {
  return message?.role === 'assistant' && readCalls(message).length === 0;
}

export function positiveInteger(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : undefined;
}
