import { expect } from 'chai';
import fc from 'fast-check';
import type { CollectedAnswer } from '../../../src/completion/collect.js';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { MessageEncoder } from '../../../src/protocol/anthropic-messages/encoder.js';
import { RateLimitError, UpstreamError } from '../../../src/vocabulary/errors.js';
import { collected, finish, text, thought, usage } from '../../completion/events.js';
import { accumulated, eventsOf, expectOrder, MessageShape, type StreamEvent } from './shapes.js';

const HEAD = { uuid: '0a1b-2c', created: 1_759_400_000, model: 'GLM-4.5', requestId: 'req-1' };

function call(index: number, ...pieces: string[]): CompletionEvent[] {
  return [
    { type: 'tool-call-start', index, id: `call_${index}`, name: `tool${index}` },
    ...pieces.map((piece): CompletionEvent => ({ type: 'tool-call-delta', index, text: piece })),
    { type: 'tool-call-end', index },
  ];
}

const encoder = () => new MessageEncoder(HEAD, () => 12);
const encode = (...events: CompletionEvent[]) => eventsOf(encoder().encode(events));
const briefly = (events: readonly StreamEvent[]) =>
  events.map((one) => {
    if (one.type === 'content_block_start') return `+${one.content_block.type}`;
    if (one.type === 'content_block_delta') return one.delta.type;
    return one.type === 'content_block_stop' ? '-' : one.type;
  });

describe('MessageEncoder', () => {
  it('begins with the message, its model and an estimate of the prompt’s tokens, then a ping', () => {
    const stream = encoder().encode([]);
    expect(stream.split('\n\n').map((one) => one.split('\n')[0])).to.deep.equal([
      'event: message_start',
      'event: ping',
      '',
    ]);
    const [start] = eventsOf(stream);
    expect(start?.type === 'message_start' && start.message).to.deep.include({
      id: 'msg_0a1b2c',
      model: 'GLM-4.5',
      content: [],
      stop_reason: null,
    });
    expect(start?.type === 'message_start' && start.message.usage).to.include({
      input_tokens: 12,
      output_tokens: 0,
    });
  });

  it('begins once, however the events are split into reads', () => {
    const one = encoder();
    const streams = [one.encode([]), one.encode([text('a')]), one.encode([text('b'), finish()])];
    const events = eventsOf(streams.join(''));
    expect(briefly(events)).to.deep.equal([
      'message_start',
      '+text',
      'text_delta',
      'text_delta',
      '-',
      'message_delta',
      'message_stop',
    ]);
  });

  it('writes thinking, text and calls as blocks, signs the thinking, and closes each block before the next', () => {
    const events = encode(
      thought('Hm'),
      thought('.'),
      text('So'),
      ...call(0, '{"a"', ':1}'),
      ...call(1, '{}'),
      finish('tool_calls'),
    );
    expectOrder(events);
    expect(briefly(events)).to.deep.equal([
      'message_start',
      '+thinking',
      'thinking_delta',
      'thinking_delta',
      'signature_delta',
      '-',
      '+text',
      'text_delta',
      '-',
      '+tool_use',
      'input_json_delta',
      'input_json_delta',
      '-',
      '+tool_use',
      'input_json_delta',
      '-',
      'message_delta',
      'message_stop',
    ]);
  });

  it('opens a new block when thinking resumes after text', () => {
    const events = encode(text('a'), thought('b'), text('c'), finish());
    expectOrder(events);
    expect(accumulated(events).content.map((block) => block.type)).to.deep.equal([
      'text',
      'thinking',
      'text',
    ]);
  });

  for (const [what, pieces] of [
    ['nothing', []],
    ['an empty text', ['']],
    ['spaces', [' ', '\n']],
  ] as const) {
    it(`writes {} as the input if the arguments of a call are ${what}`, () => {
      const [block] = accumulated(encode(...call(0, ...pieces), finish('tool_calls'))).content;
      expect(block).to.deep.include({ type: 'tool_use', id: 'call_0', name: 'tool0', input: {} });
    });
  }

  const ends: [event: CompletionEvent, reason: string, sequence: string | null][] = [
    [finish('stop'), 'end_turn', null],
    [finish('length'), 'max_tokens', null],
    [finish('tool_calls'), 'tool_use', null],
    [finish('content_filter'), 'refusal', null],
    [finish('stop', 'END'), 'stop_sequence', 'END'],
  ];
  for (const [event, reason, sequence] of ends) {
    it(`ends ${JSON.stringify(event)} with ${reason}, streamed and whole`, async () => {
      const whole = encoder().whole(collected([text('x'), event]));
      for (const message of [accumulated(encode(text('x'), event)), MessageShape.parse(whole)]) {
        expect(message).to.include({ stop_reason: reason, stop_sequence: sequence });
      }
    });
  }

  it('reports tokens from the cache separately from the input, at the end', () => {
    const counted = {
      promptTokens: 100,
      completionTokens: 7,
      totalTokens: 107,
      cachedTokens: 60,
      reasoningTokens: 3,
    };
    expect(accumulated(encode(text('x'), usage(counted), finish())).usage).to.include({
      input_tokens: 40,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 0,
      output_tokens: 7,
    });
  });

  it('writes an error as Anthropic’s event, without the events that end a message', () => {
    const one = encoder();
    const begun = one.encode([text('half')]);
    const told = one.fail(new UpstreamError('It broke.', { code: 'upstream_truncated' }));
    expect(told).to.match(/^event: error\ndata: .*\n\n$/);
    expect(JSON.parse(told.slice(told.indexOf('{')))).to.deep.equal({
      type: 'error',
      error: {
        type: 'api_error',
        message: 'It broke. (request id req-1)',
        code: 'upstream_truncated',
        param: null,
        details: { error_code: 'upstream_truncated' },
      },
      request_id: 'req-1',
    });
    expect(begun + told).not.to.match(/message_stop|message_delta|content_block_stop/);
    expect(encoder().fail(new RateLimitError('Busy.'))).to.contain('"type":"rate_limit_error"');
  });

  it('writes pings as keep-alives', () => {
    expect(encoder().keepAlive()).to.equal('event: ping\ndata: {"type":"ping"}\n\n');
  });

  it('passes on arguments other than a JSON object unchanged in a whole message', () => {
    const answer: CollectedAnswer = {
      text: '',
      reasoning: '',
      toolCalls: ['{"a":', '[1]', ' ', '{"a":1}'].map((written, index) => ({
        id: `call_${index}`,
        name: 'tool',
        arguments: written,
      })),
      usage: undefined,
      reason: 'tool_calls',
    };
    const { content } = MessageShape.parse(encoder().whole(answer));
    expect(content.map((block) => block.type === 'tool_use' && block.input)).to.deep.equal([
      { invalid_arguments: '{"a":' },
      { invalid_arguments: '[1]' },
      {},
      { a: 1 },
    ]);
  });

  it('signs thinking with a signature that contains none of its text', () => {
    const [block] = accumulated(encode(thought('the secret plan'), finish())).content;
    if (block?.type !== 'thinking') expect.fail('no thinking');
    expect(block.signature).to.match(/^[\w+/]+=*$/);
    expect(Buffer.from(block.signature, 'base64').toString()).not.to.contain('secret');
  });

  const pieces = fc.string({ unit: fc.constantFrom('a', '好', '🙂', '\n', '"'), minLength: 1, maxLength: 5 });
  const said = fc.oneof(
    pieces.map(text),
    pieces.map((piece) => thought(piece)),
    fc.constant(usage()),
  );
  const calls = fc
    .array(fc.dictionary(pieces, pieces), { maxLength: 3 })
    .map((inputs) =>
      inputs.flatMap((input, index) => call(index, ...(JSON.stringify(input).match(/.{1,3}/gsu) ?? []))),
    );

  it('keeps Anthropic’s order of events and loses nothing, for any events in any split', () => {
    fc.assert(
      fc.property(fc.array(said), calls, fc.array(fc.nat(4)), (words, called, sizes) => {
        const events = [...words, ...called, usage(), finish(called.length > 0 ? 'tool_calls' : 'stop')];
        const one = encoder();
        const rest = [...events];
        const cuts = sizes.map((size) => rest.splice(0, size));
        const streamed = eventsOf([...cuts, rest].map((read) => one.encode(read)).join(''));
        expectOrder(streamed);
        const { content } = accumulated(streamed);
        const told = (type: 'text-delta' | 'reasoning-delta') =>
          events.map((event) => (event.type === type ? event.text : '')).join('');
        expect(content.map((block) => (block.type === 'text' ? block.text : '')).join('')).to.equal(
          told('text-delta'),
        );
        expect(content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('')).to.equal(
          told('reasoning-delta'),
        );
        expect(content.filter((block) => block.type === 'tool_use')).to.have.length(
          called.filter(({ type }) => type === 'tool-call-start').length,
        );
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same message streamed and whole', async () => {
    const events = [
      thought('Hm.'),
      text('It is'),
      text(' 4.'),
      ...call(0, '{"a":1}'),
      usage(),
      finish('tool_calls'),
    ];
    const whole = MessageShape.parse(encoder().whole(collected(events)));
    expect(accumulated(encode(...events))).to.deep.equal(whole);
  });
});
