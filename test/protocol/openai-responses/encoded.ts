/** What a ResponseEncoder makes of events, and items to compare it with. */
import type {
  ResponseFunctionToolCallItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { ResponseEncoder } from '../../../src/protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../../src/protocol/openai-responses/parse-request.js';
import { checkStream, eventsOf } from './shapes.js';

export const HEAD = {
  uuid: '00000000-aaaa-4000-8000-000000000001',
  created: 1_759_400_000,
  model: 'GLM-4.5',
  requestId: 'req-1',
};

export const ID = '00000000aaaa40008000000000000001';

export function encoder(fields: object = {}): ResponseEncoder {
  return new ResponseEncoder(HEAD, parseResponsesRequest({ model: 'glm', input: 'hi', ...fields }, false));
}

export function streamed(events: CompletionEvent[], fields: object = {}): ResponseStreamEvent[] {
  const shown = eventsOf(encoder(fields).encode(events));
  checkStream(shown);
  return shown;
}

export function call(index: number, name: string, ...pieces: string[]): CompletionEvent[] {
  return [
    { type: 'tool-call-start', index, id: `call_${index}`, name },
    ...pieces.map((piece): CompletionEvent => ({ type: 'tool-call-delta', index, text: piece })),
    { type: 'tool-call-end', index },
  ];
}

export const MESSAGE = (words: string, index = 0): ResponseOutputMessage => ({
  id: `msg_${ID}${index}`,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', annotations: [], logprobs: [], text: words }],
});

export const REASONING = (words: string, index = 0): ResponseReasoningItem => ({
  id: `rs_${ID}${index}`,
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: words }],
  content: [{ type: 'reasoning_text', text: words }],
});

export const CALL = (written: string, index = 0, nth = 0): ResponseFunctionToolCallItem => ({
  id: `fc_${ID}${index}`,
  type: 'function_call',
  status: 'completed',
  arguments: written,
  call_id: `call_${nth}`,
  name: 'look',
});

export const TOOLS = [
  {
    type: 'namespace',
    name: 'mcp__docs',
    description: 'The handbook.',
    tools: [
      { type: 'function', name: 'search', parameters: { type: 'object' } },
      { type: 'custom', name: 'q' },
    ],
  },
  { type: 'custom', name: 'apply_patch' },
];

export function outputOf(events: readonly ResponseStreamEvent[]): object[] {
  const last = events.at(-1);
  return last && 'response' in last ? last.response.output : [];
}
