import { expect } from 'chai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { ResponseEncoder } from '../../../src/protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../../src/protocol/openai-responses/parse-request.js';
import { ApiError, BadRequestError, RateLimitError, UpstreamError } from '../../../src/vocabulary/errors.js';
import { collected, finish, text, thought, usage } from '../../completion/events.js';
import { CALL, call, encoder, HEAD, outputOf, streamed, TOOLS } from './encoded.js';
import { checkStream, type ErrorEvent, eventsOf, type ResponseBody, responseShape } from './shapes.js';

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
