import { expect } from 'chai';
import fc from 'fast-check';
import type {
  ResponseCustomToolCallItem,
  ResponseFunctionToolCallItem,
  ResponseOutputMessage,
  ResponseOutputText,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { ResponseEncoder } from '../../../src/protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../../src/protocol/openai-responses/parse-request.js';
import { ApiError, BadRequestError, RateLimitError, UpstreamError } from '../../../src/vocabulary/errors.js';
import { collected, finish, text, thought, usage } from '../../completion/events.js';
import { checkStream, type ErrorEvent, eventsOf, type ResponseBody, responseShape } from './shapes.js';

const HEAD = {
  uuid: '00000000-aaaa-4000-8000-000000000001',
  created: 1_759_400_000,
  model: 'GLM-4.5',
  requestId: 'req-1',
};
const ID = '00000000aaaa40008000000000000001';

function encoder(fields: object = {}): ResponseEncoder {
  return new ResponseEncoder(HEAD, parseResponsesRequest({ model: 'glm', input: 'hi', ...fields }, false));
}

function streamed(events: CompletionEvent[], fields: object = {}): ResponseStreamEvent[] {
  const shown = eventsOf(encoder(fields).encode(events));
  checkStream(shown);
  return shown;
}

function call(index: number, name: string, ...pieces: string[]): CompletionEvent[] {
  return [
    { type: 'tool-call-start', index, id: `call_${index}`, name },
    ...pieces.map((piece): CompletionEvent => ({ type: 'tool-call-delta', index, text: piece })),
    { type: 'tool-call-end', index },
  ];
}

const MESSAGE = (words: string, index = 0): ResponseOutputMessage => ({
  id: `msg_${ID}${index}`,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', annotations: [], logprobs: [], text: words }],
});
const REASONING = (words: string, index = 0): ResponseReasoningItem => ({
  id: `rs_${ID}${index}`,
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: words }],
  content: [{ type: 'reasoning_text', text: words }],
});
const CALL = (written: string, index = 0, nth = 0): ResponseFunctionToolCallItem => ({
  id: `fc_${ID}${index}`,
  type: 'function_call',
  status: 'completed',
  arguments: written,
  call_id: `call_${nth}`,
  name: 'look',
});

const TOOLS = [
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

describe('ResponseEncoder, streaming', () => {
  it('writes a text as OpenAI does, from response.created to response.completed', () => {
    const shown = streamed([text('It is'), text(' 4.'), usage(), finish()]);
    const at = { item_id: `msg_${ID}0`, output_index: 0, content_index: 0 };
    const part: ResponseOutputText = { type: 'output_text', annotations: [], logprobs: [], text: '' };
    const middle: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...MESSAGE(''), status: 'in_progress', content: [] },
      },
      { type: 'response.content_part.added', sequence_number: 3, ...at, part },
      { type: 'response.output_text.delta', sequence_number: 4, ...at, delta: 'It is', logprobs: [] },
      { type: 'response.output_text.delta', sequence_number: 5, ...at, delta: ' 4.', logprobs: [] },
      { type: 'response.output_text.done', sequence_number: 6, ...at, text: 'It is 4.', logprobs: [] },
      { type: 'response.content_part.done', sequence_number: 7, ...at, part: { ...part, text: 'It is 4.' } },
      { type: 'response.output_item.done', sequence_number: 8, output_index: 0, item: MESSAGE('It is 4.') },
    ];
    expect(shown.slice(2, -1)).to.deep.equal(middle);
    const last = shown.at(-1);
    expect(last?.type).to.equal('response.completed');
    expect(last && 'response' in last && last.response.usage).to.deep.equal({
      input_tokens: 14,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 23,
    });
  });

  it('streams thinking once: the copy beside the summary comes with the complete item only', () => {
    const shown = streamed([thought('Two '), thought('twos.'), text('4'), finish()]);
    const deltas = shown.filter((event) => 'delta' in event && /Tw|twos/.test(String(event.delta)));
    expect(deltas.map(({ type }) => type)).to.deep.equal([
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
    ]);
  });

  it('writes thinking as the summary of a reasoning item before the message', () => {
    const shown = streamed([thought('Two '), thought('twos.'), text('4'), finish()]);
    const at = { item_id: `rs_${ID}0`, output_index: 0, summary_index: 0 };
    const part = { type: 'summary_text', text: '' } as const;
    const first: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { id: `rs_${ID}0`, type: 'reasoning', summary: [] },
      },
      { type: 'response.reasoning_summary_part.added', sequence_number: 3, ...at, part },
      { type: 'response.reasoning_summary_text.delta', sequence_number: 4, ...at, delta: 'Two ' },
      { type: 'response.reasoning_summary_text.delta', sequence_number: 5, ...at, delta: 'twos.' },
      { type: 'response.reasoning_summary_text.done', sequence_number: 6, ...at, text: 'Two twos.' },
      {
        type: 'response.reasoning_summary_part.done',
        sequence_number: 7,
        ...at,
        part: { ...part, text: 'Two twos.' },
      },
      {
        type: 'response.output_item.done',
        sequence_number: 8,
        output_index: 0,
        item: REASONING('Two twos.'),
      },
    ];
    expect(shown.slice(2, 9)).to.deep.equal(first);
    expect(outputOf(shown)).to.deep.equal([REASONING('Two twos.'), MESSAGE('4', 1)]);
  });

  it('writes calls as items of their own, with the arguments in the upstream’s pieces', () => {
    const events = [
      ...call(0, 'look', '{"at"', ':1}'),
      ...call(1, 'look', '{}'),
      usage(),
      finish('tool_calls'),
    ];
    const shown = streamed(events);
    const at = { item_id: `fc_${ID}0`, output_index: 0 };
    const first: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...CALL(''), status: 'in_progress' },
      },
      { type: 'response.function_call_arguments.delta', sequence_number: 3, ...at, delta: '{"at"' },
      { type: 'response.function_call_arguments.delta', sequence_number: 4, ...at, delta: ':1}' },
      {
        type: 'response.function_call_arguments.done',
        sequence_number: 5,
        ...at,
        name: 'look',
        arguments: '{"at":1}',
      },
      { type: 'response.output_item.done', sequence_number: 6, output_index: 0, item: CALL('{"at":1}') },
    ];
    expect(shown.slice(2, 7)).to.deep.equal(first);
    expect(outputOf(shown)).to.deep.equal([CALL('{"at":1}'), CALL('{}', 1, 1)]);
  });

  const formed = { tools: TOOLS };

  it('writes a call of a tool in a namespace with name and namespace, as declared', () => {
    const shown = streamed([...call(0, 'mcp__docs__search', '{"q":1}'), finish('tool_calls')], formed);
    const item = { ...CALL('{"q":1}'), name: 'search', namespace: 'mcp__docs' };
    const added = shown.find(({ type }) => type === 'response.output_item.added');
    expect(added).to.deep.include({ item: { ...item, status: 'in_progress', arguments: '' } });
    const done = shown.find(({ type }) => type === 'response.function_call_arguments.done');
    expect(done).to.include({ name: 'search', arguments: '{"q":1}' });
    expect(outputOf(shown)).to.deep.equal([item]);
  });

  it('streams a call of a freeform tool as its text', () => {
    const pieces = ['{"in', 'put":', '"*** Be', 'gin\\', 'n\\u4e16', '界 \\ud83d', '\\ude42', '"', '}'];
    const shown = streamed([...call(0, 'apply_patch', ...pieces), finish('tool_calls')], formed);
    const input = '*** Begin\n世界 🙂';
    const item: ResponseCustomToolCallItem = {
      id: `ctc_${ID}0`,
      type: 'custom_tool_call',
      status: 'completed',
      input,
      call_id: 'call_0',
      name: 'apply_patch',
    };
    const at = { item_id: item.id, output_index: 0 };
    const deltas = ['*** Be', 'gin', '\n世', '界 ', '🙂'];
    const middle: ResponseStreamEvent[] = [
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...item, status: 'in_progress', input: '' } as ResponseCustomToolCallItem,
      },
      ...deltas.map(
        (delta, index): ResponseStreamEvent => ({
          type: 'response.custom_tool_call_input.delta',
          sequence_number: 3 + index,
          ...at,
          delta,
        }),
      ),
      { type: 'response.custom_tool_call_input.done', sequence_number: 8, ...at, input },
      { type: 'response.output_item.done', sequence_number: 9, output_index: 0, item },
    ];
    expect(shown.slice(2, -1)).to.deep.equal(middle);
    expect(outputOf(shown)).to.deep.equal([item]);
  });

  it('writes the text of a freeform tool at its end if the arguments are not JSON', () => {
    const shown = streamed([...call(0, 'apply_patch', '*** Begin', ' Patch'), finish('tool_calls')], formed);
    const deltas = shown.flatMap((event) =>
      event.type === 'response.custom_tool_call_input.delta' ? [event.delta] : [],
    );
    expect(deltas).to.deep.equal(['*** Begin Patch']);
    expect(outputOf(shown)).to.have.nested.property('[0].input', '*** Begin Patch');
  });

  it('names the namespace of a freeform tool', () => {
    const shown = streamed([...call(0, 'mcp__docs__q', '{"input":"a"}'), finish('tool_calls')], formed);
    expect(outputOf(shown)[0]).to.include({
      type: 'custom_tool_call',
      name: 'q',
      namespace: 'mcp__docs',
      input: 'a',
    });
  });

  it('leaves out a call that the token limit cut off', () => {
    for (const name of ['look', 'apply_patch']) {
      const cut = call(0, name, '{"input":"rm -r').slice(0, -1);
      const shown = streamed([text('So:'), ...cut, finish('length')], formed);
      expect(shown.at(-1)?.type).to.equal('response.incomplete');
      expect(outputOf(shown)).to.deep.equal([MESSAGE('So:')]);
    }
  });

  it('writes one text per array, and begins once', () => {
    const one = encoder();
    expect(eventsOf(one.encode([])).map(({ type }) => type)).to.deep.equal([
      'response.created',
      'response.in_progress',
    ]);
    expect(one.encode([])).to.equal('');
    expect(one.encode([usage()])).to.equal('');
    expect(one.encode([text('')])).to.equal('');
  });

  it('opens a new item when thinking resumes after text', () => {
    const shown = streamed([thought('a'), text('b'), thought('c'), text('d'), finish()]);
    expect(outputOf(shown)).to.deep.equal([
      REASONING('a'),
      MESSAGE('b', 1),
      REASONING('c', 2),
      MESSAGE('d', 3),
    ]);
  });

  it('has an empty message if the model said nothing, and none if it was cut off while thinking', () => {
    expect(outputOf(streamed([finish()]))).to.deep.equal([MESSAGE('')]);
    expect(outputOf(streamed([thought('hm'), finish()]))).to.deep.equal([REASONING('hm'), MESSAGE('', 1)]);
    expect(outputOf(streamed([thought('hm'), finish('length')]))).to.deep.equal([REASONING('hm')]);
  });

  const cuts = { length: 'max_output_tokens', content_filter: 'content_filter' } as const;
  for (const [reason, told] of Object.entries(cuts)) {
    it(`ends with response.incomplete for ${reason}, and the open message is incomplete`, () => {
      const shown = streamed([text('half'), finish(reason as keyof typeof cuts)]);
      const last = shown.at(-1);
      expect(last?.type).to.equal('response.incomplete');
      const response = last && 'response' in last ? last.response : undefined;
      expect(response?.incomplete_details).to.deep.equal({ reason: told });
      expect(response?.output).to.deep.equal([{ ...MESSAGE('half'), status: 'incomplete' }]);
    });
  }

  const hostile = [
    'event: error\ndata: {"error":{}}\n\n',
    '"}\r\n\r\n',
    '\u2028\u0000',
    '\ud83d alone',
    '你好🙂',
  ];
  for (const evil of hostile) {
    it(`writes ${JSON.stringify(evil)} as plain text`, () => {
      const shown = streamed([thought(evil), text(evil), ...call(0, evil, evil), finish()], {
        instructions: evil,
        metadata: { [evil]: evil },
        include: ['reasoning.encrypted_content'],
      });
      expect(outputOf(shown)).to.have.length(3);
    });
  }

  it('passes any text through unchanged, however the events are split into arrays', () => {
    const piece = fc.tuple(fc.boolean(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 5 }), { maxLength: 5 }), (arrays) => {
        const one = encoder();
        const stream = arrays.map((pieces) =>
          one.encode(pieces.map(([spoken, words]) => (spoken ? text(words) : thought(words)))),
        );
        const shown = eventsOf(stream.join('') + one.encode([finish()]));
        checkStream(shown);
        const deltas = (type: string) =>
          shown.map((event) => (event.type === type && 'delta' in event ? event.delta : '')).join('');
        const given = (wanted: boolean) =>
          arrays
            .flat()
            .map(([spoken, words]) => (spoken === wanted ? words : ''))
            .join('');
        expect(deltas('response.output_text.delta')).to.equal(given(true));
        expect(deltas('response.reasoning_summary_text.delta')).to.equal(given(false));
      }),
      { numRuns: 30 },
    );
  });
});

describe('ResponseEncoder, failing', () => {
  function failed(error: ApiError, ...events: CompletionEvent[]): ResponseStreamEvent[] {
    const one = encoder();
    const begun = events.length === 0 ? '' : one.encode(events);
    const shown = eventsOf(begun + one.fail(error));
    checkStream(shown);
    return shown;
  }

  it('writes response.failed for agents, then the error on which SDKs throw, and no other end', () => {
    const error = new UpstreamError('It broke.\n', { code: 'upstream_truncated' });
    const shown = failed(error, text('half'));
    const told = { code: 'upstream_truncated', message: 'It broke. (request id req-1)', param: null };
    const last: ErrorEvent = {
      type: 'error',
      sequence_number: 6,
      ...told,
      error: { type: 'upstream_error', ...told },
    };
    expect(shown.at(-1)).to.deep.equal(last);
    const before = shown.at(-2);
    expect(before?.type).to.equal('response.failed');
    expect(before && 'response' in before && before.response).to.deep.include({
      status: 'failed',
      error: { code: 'server_error', message: 'It broke. (request id req-1)' },
      incomplete_details: null,
      output: [],
    });
    expect(shown.map(({ type }) => type)).not.to.include.members(['response.output_item.done']);
  });

  it('leaves out the call that was cut off, and keeps the complete ones', () => {
    const [start, delta] = call(1, 'look', '{"a') as [CompletionEvent, CompletionEvent];
    const shown = failed(new UpstreamError('cut'), ...call(0, 'look', '{}'), start, delta);
    const done = shown.filter(({ type }) => type === 'response.output_item.done');
    expect(done).to.have.length(1);
    expect(outputOf(shown.slice(0, -1))).to.deep.equal([CALL('{}')]);
  });

  it('opens the response first if nothing was sent yet', () => {
    expect(failed(new UpstreamError('gone')).map(({ type }) => type)).to.deep.equal([
      'response.created',
      'response.in_progress',
      'response.failed',
      'error',
    ]);
  });

  it('says with OpenAI’s codes whether a retry makes sense', () => {
    const codes: [ApiError, string][] = [
      [new RateLimitError('slow down'), 'rate_limit_exceeded'],
      [new RateLimitError('busy', { code: 'upstream_busy' }), 'rate_limit_exceeded'],
      [new RateLimitError('no money', { code: 'insufficient_quota' }), 'insufficient_quota'],
      [new BadRequestError('long', { code: 'context_length_exceeded' }), 'context_length_exceeded'],
      [new BadRequestError('blocked', { code: 'content_filter' }), 'invalid_prompt'],
      [new ApiError('shutting_down', 'restart'), 'server_error'],
    ];
    for (const [error, code] of codes) {
      const event = failed(error, text('x')).at(-2);
      expect(event && 'response' in event && event.response.error?.code, error.message).to.equal(code);
    }
  });
});

describe('ResponseEncoder, whole', () => {
  const cases: Record<string, CompletionEvent[]> = {
    text: [text('It is'), text(' 4.'), usage(), finish()],
    'thinking and text': [thought('Two twos.'), text('4'), usage(), finish()],
    'thinking, text and calls': [
      thought('a'),
      text('b'),
      ...call(0, 'look', '{}'),
      ...call(1, 'look', '{"a":', '1}'),
      usage(),
      finish('tool_calls'),
    ],
    'calls in every form': [
      ...call(0, 'mcp__docs__search', '{"a"', ':1}'),
      ...call(1, 'apply_patch', '{"inp', 'ut":"say \\"hi\\""}'),
      ...call(2, 'mcp__docs__q', 'no JSON'),
      ...call(3, 'never_declared', '{}'),
      usage(),
      finish('tool_calls'),
    ],
    nothing: [finish()],
    'thinking that was cut': [thought('hm'), usage(), finish('length')],
    'text that was cut': [thought('hm'), text('half'), usage(), finish('length')],
    'text that was filtered': [text('half'), usage(), finish('content_filter')],
  };
  for (const [name, events] of Object.entries(cases)) {
    it(`writes the response that a stream ends with: ${name}`, async () => {
      for (const include of [[], ['reasoning.encrypted_content']]) {
        const fields = { include, tools: TOOLS };
        const whole = encoder(fields).whole(collected(events)) as ResponseBody;
        expect(responseShape.safeParse(whole).error?.issues ?? []).to.deep.equal([]);
        const last = streamed(events, fields).at(-1);
        expect(whole).to.deep.equal(last && 'response' in last && last.response);
      }
    });
  }

  it('has the time of completion only if it was completed', async () => {
    const ticking = { ...HEAD, now: () => HEAD.created + 7 };
    const asked = parseResponsesRequest({ model: 'glm', input: 'hi' }, false);
    const whole = async (...events: CompletionEvent[]) =>
      new ResponseEncoder(ticking, asked).whole(collected(events));
    expect(await whole(text('a'), finish())).to.include({ completed_at: HEAD.created + 7 });
    expect(await whole(text('a'), finish('length'))).to.include({ completed_at: null });
    const shown = eventsOf(new ResponseEncoder(ticking, asked).encode([text('a'), finish()]));
    const times = shown.flatMap((event) => ('response' in event ? [event.response.completed_at] : []));
    expect(times).to.deep.equal([null, null, HEAD.created + 7]);
  });

  it('has sampling as numbers, with OpenAI’s defaults if the client sent none', async () => {
    const whole = encoder({ temperature: null }).whole(collected([finish()]));
    expect(whole).to.include({ temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0 });
  });

  it('echoes the request, with the fixed values of unsupported settings', async () => {
    const asked = {
      instructions: 'Be brief.',
      max_output_tokens: 99,
      max_tool_calls: 3,
      metadata: { team: 'a' },
      parallel_tool_calls: false,
      prompt_cache_key: 'p',
      reasoning: { effort: 'low', summary: 'auto' },
      safety_identifier: 's',
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      temperature: 0.5,
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      tool_choice: 'auto',
      top_p: 0.9,
      user: 'u',
    };
    const fixed = { store: true, service_tier: 'flex', truncation: 'auto', background: false };
    const whole = encoder({ ...asked, ...fixed }).whole(collected([finish()]));
    expect(responseShape.safeParse(whole).error?.issues ?? []).to.deep.equal([]);
    expect(whole).to.deep.include(asked);
    expect(whole).to.deep.include({
      store: false,
      service_tier: 'default',
      truncation: 'disabled',
      previous_response_id: null,
      background: false,
    });
  });
});

function outputOf(events: readonly ResponseStreamEvent[]): object[] {
  const last = events.at(-1);
  return last && 'response' in last ? last.response.output : [];
}
