import { expect } from 'chai';
import fc from 'fast-check';
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { ChunkEncoder } from '../../../src/protocol/openai-chat/encoder.js';
import { UpstreamError } from '../../../src/vocabulary/errors.js';
import {
  call,
  callDelta,
  callEnd,
  callStart,
  finish,
  text,
  thought,
  usage,
} from '../../completion/events.js';

const NAMED = { uuid: '1', created: 1_759_400_000, model: 'GLM-4.5', requestId: 'req-1' };
const HEAD = { id: 'chatcmpl-1', created: 1_759_400_000, model: 'GLM-4.5' };
const USAGE_BODY = {
  prompt_tokens: 14,
  completion_tokens: 9,
  total_tokens: 23,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
} satisfies ChatCompletion['usage'];

type Delta = ChatCompletionChunk.Choice.Delta & { reasoning_content?: string };

function chunk(
  delta: Delta,
  reason: ChatCompletionChunk.Choice['finish_reason'] = null,
): ChatCompletionChunk {
  return { ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] };
}

const ROLE = chunk({ role: 'assistant', content: '' });

/** The payloads of server-sent events. Checks that each is exactly `data: …` and an empty line. */
function payloads(stream: string): unknown[] {
  if (stream === '') return [];
  expect(stream.endsWith('\n\n')).to.equal(true);
  return stream
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      expect(event).to.match(/^data: [^\n\r]*$/);
      const data = event.slice('data: '.length);
      return data === '[DONE]' ? data : JSON.parse(data);
    });
}

describe('ChunkEncoder', () => {
  it('writes an answer as OpenAI does: role, reasoning, content, finish, [DONE]', () => {
    const encoder = new ChunkEncoder(NAMED, false);
    const events = [thought('Two.'), text('It is'), text(' 4.'), usage(), finish('length')];
    expect(payloads(encoder.encode(events))).to.deep.equal([
      ROLE,
      chunk({ reasoning_content: 'Two.' }),
      chunk({ content: 'It is' }),
      chunk({ content: ' 4.' }),
      chunk({}, 'length'),
      '[DONE]',
    ]);
  });

  const BEGINS = (index: number, name: string): Delta => ({
    tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }],
  });
  const GOES_ON = (index: number, written: string): Delta => ({
    tool_calls: [{ index, function: { arguments: written } }],
  });

  it('writes calls as OpenAI does: id, type and name first, then arguments by index', () => {
    const encoder = new ChunkEncoder(NAMED, false);
    const reads = [
      [callStart(0, 'get_weather'), callDelta(0, '{"city":')],
      [callDelta(0, '"Oslo"}'), callEnd(0), ...call(1, 'get_time'), usage()],
      [finish('tool_calls')],
    ];
    expect(payloads(reads.map((events) => encoder.encode(events)).join(''))).to.deep.equal([
      chunk({ role: 'assistant', content: null }),
      chunk(BEGINS(0, 'get_weather')),
      chunk(GOES_ON(0, '{"city":')),
      chunk(GOES_ON(0, '"Oslo"}')),
      chunk(BEGINS(1, 'get_time')),
      chunk(GOES_ON(1, '{}')),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ]);
  });

  it('begins with empty content if thinking or text precedes the calls', () => {
    const [first] = payloads(new ChunkEncoder(NAMED, false).encode([thought('Hm.'), ...call(0, 'get_time')]));
    expect(first).to.deep.equal(ROLE);
  });

  it('writes one text per array, and the role once, with the first', () => {
    const encoder = new ChunkEncoder(NAMED, false);
    expect(payloads(encoder.encode([]))).to.deep.equal([ROLE]);
    expect(encoder.encode([])).to.equal('');
    expect(encoder.encode([usage()])).to.equal('');
    expect(payloads(encoder.encode([text('a'), text('b')]))).to.have.length(2);
    expect(payloads(encoder.encode([finish()]))).to.deep.equal([chunk({}, 'stop'), '[DONE]']);
  });

  it('writes the members in OpenAI’s order', () => {
    expect(new ChunkEncoder(NAMED, true).encode([])).to.equal(
      'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1759400000,"model":"GLM-4.5",' +
        '"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}\n\n',
    );
  });

  it('with include_usage ends with one chunk of usage without choices, and has `usage: null` on the others', () => {
    const encoder = new ChunkEncoder(NAMED, true);
    const first = usage({ promptTokens: 1, completionTokens: 1, totalTokens: 2 });
    const shown = payloads(encoder.encode([text('a'), first, usage()]) + encoder.encode([finish()]));
    const withNull = (one: ChatCompletionChunk) => ({ ...one, usage: null });
    const last: ChatCompletionChunk = {
      ...HEAD,
      object: 'chat.completion.chunk',
      choices: [],
      usage: USAGE_BODY,
    };
    expect(shown).to.deep.equal([
      withNull(ROLE),
      withNull(chunk({ content: 'a' })),
      withNull(chunk({}, 'stop')),
      last,
      '[DONE]',
    ]);
  });

  it('reports cached and reasoning tokens', () => {
    const encoder = new ChunkEncoder(NAMED, true);
    const counts = {
      promptTokens: 9,
      completionTokens: 8,
      totalTokens: 17,
      cachedTokens: 7,
      reasoningTokens: 6,
    };
    const shown = payloads(encoder.encode([usage(counts), finish()])) as ChatCompletionChunk[];
    expect(shown.at(-2)?.usage).to.deep.include({
      prompt_tokens_details: { cached_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 6 },
    });
  });

  it('never mentions usage without include_usage', () => {
    expect(new ChunkEncoder(NAMED, false).encode([text('a'), usage(), finish()])).not.to.contain('usage');
  });

  it('writes every finish reason', () => {
    for (const reason of ['stop', 'length', 'content_filter', 'tool_calls'] as const) {
      expect(payloads(new ChunkEncoder(NAMED, false).encode([finish(reason)]))[1]).to.deep.equal(
        chunk({}, reason),
      );
    }
  });

  const hostile = [
    'data: [DONE]\n\ndata: {"error":{}}\n\n',
    '"}}]}\r\n\r\nevent: x\n',
    '\u2028\u2029\u0000\u001b',
    '</script><!--',
    '\ud83d alone',
    '你好🙂',
  ];
  for (const evil of hostile) {
    it(`writes ${JSON.stringify(evil)} as plain text`, () => {
      const encoder = new ChunkEncoder({ ...NAMED, model: evil }, true);
      const shown = payloads(encoder.encode([thought(evil), text(evil), usage(), finish()]));
      expect(shown).to.have.length(6);
      const chunks = shown.slice(0, -1) as ChatCompletionChunk[];
      expect(new Set(chunks.map(({ model }) => model))).to.deep.equal(new Set([evil]));
      expect(chunks[1]?.choices[0]?.delta).to.deep.equal({ reasoning_content: evil });
      expect(chunks[2]?.choices[0]?.delta).to.deep.equal({ content: evil });
    });
  }

  it('passes any text through unchanged, however the events are split into arrays', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), { maxLength: 5 }),
        (arrays) => {
          const encoder = new ChunkEncoder(NAMED, false);
          const stream = arrays.map((pieces) => encoder.encode(pieces.map(text))).join('');
          const chunks = payloads(stream) as ChatCompletionChunk[];
          const content = chunks.map(({ choices }) => choices[0]?.delta.content).join('');
          expect(content).to.equal(arrays.flat().join(''));
        },
      ),
    );
  });

  it('writes a failure in OpenAI’s format, without a finish reason', () => {
    const encoder = new ChunkEncoder(NAMED, true);
    encoder.encode([text('half')]);
    const told = encoder.fail(new UpstreamError('It broke.\n', { code: 'upstream_truncated' }));
    expect(payloads(told)).to.deep.equal([
      {
        error: {
          message: 'It broke. (request id req-1)',
          type: 'upstream_error',
          param: null,
          code: 'upstream_truncated',
        },
      },
      '[DONE]',
    ]);
    expect(told).not.to.contain('finish_reason');
  });
});

describe('A whole chat completion', () => {
  const answer = {
    text: 'It is 4.',
    reasoning: '',
    toolCalls: [],
    usage: undefined,
    reason: 'stop',
  } as const;

  it('is a chat.completion as OpenAI writes it', () => {
    const counts = { promptTokens: 14, completionTokens: 9, totalTokens: 23 };
    const expected: ChatCompletion = {
      ...HEAD,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'It is 4.', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: USAGE_BODY,
    };
    expect(new ChunkEncoder(NAMED, false).whole({ ...answer, usage: counts })).to.deep.equal(expected);
  });

  it('has reasoning beside the content, if there is any', () => {
    const body = new ChunkEncoder(NAMED, false).whole({
      ...answer,
      reasoning: 'Two plus two.',
    }) as ChatCompletion;
    expect(body.choices[0]?.message).to.deep.equal({
      role: 'assistant',
      content: 'It is 4.',
      refusal: null,
      reasoning_content: 'Two plus two.',
    });
  });

  it('has calls with null content, or beside the text that precedes them', () => {
    const toolCalls = [
      { id: 'call_1', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      { id: 'call_2', name: 'get_time', arguments: '{}' },
    ];
    const expected = {
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
        { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{}' } },
      ],
    } satisfies ChatCompletion['choices'][0]['message'];
    for (const [said, content] of [
      ['', null],
      ['Both.', 'Both.'],
    ] as const) {
      const encoder = new ChunkEncoder(NAMED, false);
      const body = encoder.whole({
        ...answer,
        text: said,
        toolCalls,
        reason: 'tool_calls',
      }) as ChatCompletion;
      expect(body.choices[0]?.message).to.deep.equal({ ...expected, content });
      expect(body.choices[0]?.finish_reason).to.equal('tool_calls');
    }
  });

  it('has an empty string for an empty answer, and its finish reason', () => {
    const body = new ChunkEncoder(NAMED, false).whole({
      ...answer,
      text: '',
      reason: 'content_filter',
    }) as ChatCompletion;
    expect(body.choices[0]).to.deep.include({ finish_reason: 'content_filter' });
    expect(body.choices[0]?.message.content).to.equal('');
  });
});

// Both are made of the same events, so they must be equivalent.
describe('Chunks and whole answers', () => {
  it('agree on every member that both have', () => {
    const events: CompletionEvent[] = [thought('Hm.'), text('It is'), text(' 4.'), usage(), finish()];
    const stream = payloads(new ChunkEncoder(NAMED, true).encode(events)).slice(
      0,
      -1,
    ) as ChatCompletionChunk[];
    const deltas = stream.map(({ choices }) => choices[0]?.delta as Delta | undefined);
    const counts = { promptTokens: 14, completionTokens: 9, totalTokens: 23 };
    const whole = new ChunkEncoder(NAMED, false).whole({
      text: 'It is 4.',
      reasoning: 'Hm.',
      toolCalls: [],
      usage: counts,
      reason: 'stop',
    });
    const { id, created, model, choices, usage: wholeUsage } = whole as ChatCompletion;
    expect(stream.every((one) => one.id === id && one.created === created && one.model === model)).to.equal(
      true,
    );
    expect(deltas.map((delta) => delta?.content ?? '').join('')).to.equal(choices[0]?.message.content);
    expect(stream.at(-2)?.choices[0]?.finish_reason).to.equal(choices[0]?.finish_reason);
    expect(stream.at(-1)?.usage).to.deep.equal(wholeUsage);
  });
});
