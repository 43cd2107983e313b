import { expect } from 'chai';
import type { CompletionEvent } from '../../src/completion/event.js';
import type { EventSink } from '../../src/completion/event-sink.js';
import { answerInFormat } from '../../src/completion/json-answer.js';
import { CheckThreads } from '../../src/completion/json-checks/check-threads.js';
import type { CompletionRequest, JsonSchema, ResponseFormat } from '../../src/completion/request.js';
import { ApiError } from '../../src/vocabulary/errors.js';
import { request } from '../upstream/support.js';
import { cut, finish, joined, merged, text, thought, usage } from './events.js';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const RIGHT = '{"city":"Oslo","days":3}';
const WRONG = '{"city":"Oslo","days":"canary"}';

const fitting = (schema: JsonSchema): ResponseFormat => ({
  type: 'json_schema',
  name: 'trip',
  schema,
  param: 'response_format.json_schema.schema',
});
const plan = fitting(SCHEMA);
const anyObject: ResponseFormat = { type: 'json_object' };

const threads = new CheckThreads();
after(() => threads.close());

interface Heard {
  events: CompletionEvent[];
  asked: CompletionRequest[];
  error: ApiError | undefined;
}

interface Way {
  format?: ResponseFormat;
  streamed?: boolean;
  more?: Partial<CompletionRequest>;
}

/** The reads of one answer after the other, as an upstream would give them, and what comes out of them. */
async function heard(
  answers: CompletionEvent[][][],
  { format = plan, streamed = false, more }: Way = {},
): Promise<Heard> {
  const result: Heard = { events: [], asked: [], error: undefined };
  const ask = async (asked: CompletionRequest, sink: EventSink) => {
    const reads = answers[result.asked.push(asked) - 1] ?? expect.fail('asked once too often');
    for (const read of reads) await sink.push(read);
  };
  const push = (events: CompletionEvent[]) => {
    result.events.push(...events);
    return undefined;
  };
  try {
    const wished = request('Where to?', { ...more, responseFormat: format });
    await answerInFormat(wished, streamed, threads, ask, { push });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    result.error = error;
  }
  return result;
}

const said = (whole: string, ...end: CompletionEvent[]): CompletionEvent[][] => [
  [text(whole)],
  end.length > 0 ? end : [usage(), finish()],
];
const inPieces = (whole: string, size: number): CompletionEvent[][] => [
  ...cut(whole, Array<number>(whole.length).fill(size)).map((piece) => [text(piece)]),
  [usage(), finish()],
];
const call: CompletionEvent[] = [
  { type: 'tool-call-start', index: 0, id: 'call_1', name: 'look' },
  { type: 'tool-call-delta', index: 0, text: '{}' },
  { type: 'tool-call-end', index: 0 },
];

/** Usage may stand anywhere before the finish; here it is put right before it. */
function inOrder(events: CompletionEvent[]): CompletionEvent[] {
  const isUsage = ({ type }: CompletionEvent) => type === 'usage';
  const others = merged(events.filter((event) => !isUsage(event)));
  return others.toSpliced(-1, 0, ...events.filter(isUsage));
}

function expectNotInFormat({ error, events }: Heard): ApiError {
  expect(error).to.include({
    status: 502,
    code: 'invalid_json_answer',
    type: 'upstream_error',
    shouldRetry: false,
  });
  expect(error?.outcome).to.equal('upstream_error');
  expect(error?.message).not.to.match(/canary|Oslo/);
  expect(events.some(({ type }) => type === 'finish')).to.equal(false);
  return error as ApiError;
}

describe('An answer in text', () => {
  it('goes straight from the upstream to the client', async () => {
    const sink: EventSink = { push: () => undefined };
    const sinks: EventSink[] = [];
    const ask = async (_: CompletionRequest, to: EventSink) => void sinks.push(to);
    await answerInFormat(request('hi'), true, threads, ask, sink);
    expect(sinks).to.deep.equal([sink]);
    expect(sinks[0]).to.equal(sink);
  });
});

for (const streamed of [true, false]) {
  const how = streamed ? 'streamed' : 'whole';

  describe(`A ${how} answer in JSON`, () => {
    const givesRight: [what: string, answer: string, json: string, format?: ResponseFormat][] = [
      ['as it is', RIGHT, RIGHT],
      ['without its fence', `\`\`\`json\n${RIGHT}\n\`\`\``, RIGHT],
      ['without the words around it', `Here you are: ${RIGHT}\nHave fun!`, RIGHT],
      ['as any object, without a schema', '{ "any": [1] }', '{ "any": [1] }', anyObject],
      ['as a list', '```\n[1, 2]\n```', '[1, 2]', fitting({ type: 'array' })],
      ['as a text, where the schema wants one', '"to {Oslo}"', '"to {Oslo}"', fitting({ type: 'string' })],
      ['as null, where that is one of several', 'null', 'null', fitting({ type: ['object', 'null'] })],
      ['of a referenced type', RIGHT, RIGHT, fitting({ $defs: { plan: SCHEMA }, $ref: '#/$defs/plan' })],
    ];
    for (const [what, answer, json, format = plan] of givesRight) {
      it(`is given ${what}`, async () => {
        for (const size of [1, 3, answer.length]) {
          const { events, error, asked } = await heard([inPieces(answer, size)], { streamed, format });
          expect(error).to.equal(undefined);
          expect(inOrder(events)).to.deep.equal([text(json), usage(), finish()]);
          expect(asked).to.have.length(1);
        }
      });
    }

    it('keeps its thinking beside it', async () => {
      const thinking = thought('{"days": "canary"}');
      const { events } = await heard([[[thinking], [text(RIGHT)], [usage(), finish()]]], { streamed });
      expect(merged(events)).to.deep.equal([thinking, text(RIGHT), usage(), finish()]);
    });

    const unchecked: [what: string, answer: CompletionEvent[]][] = [
      ['only calls tools', [...call, usage(), finish('tool_calls')]],
      ['says something and calls a tool', [text('I look it up.'), ...call, usage(), finish('tool_calls')]],
      ['was cut at its length', [text('{"city":"Os'), usage(), finish('length')]],
      ['was cut before any JSON', [text('Well, '), usage(), finish('length')]],
      ['was ended by a filter', [usage(), finish('content_filter')]],
      [
        'was ended by a stop text',
        [text('{"city":'), usage(), { ...finish(), stopSequence: 'X' } as CompletionEvent],
      ],
    ];
    for (const [what, answer] of unchecked) {
      it(`is passed on with its reason where it ${what}`, async () => {
        const { events, error, asked } = await heard([[answer]], { streamed });
        expect(error).to.equal(undefined);
        expect(inOrder(events)).to.deep.equal(answer);
        expect(asked).to.have.length(1);
      });
    }

    it('without an end is given up to there, for others to say so', async () => {
      const { events, error } = await heard([[[text('{"city":')]]], { streamed });
      expect(error).to.equal(undefined);
      expect(events).to.deep.equal([text('{"city":')]);
    });

    it('is refused before anything is asked where the schema is of no use', async () => {
      const { error, asked } = await heard([], { streamed, format: fitting({ type: 'canary' }) });
      expect(error).to.include({ status: 400, param: 'response_format.json_schema.schema' });
      expect(asked).to.deep.equal([]);
    });
  });
}

describe('A whole answer that does not fit', () => {
  it('is repaired if the mistakes are small, without a second call', async () => {
    for (const answer of [
      "{city: 'Oslo', days: 3,}",
      '```json\n{"city": "Oslo",\n "days": 3\n```',
      '{"city": "Oslo" // a comment\n "days": 3}',
    ]) {
      const { events, asked } = await heard([said(answer)]);
      expect(JSON.parse(joined(events, 'text-delta'))).to.deep.equal({ city: 'Oslo', days: 3 });
      expect(asked).to.have.length(1);
    }
  });

  it('is requested once more with what is wrong; the client gets the second answer and the usage of both', async () => {
    const cached = usage({ promptTokens: 14, completionTokens: 9, totalTokens: 23, cachedTokens: 5 });
    const { events, asked, error } = await heard([said(WRONG, cached, finish()), said(RIGHT)]);
    expect(error).to.equal(undefined);
    const both = { promptTokens: 28, completionTokens: 18, totalTokens: 46, cachedTokens: 5 };
    expect(events.map(({ type }) => type)).to.deep.equal(['text-delta', 'usage', 'finish']);
    expect(joined(events, 'text-delta')).to.equal(RIGHT);
    expect(events[1]).to.have.property('usage').that.includes(both);
    const [first, second] = asked;
    expect({ first: first?.formatInWords, second: second?.formatInWords }).to.deep.equal({
      first: undefined,
      second: true,
    });
    expect(second?.messages.slice(0, -2)).to.deep.equal(first?.messages);
    expect(second?.messages.at(-2)).to.deep.equal({ role: 'assistant', content: WRONG });
    expect(second?.messages.at(-1)?.content).to.contain('/days must be integer');
  });

  it('is requested once more if it is empty, without an empty message', async () => {
    const { asked, events } = await heard([[[usage(), finish()]], said(RIGHT)]);
    expect(joined(events, 'text-delta')).to.equal(RIGHT);
    expect(asked[1]?.messages.map(({ role }) => role)).to.deep.equal(['user', 'user']);
  });

  it('is an error after the second try, which tells where in the schema and nothing of the answer', async () => {
    const result = await heard([said('I am a canary.'), said(WRONG)]);
    expect(expectNotInFormat(result).message).to.contain('#/properties/days/type: must be integer');
    expect(result.events).to.deep.equal([]);
  });

  it('is an error where no object comes', async () => {
    const result = await heard([said('["canary"]'), said('canary')], { format: anyObject });
    expectNotInFormat(result);
  });

  it('may be a call at the second try', async () => {
    const again = [[...call, usage(), finish('tool_calls')]];
    const { events, error } = await heard([said(WRONG), again], { more: { tools: [{ name: 'look' }] } });
    expect(error).to.equal(undefined);
    expect(events.at(-1)).to.deep.equal(finish('tool_calls'));
  });
});

describe('A streamed answer that does not fit', () => {
  it('is passed on as it comes, and ends with an error instead of a finish', async () => {
    for (const size of [1, 5, WRONG.length]) {
      const result = await heard([inPieces(WRONG, size)], { streamed: true });
      expect(expectNotInFormat(result).message).to.contain('#/properties/days/type: must be integer');
      expect(joined(result.events, 'text-delta')).to.equal(WRONG);
      expect(result.asked).to.have.length(1);
    }
  });

  it('that was words only shows nothing but the error', async () => {
    const result = await heard([[[text('I am a canary.'), usage(), finish()]]], { streamed: true });
    expectNotInFormat(result);
    expect(joined(result.events, 'text-delta')).to.equal('');
  });
});
