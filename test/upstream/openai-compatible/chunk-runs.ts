/** Runs of the ChunkDecoder over streams as servers send them. */
import { ChunkDecoder } from '../../../src/upstream/openai-compatible/chunk-decoder.js';
import { decoded, type Outcome, outcomeOf, sse } from '../support.js';

export const pieces = (...calls: object[]) => ({ choices: [{ index: 0, delta: { tool_calls: calls } }] });

export function run(reads: readonly Uint8Array[]): Promise<Outcome> {
  return outcomeOf(decoded(new ChunkDecoder(() => 'call_new'), reads));
}

/** Decodes whole chunks, given as objects, or as they are. */
export function answer(...chunks: (object | string)[]): Promise<Outcome> {
  return run([sse(chunks.map((chunk) => (typeof chunk === 'string' ? chunk : JSON.stringify(chunk))))]);
}

export const text = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });

export const finish = (reason: string) => ({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });

/** Z.ai, November 2025: no `object`, the role in every chunk, reason and usage together. */
export const ZAI = [
  {
    id: '1',
    created: 1,
    model: 'glm-4.5',
    choices: [{ index: 0, delta: { role: 'assistant', reasoning_content: '想\n' } }],
  },
  {
    id: '1',
    created: 1,
    model: 'glm-4.5',
    choices: [{ index: 0, delta: { role: 'assistant', reasoning_content: ' 🙂' } }],
  },
  {
    id: '1',
    created: 1,
    model: 'glm-4.5',
    choices: [{ index: 0, delta: { role: 'assistant', content: '\nYes' } }],
  },
  {
    id: '1',
    created: 1,
    model: 'glm-4.5',
    choices: [{ index: 0, finish_reason: 'stop', delta: { role: 'assistant', content: '' } }],
    usage: {
      prompt_tokens: 8,
      completion_tokens: 5,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  },
];

/** vLLM: an empty first chunk, nulls, the usage in a chunk of its own. */
export const VLLM = [
  {
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
  },
  {
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { reasoning: '想\n', content: null }, finish_reason: null }],
  },
  {
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { reasoning_content: '', reasoning: ' 🙂' } }],
  },
  {
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content: '\nYes', reasoning_content: null } }],
  },
  {
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }],
    usage: null,
  },
  {
    object: 'chat.completion.chunk',
    choices: [],
    usage: {
      prompt_tokens: 8,
      completion_tokens: 5,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  },
];

export const CALLS = {
  'whole calls': [
    text('Both.'),
    pieces({
      index: 0,
      id: 'call_a',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"奥斯陆 🙂"}' },
    }),
    pieces({ index: 1, id: 'call_b', type: 'function', function: { name: 'get_time', arguments: '{}' } }),
  ],
  'streamed arguments': [
    { choices: [{ index: 0, delta: { role: 'assistant', content: 'Both.' } }] },
    pieces({ index: 0, id: 'call_a', type: 'function', function: { name: 'get_weather', arguments: '' } }),
    pieces({ index: 0, function: { arguments: '{"city":"奥斯' } }),
    pieces({ index: 0, function: { arguments: '陆 🙂"}' } }),
    pieces({ index: 1, id: 'call_b', type: 'function', function: { name: 'get_time', arguments: '' } }),
  ],
};
