import { expect } from 'chai';
import { ChunkDecoder } from '../../../src/upstream/openai-compatible/chunk-decoder.js';
import { CUT_SIZES, cut, decoded, type Outcome, outcomeOf, sse } from '../support.js';

function run(reads: readonly Uint8Array[]): Promise<Outcome> {
  return outcomeOf(decoded(new ChunkDecoder(() => 'call_new'), reads));
}

/** Decodes whole chunks, given as objects, or as they are. */
function answer(...chunks: (object | string)[]): Promise<Outcome> {
  return run([sse(chunks.map((chunk) => (typeof chunk === 'string' ? chunk : JSON.stringify(chunk))))]);
}

const text = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const finish = (reason: string) => ({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });

/** Z.ai, November 2025: no `object`, the role in every chunk, reason and usage together. */
const ZAI = [
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
const VLLM = [
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

describe('ChunkDecoder', () => {
  it('tells once which model answers, in the upstream’s words, and passes over chunks that name none', async () => {
    const served: string[] = [];
    const chunks = [text('a'), { ...text('b'), model: '' }, { ...text('c'), model: 'glm-5.3' }];
    const decoder = new ChunkDecoder(
      () => 'call_new',
      (model) => served.push(model),
    );
    const payloads = [...chunks, { ...finish('stop'), model: 'glm-5.2' }].map((chunk) =>
      JSON.stringify(chunk),
    );
    expect(await outcomeOf(decoded(decoder, [sse(payloads)]))).to.include({ text: 'abc', finish: 'stop' });
    expect(served).to.deep.equal(['glm-5.3']);
  });

  for (const [form, chunks] of Object.entries({ 'Z.ai': ZAI, vLLM: VLLM })) {
    const body = sse([...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']);
    for (const size of CUT_SIZES) {
      it(`reads the form of ${form}, cut every ${size} bytes`, async () => {
        expect(await run(cut(body, size))).to.deep.equal({
          reasoning: '想\n 🙂',
          text: '\nYes',
          finish: 'stop',
          error: undefined,
          calls: [],
          usage: {
            promptTokens: 8,
            completionTokens: 5,
            totalTokens: 13,
            cachedTokens: 2,
            reasoningTokens: 3,
          },
        });
      });
    }
  }

  const pieces = (...calls: object[]) => ({ choices: [{ index: 0, delta: { tool_calls: calls } }] });
  const CALLS = {
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
  for (const [form, chunks] of Object.entries(CALLS)) {
    const body = sse(
      [...chunks, finish('tool_calls')].map((chunk) => JSON.stringify(chunk)).concat('[DONE]'),
    );
    for (const size of CUT_SIZES) {
      it(`reads ${form}, cut every ${size} bytes`, async () => {
        const { calls, text: shown, finish: end, error } = await run(cut(body, size));
        expect({ shown, end, error }).to.deep.equal({ shown: 'Both.', end: 'tool_calls', error: undefined });
        expect(calls.filter(({ type }) => type === 'tool-call-start')).to.deep.equal([
          { type: 'tool-call-start', index: 0, id: 'call_a', name: 'get_weather' },
          { type: 'tool-call-start', index: 1, id: 'call_b', name: 'get_time' },
        ]);
        const written = (wanted: number) =>
          calls
            .map((call) => (call.type === 'tool-call-delta' && call.index === wanted ? call.text : ''))
            .join('');
        expect([written(0), written(1)]).to.deep.equal(['{"city":"奥斯陆 🙂"}', '{}']);
        expect(calls.at(-1)).to.deep.equal({ type: 'tool-call-end', index: 1 });
      });
    }
  }

  it('never ends a call that was cut, nor the answer', async () => {
    const [, begun = {}, half = {}] = CALLS['streamed arguments'];
    for (const after of [
      [],
      [{ error: { message: 'out of memory', code: 500 } }],
      [finish('network_error'), '[DONE]'],
    ]) {
      const { calls, finish: end, error } = await answer(begun, half, ...after);
      expect(calls.map(({ type }) => type)).to.deep.equal(['tool-call-start', 'tool-call-delta']);
      expect(end).to.equal(undefined);
      expect(error).to.include({ status: 502 });
    }
  });

  it('tells by the finish reason that the token limit cut a call', async () => {
    const [, begun = {}, half = {}] = CALLS['streamed arguments'];
    const { calls, finish: end } = await answer(begun, half, finish('length'), '[DONE]');
    expect(calls.at(-1)?.type).to.equal('tool-call-end');
    expect(end).to.equal('length');
  });

  it('fails an answer whose call has no name, after the text before it', async () => {
    const nameless = pieces({
      index: 0,
      id: 'call_a',
      type: 'function',
      function: { name: '', arguments: '{}' },
    });
    const {
      calls,
      text: shown,
      finish: end,
      error,
    } = await answer(text('a'), nameless, finish('tool_calls'), '[DONE]');
    expect({ calls, shown, end }).to.deep.equal({ calls: [], shown: 'a', end: undefined });
    expect(error).to.include({ status: 502, code: 'upstream_bad_tool_call' });
  });

  const reasons: [said: string, meant: string][] = [
    ['stop', 'stop'],
    ['length', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['sensitive', 'content_filter'],
    ['content_filter', 'content_filter'],
    ['tool_calls', 'tool_calls'],
    ['eos_token', 'stop'],
  ];
  for (const [said, meant] of reasons) {
    it(`takes the finish reason ${said} for ${meant}`, async () => {
      expect((await answer(text('a'), finish(said), '[DONE]')).finish).to.equal(meant);
    });
  }

  it('takes the finish reason network_error for a truncated answer', async () => {
    const { text: shown, finish: end, error } = await answer(text('a'), finish('network_error'), '[DONE]');
    expect({ shown, end }).to.deep.equal({ shown: 'a', end: undefined });
    expect(error).to.include({ code: 'upstream_truncated', outcome: 'upstream_truncated', status: 502 });
  });

  describe('the end', () => {
    it('is the finish reason where no [DONE] follows', async () => {
      expect((await answer(text('a'), finish('length'))).finish).to.equal('length');
    });

    it('is [DONE] where there was no finish reason', async () => {
      expect((await answer(text('a'), '[DONE]')).finish).to.equal('stop');
    });

    it('missing is upstream_truncated, after the text', async () => {
      const { text: shown, error } = await answer(text('a'));
      expect(shown).to.equal('a');
      expect(error?.code).to.equal('upstream_truncated');
    });

    it('is not believed when a chunk could not be read', async () => {
      expect((await answer(text('a'), '{"choices":[{"del', finish('stop'), '[DONE]')).error?.code).to.equal(
        'upstream_truncated',
      );
    });

    it('of a body without a single event is upstream_empty', async () => {
      expect((await run([])).error?.code).to.equal('upstream_empty');
      expect((await answer('[DONE]')).error?.code).to.equal('upstream_empty');
    });

    it('ends the answer: nothing after [DONE] is shown', async () => {
      expect((await answer(text('a'), '[DONE]', text('b'))).text).to.equal('a');
    });
  });

  describe('errors in the stream', () => {
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
        { error: { code: '1302', message: 'slow down' } },
        { status: 429, code: 'upstream_busy', retriable: true },
      ],
      ['of bare text', { error: 'broken pipe' }, { status: 502, code: 'upstream_error', retriable: true }],
      ['without a code', { error: {} }, { status: 502, code: 'upstream_error', retriable: true }],
    ];
    for (const [form, chunk, expected] of cases) {
      it(`in the form ${form} come after the text before them`, async () => {
        const { text: shown, error } = await answer(text('a'), chunk, '[DONE]');
        expect(shown).to.equal('a');
        expect(error).to.include(expected);
      });
    }
  });

  it('survives members of unexpected types', async () => {
    const { text: shown, finish: end } = await answer(
      { choices: {} },
      { choices: [null] },
      { choices: [{ delta: 'x' }] },
      { choices: [{ delta: { content: 7, reasoning_content: [] }, finish_reason: 1 }], usage: 'some' },
      text('a'),
      finish('stop'),
      '[DONE]',
    );
    expect({ shown, end }).to.deep.equal({ shown: 'a', end: 'stop' });
  });
});
