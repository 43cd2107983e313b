/** The 200 response of an endpoint that answers a completion. The protocol's own encoder writes the examples. */
import type { CollectedAnswer } from '../completion/collect.js';
import type { CompletionEvent } from '../completion/event.js';
import type { AnswerEncoder, AnswerHead } from '../protocol/protocol.js';
import type { Texts } from './endpoint.js';
import { describe, type JsonSchema, jsonContent, TEXT } from './schema.js';
import { COMPLETION_HEADERS } from './shared.js';

/** The head of every example. */
export const EXAMPLE_HEAD: AnswerHead = {
  uuid: '7c1c0000-0000-4000-8000-000000000000',
  created: 1_793_000_000,
  model: 'GLM-4.5',
  requestId: 'req-1',
};

const usage = { promptTokens: 9, completionTokens: 12, totalTokens: 21, reasoningTokens: 5 };
const reasoning = 'The user says hello.';
const text = 'Hello!';
const ANSWER: CollectedAnswer = { text, reasoning, toolCalls: [], usage, reason: 'stop' };
const EVENTS: readonly CompletionEvent[] = [
  { type: 'reasoning-delta', text: reasoning },
  { type: 'text-delta', text },
  { type: 'usage', usage },
  { type: 'finish', reason: 'stop' },
];

/** Schemas of a whole answer and of an event, with what makes an encoder of `EXAMPLE_HEAD`. */
export interface AnswerForms {
  readonly texts: Texts;
  readonly whole: JsonSchema;
  readonly event: JsonSchema;
  readonly encoder: () => AnswerEncoder;
}

/** The response with a whole answer or a stream, and an example of each. */
export function completionAnswer({ texts, whole, event, encoder }: AnswerForms): JsonSchema {
  // OpenAPI 3.1 has no keyword for the schema of a `data:` line.
  const stream = { schema: TEXT, 'x-item-schema': event, example: writeStream(encoder()) };
  const content = jsonContent(whole, { example: encoder().whole(ANSWER) });
  return {
    ...describe(...texts),
    headers: COMPLETION_HEADERS,
    content: { ...content, 'text/event-stream': stream },
  };
}

/** As it crosses the wire, keep-alive included. */
function writeStream(encoder: AnswerEncoder): string {
  const [first, ...rest] = EVENTS as [CompletionEvent, ...CompletionEvent[]];
  const keepAlive = () => encoder.keepAlive?.() ?? ': keep-alive\n\n';
  return (encoder.encode([first]) + keepAlive() + encoder.encode(rest)).trimEnd();
}
