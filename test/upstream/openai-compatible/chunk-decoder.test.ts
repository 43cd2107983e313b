import { expect } from 'chai';
import { ChunkDecoder } from '../../../src/upstream/openai-compatible/chunk-decoder.js';
import { CUT_SIZES, cut, decoded, type Outcome, outcomeOf, sse } from '../support.js';

const pieces = (...calls: object[]) => ({ choices: [{ index: 0, delta: { tool_calls: calls } }] });

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

describe('ChunkDecoder', () => {
  it('tells once which model answers, in the upstream’s words, and passes over chunks that name none', async () => {
    const served: string[] = [];
    const chunks = [text('a'), { ...text('b'), model: '' }, { ...text('c'), model: 'glm-5.3' }];
    const decoder = new ChunkDecoder(() => 'call_new', { observe: (model) => served.push(model) });
    const payloads = [...chunks, { ...finish('stop'), model: 'glm-5.2' }].map((chunk) =>
      JSON.stringify(chunk),
    );
    expect(await outcomeOf(decoded(decoder, [sse(payloads)]))).to.include({ text: 'abc', finish: 'stop' });
    expect(served).to.deep.equal(['glm-5.3']);
  });

  it('gives the pages that a web search found, each once, at the end', async () => {
    const one = { title: 'One', link: 'https://one.example', content: 'Long.', refer: 'ref_1' };
    const untitled = { link: 'https://two.example' };
    const outcome = await answer(
      { ...text('a'), web_search: [one, { title: 'No link' }, null] },
      { ...text('b'), web_search: [one, untitled] },
      finish('stop'),
      '[DONE]',
    );
    expect(outcome).to.deep.include({
      text: 'ab',
      finish: 'stop',
      sources: [
        { url: 'https://one.example', title: 'One' },
        { url: 'https://two.example', title: 'https://two.example' },
      ],
    });
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

  it('gives a call whose arguments have no end none, whatever the finish reason', async () => {
    const [, begun = {}, half = {}] = CALLS['streamed arguments'];
    for (const reason of ['length', 'tool_calls', 'stop'] as const) {
      const { calls, finish: end, error } = await answer(begun, half, finish(reason), '[DONE]');
      expect(calls.map(({ type }) => type)).to.deep.equal(['tool-call-start', 'tool-call-delta']);
      expect({ end, error }).to.deep.equal({ end: reason, error: undefined });
    }
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

  it('ignores frames that say nothing, and white space around a payload', async () => {
    const {
      text: shown,
      finish: end,
      error,
    } = await answer(
      '',
      '   ',
      '{}',
      'null',
      '{"choices":null}',
      '{"type":"ping"}',
      { choices: [{ index: 0, delta: {} }] },
      { choices: [{ index: 0, delta: null }] },
      ` \t${JSON.stringify(text('a'))} `,
      'keep-alive',
      finish('stop'),
      ' [DONE] ',
    );
    expect({ shown, end, error }).to.deep.equal({ shown: 'a', end: 'stop', error: undefined });
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

describe('ChunkDecoder: the finish reason', () => {
  const meanings: Record<string, string[]> = {
    stop: ['stop', 'STOP', 'eos', 'eos_token', 'end_turn', 'stop_sequence', 'COMPLETE'],
    length: [
      'length',
      'max_tokens',
      'MAX_TOKENS',
      'model_length',
      'model_context_window_exceeded',
      'repetition',
    ],
    content_filter: ['sensitive', 'content_filter', 'content_filter: RECITATION', 'SAFETY', 'refusal'],
    tool_calls: ['tool_calls', 'function_call', 'tool_use'],
  };
  for (const [meant, words] of Object.entries(meanings)) {
    for (const said of words) {
      it(`${said} means ${meant}`, async () => {
        expect((await answer(text('a'), finish(said), '[DONE]')).finish).to.equal(meant);
      });
    }
  }

  for (const said of [
    'network_error',
    'abort',
    'error',
    'cancelled',
    'timeout',
    'engine_crashed', // a word that nobody has described
  ]) {
    it(`${said} is a failure that is told by this word, after the text`, async () => {
      const { text: shown, finish: end, error } = await answer(text('a'), finish(said), '[DONE]');
      expect({ shown, end }).to.deep.equal({ shown: 'a', end: undefined });
      expect(error).to.include({ code: 'upstream_truncated', outcome: 'upstream_truncated', status: 502 });
      expect(error?.message).to.contain(`“${said}”`);
    });
  }

  it('that fails before any text is worth another try', async () => {
    expect((await answer(finish('abort'), '[DONE]')).error).to.include({ retriable: true });
  });

  it('insufficient_system_resource is an overload', async () => {
    const { error } = await answer(finish('insufficient_system_resource'));
    expect(error).to.include({ status: 503, code: 'overloaded', retriable: true });
  });

  it('of SGLang may be an object, with the class of the failure', async () => {
    const ends = (reason: object) =>
      answer(text('a'), { choices: [{ delta: {}, finish_reason: reason }] }, '[DONE]');
    expect((await ends({ type: 'stop', matched: 151_329 })).finish).to.equal('stop');
    expect((await ends({ type: 'length', length: 16 })).finish).to.equal('length');
    expect((await ends({ type: 'abort' })).error).to.include({ code: 'upstream_truncated' });
    const tooLong = {
      type: 'abort',
      message: 'The input is longer than the context length',
      status_code: 400,
    };
    expect((await ends(tooLong)).error).to.include({ code: 'context_length_exceeded', status: 400 });
  });

  it('stop hides no failure that a router tells beside it', async () => {
    const ends = (native: string) =>
      answer(text('a'), {
        choices: [{ delta: {}, finish_reason: 'stop', native_finish_reason: native }],
      });
    expect((await ends('network_error')).error?.code).to.equal('upstream_truncated');
    expect((await ends('error')).error?.code).to.equal('upstream_truncated');
    for (const fine of ['stop', 'end_turn', 'completed', 'STOP', 'whatever']) {
      expect((await ends(fine)).finish, fine).to.equal('stop');
    }
  });

  it('null, as a word or none, and an empty one end nothing', async () => {
    const { text: shown, finish: end } = await answer(
      ...['null', '', null].map((reason) => ({
        choices: [{ delta: { content: 'a' }, finish_reason: reason }],
      })),
      finish('stop'),
    );
    expect({ shown, end }).to.deep.equal({ shown: 'aaa', end: 'stop' });
  });
});

describe('ChunkDecoder: the end', () => {
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

  it('is not waited for where the first chunk could not be read: that is worth another try', async () => {
    const { error } = await answer('{"choices":[{"del', text('a'), finish('stop'), '[DONE]');
    expect(error).to.include({ code: 'upstream_truncated', retriable: true });
  });

  it('is not believed when a chunk could not be read', async () => {
    expect((await answer(text('a'), '{"choices":[{"del', finish('stop'), '[DONE]')).error?.code).to.equal(
      'upstream_truncated',
    );
  });

  it('of a body without a single event is upstream_empty', async () => {
    expect((await run([])).error?.code).to.equal('upstream_empty');
    expect((await answer('[DONE]')).error?.code).to.equal('upstream_empty');
    expect((await answer('{}', { choices: [] }, '', 'ping', '[DONE]')).error).to.include({
      code: 'upstream_empty',
    });
  });

  it('is not spoilt by what follows the finish reason; usage is taken', async () => {
    const {
      finish: end,
      usage,
      error,
    } = await answer(
      text('a'),
      finish('stop'),
      '{"choices":[{"del',
      { error: { message: 'connection reset', code: 500 } },
      'junk',
      finish('error'),
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    );
    expect({ end, error, tokens: usage?.totalTokens }).to.deep.equal({
      end: 'stop',
      error: undefined,
      tokens: 3,
    });
  });

  it('told with every chunk ends nothing before the last', async () => {
    const chunk = (content: string) => ({ choices: [{ delta: { content }, finish_reason: 'stop' }] });
    expect((await answer(chunk('a'), chunk('b'), chunk('c'), '[DONE]')).text).to.equal('abc');
  });

  it('ends the answer: nothing after [DONE] is shown', async () => {
    expect((await answer(text('a'), '[DONE]', text('b'))).text).to.equal('a');
  });
});

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

describe('ChunkDecoder: content', () => {
  const both = { text: 'Yes 🙂', reasoning: '想\n' };
  const deltas: Record<string, object> = {
    'in parts (Mistral)': {
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: '想\n' }] },
        { type: 'text', text: 'Yes' },
        { type: 'text', text: ' 🙂' },
      ],
    },
    'in parts whose thinking is a text': {
      content: [
        { type: 'reasoning', reasoning: '想\n' },
        { type: 'output_text', text: 'Yes 🙂' },
      ],
    },
    'in one part': { reasoning_content: '想\n', content: { type: 'text', text: 'Yes 🙂' } },
    'in texts alone': { reasoning: '想\n', content: ['Yes', ' 🙂'] },
    'with thinking (Ollama)': { thinking: '想\n', content: 'Yes 🙂' },
    'with details of the reasoning (OpenRouter)': {
      reasoning: '想\n',
      reasoning_details: [{ type: 'reasoning.text', text: '想\n' }],
      content: 'Yes 🙂',
    },
    'with nothing but details of the reasoning': {
      reasoning_details: [
        { type: 'reasoning.summary', summary: '想\n' },
        { type: 'reasoning.encrypted', data: 'x' },
      ],
      content: 'Yes 🙂',
    },
  };
  for (const [form, delta] of Object.entries(deltas)) {
    it(`comes ${form}`, async () => {
      const { text: shown, reasoning } = await answer({ choices: [{ delta }] }, finish('stop'), '[DONE]');
      expect({ text: shown, reasoning }).to.deep.equal(both);
    });
  }

  it('comes in a message instead of a delta', async () => {
    const message = (content: string) => ({ choices: [{ message: { content } }] });
    expect((await answer(message('Yes'), message(' 🙂'), finish('stop'))).text).to.equal('Yes 🙂');
  });

  it('is not taken again from a message that repeats the deltas', async () => {
    const last = { choices: [{ message: { role: 'assistant', content: 'ab' }, finish_reason: 'stop' }] };
    expect((await answer(text('a'), text('b'), last)).text).to.equal('ab');
  });

  it('comes as a whole completion, labelled as a stream or not', async () => {
    const whole = {
      object: 'chat.completion',
      choices: [
        {
          message: {
            reasoning_content: '想\n',
            content: 'Yes 🙂',
            tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'rest', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    };
    const pretty = Buffer.from(JSON.stringify(whole, null, 2));
    for (const reads of [[sse([JSON.stringify(whole)])], [pretty], cut(pretty, 7)]) {
      const { text: shown, reasoning, finish: end, usage, calls } = await run(reads);
      expect({ text: shown, reasoning }).to.deep.equal(both);
      expect({ end, tokens: usage?.totalTokens }).to.deep.equal({ end: 'tool_calls', tokens: 7 });
      expect(calls.map(({ type }) => type)).to.deep.equal([
        'tool-call-start',
        'tool-call-delta',
        'tool-call-end',
      ]);
    }
  });

  it('may call by the member of old', async () => {
    const { calls } = await answer(
      { choices: [{ delta: { function_call: { name: 'rest', arguments: '{"a"' } } }] },
      { choices: [{ delta: { function_call: { arguments: ':1}' } } }] },
      finish('function_call'),
    );
    expect(calls.map((call) => ('text' in call ? call.text : call.type)).join(' ')).to.match(
      /^tool-call-start \{"a" :1\} tool-call-end$/,
    );
  });
});

describe('ChunkDecoder: frames that a server glued together', () => {
  const chunk = (content: string, id = 'this') =>
    JSON.stringify({ id, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] });
  /** As Z.ai does: the beginning of a frame, then the next with its `data:`. */
  const glue = (cutFrame: string, next: string) => `${cutFrame}data: ${next}`;
  const beginnings: Record<string, string> = {
    'in its object': '{"id":"this","object":"chat.c',
    'in its role': '{"id":"this","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"a',
    'in a key': '{"id":"this","object":"chat.completion.chunk","ch',
    'in somebody else’s text': '{"id":"other","choices":[{"index":0,"delta":{"content":"sec',
  };
  for (const [where, beginning] of Object.entries(beginnings)) {
    it(`are taken apart, the first cut ${where}: no word of this answer is lost`, async () => {
      const {
        text: shown,
        finish: end,
        error,
      } = await answer(
        chunk('One'),
        glue(beginning, chunk(' two')),
        chunk(' three'),
        finish('stop'),
        '[DONE]',
      );
      expect({ shown, end, error }).to.deep.equal({
        shown: 'One two three',
        end: 'stop',
        error: undefined,
      });
    });

    it(`are a failure worth another try before the first event, the first cut ${where}`, async () => {
      const role = { id: 'this', choices: [{ index: 0, delta: { role: 'assistant' } }] };
      const { text: shown, error } = await answer(
        role,
        glue(beginning, chunk('One')),
        finish('stop'),
        '[DONE]',
      );
      expect(shown).to.equal('');
      expect(error).to.include({ retriable: true, code: 'upstream_truncated' });
    });
  }

  it('are taken apart where the first lacks nothing but its end', async () => {
    const { text: shown, finish: end } = await answer(
      chunk('One'),
      glue(chunk(' two').slice(0, -3), chunk(' three')),
      glue(chunk(' four'), '[DONE]'),
    );
    expect({ shown, end }).to.deep.equal({ shown: 'One two three four', end: 'stop' });
  });

  it('are taken apart where only the empty line or the line’s end between them lacks', async () => {
    const { text: shown } = await answer(
      chunk('One'),
      `${chunk(' two')}\ndata: ${chunk(' three')}`,
      `${chunk(' four')}${chunk(' five')}`,
      finish('stop'),
    );
    expect(shown).to.equal('One two three four five');
  });

  it('are taken apart in little time, whatever they hold', async () => {
    for (const junk of [
      ' '.repeat(2_000_000),
      '['.repeat(200_000),
      '{"a":'.repeat(200_000),
      ',\t'.repeat(1_000_000),
    ]) {
      const startedAt = performance.now();
      await answer(chunk('One'), `${junk}data: ${chunk(' two')}`, finish('stop'), '[DONE]');
      expect(performance.now() - startedAt).to.be.below(2_000);
    }
  });

  it('of which the first was cut in this answer’s own text are told to lack a part', async () => {
    const half = chunk(' tw').slice(0, -8);
    const { text: shown, error } = await answer(
      chunk('One'),
      glue(half, chunk(' three')),
      finish('stop'),
      '[DONE]',
    );
    expect(shown).to.equal('One three');
    expect(error).to.include({ code: 'upstream_truncated' });
  });
});
