import { expect } from 'chai';
import { answer, text } from './chunk-runs.js';

describe('ChunkDecoder: errors in the stream', () => {
  const cases: [string, object, { status: number; code: string; retriable: boolean }][] = [
    [
      'of vLLM',
      { error: { message: 'out of memory', code: 500 } },
      { status: 502, code: 'upstream_error', retriable: true },
    ],
    [
      'of vLLM about the request',
      { error: { message: 'bad', code: 400 } },
      { status: 400, code: 'upstream_bad_request', retriable: false },
    ],
    [
      'of older vLLM',
      { object: 'error', message: 'oh', code: 503 },
      { status: 503, code: 'upstream_error', retriable: true },
    ],
    [
      'of Z.ai',
      { error: { code: '1303', message: 'slow down' } },
      { status: 429, code: 'upstream_busy', retriable: true },
    ],
    ['of bare text', { error: 'broken pipe' }, { status: 502, code: 'upstream_error', retriable: true }],
    ['without a code', { error: {} }, { status: 502, code: 'upstream_error', retriable: true }],
    [
      'of OpenRouter',
      {
        id: 'x',
        error: { code: 'server_error', message: 'Provider disconnected' },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      },
      { status: 502, code: 'upstream_error', retriable: true },
    ],
    [
      'of OpenRouter, in the choice',
      { choices: [{ index: 0, error: { code: 429, message: 'slow' }, finish_reason: 'error' }] },
      { status: 429, code: 'upstream_busy', retriable: true },
    ],
    [
      'of Anthropic',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { status: 503, code: 'overloaded', retriable: true },
    ],
    [
      'of code and message',
      { code: 400, message: 'bad' },
      { status: 400, code: 'upstream_bad_request', retriable: false },
    ],
    ['of a msg', { msg: 'it broke' }, { status: 502, code: 'upstream_error', retriable: true }],
    ['of a detail', { detail: 'it broke' }, { status: 502, code: 'upstream_error', retriable: true }],
    [
      'of Groq, by the name of its kind',
      { error: { message: 'no', type: 'invalid_request_error', code: 'tool_use_failed' } },
      { status: 400, code: 'upstream_bad_request', retriable: false },
    ],
    [
      'of Gemini, in a list',
      [{ error: { code: 503, message: 'later', status: 'UNAVAILABLE' } }],
      { status: 503, code: 'upstream_error', retriable: true },
    ],
    [
      'about the length of the prompt',
      {
        error: {
          message: 'the request exceeds the available context size',
          type: 'exceed_context_size_error',
        },
      },
      { status: 400, code: 'context_length_exceeded', retriable: false },
    ],
  ];
  for (const [form, chunk, expected] of cases) {
    it(`in the form ${form} come after the text before them`, async () => {
      const { text: shown, error } = await answer(text('a'), chunk, '[DONE]');
      expect(shown).to.equal('a');
      expect(error).to.include(expected);
    });
  }
});
