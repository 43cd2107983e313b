/** A response and its stream as they look, made by the encoder itself. */
import type { CompletionEvent } from '../../completion/event.js';
import { ResponseEncoder } from '../../protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../protocol/openai-responses/parse-request.js';

const usage = { promptTokens: 9, completionTokens: 12, totalTokens: 21, reasoningTokens: 5 };
const reasoning = 'The user says hello.';
const text = 'Hello!';

export function exampleResponse(model: string): object {
  return encoderFor(model).whole({ text, reasoning, toolCalls: [], usage, reason: 'stop' });
}

export function exampleEvents(model: string): string {
  const events: CompletionEvent[] = [
    { type: 'reasoning-delta', text: reasoning },
    { type: 'text-delta', text },
    { type: 'usage', usage },
    { type: 'finish', reason: 'stop' },
  ];
  return encoderFor(model).encode(events).trimEnd();
}

function encoderFor(model: string): ResponseEncoder {
  const head = {
    uuid: '7c1c0000-0000-4000-8000-000000000000',
    created: 1_793_000_000,
    model,
    requestId: 'req-1',
  };
  return new ResponseEncoder(head, parseResponsesRequest({ model, input: 'Hello' }, false));
}
