import { expect } from 'chai';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInput,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { z } from 'zod';
import { checkEvent, checkStream, responseShape } from '../protocol/openai-responses/shapes.js';
import { type Rig, UPSTREAM_FORMS, useGateway } from '../support/gateway.js';

type Ask = Partial<Omit<ResponseCreateParamsNonStreaming, 'stream'>>;

const asked = (input: string | ResponseInput, fields: Ask = {}) => ({ model: 'GLM-4.5', input, ...fields });

for (const form of UPSTREAM_FORMS) {
  describe(`The openai SDK’s responses, with the upstream form ${form}`, () => {
    const rig = useGateway({ form });

    const whole = (input: string | ResponseInput, fields: Ask = {}) =>
      rig.sdk().responses.create(asked(input, fields));
    const streamed = async (input: string | ResponseInput, fields: Ask = {}) => {
      const events: ResponseStreamEvent[] = [];
      const stream = await rig.sdk().responses.create({ ...asked(input, fields), stream: true });
      for await (const event of stream) {
        checkEvent(event, events.length);
        events.push(event);
      }
      checkStream(events);
      return events;
    };

    it('receives a non-streaming response in the published shape', async () => {
      const { output_text, ...response } = await whole('sim:say(Hello there, 世界 🙂)');
      expect(output_text).to.equal('Hello there, 世界 🙂');
      expect(responseShape.safeParse(response).error?.issues ?? []).to.deep.equal([]);
      expect(response).to.include({ status: 'completed', model: 'GLM-4.5', store: true });
      expect(response.usage?.output_tokens).to.be.greaterThan(0);
    });

    it('gets a stream of events in the published shapes, numbered and in order', async () => {
      const events = await streamed('sim:events=40');
      const deltas = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''));
      expect(deltas.join('')).to.equal(' token'.repeat(40));
      expect(events.at(-1)?.type).to.equal('response.completed');
    });

    it('receives the same by its stream helper as without streaming', async () => {
      const texts: string[] = [];
      const question = 'What is love?';
      const stream = rig.sdk().responses.stream(asked(question, { reasoning: { effort: 'medium' } }));
      stream.on('response.output_text.delta', ({ delta }) => texts.push(delta));
      const response = await stream.finalResponse();
      const same = await whole(question, { reasoning: { effort: 'medium' } });
      expect(texts.join('')).to.equal(same.output_text);
      expect(response.output_text).to.equal(same.output_text);
      expect(response.output.map(wordsOf)).to.deep.equal(same.output.map(wordsOf));
      expect(response.output.map(({ type }) => type)).to.deep.equal(['reasoning', 'message']);
      expect(response.output.map(wordsOf)[0]).to.match(/^The user asks: "What is love\?"/);
    });

    it('parses an answer with a zod schema, whole and streamed', async () => {
      const City = z.object({ city: z.string(), people: z.number() });
      const question = asked('Which city?', { text: { format: zodTextFormat(City, 'city') } });
      const response = await rig.sdk().responses.parse(question);
      expect(City.safeParse(response.output_parsed).success).to.equal(true);
      const final = await rig.sdk().responses.stream(question).finalResponse();
      expect(City.safeParse(final.output_parsed).success).to.equal(true);
    });

    for (const way of ['whole', 'streamed'] as const) {
      it(`runs a loop of two tools, ${way}`, async () => {
        const { calls, input, last } = await toolLoop(rig, way, 'Oslo, please. sim:tools');
        expect(calls).to.deep.equal(['weather', 'time']);
        expect(input.map((item) => ('type' in item ? item.type : 'message'))).to.deep.equal([
          'message',
          'function_call',
          'function_call_output',
          'function_call',
          'function_call_output',
        ]);
        expect(last.output_text).to.contain('weather is fine').and.to.contain('time is fine');
      });

      it(`runs two calls of one turn, ${way}`, async () => {
        const { calls, input, last } = await toolLoop(rig, way, 'Oslo, please. sim:tools-parallel');
        expect(calls).to.deep.equal(['weather', 'time']);
        expect(input).to.have.length(5);
        expect(new Set(input.map((item) => ('call_id' in item ? item.call_id : '')))).to.have.property(
          'size',
          3,
        );
        expect(last.output_text).to.contain('weather is fine').and.to.contain('time is fine');
      });
    }

    it('gets one call at most without parallel_tool_calls', async () => {
      const fields = { tools: TOOLS, parallel_tool_calls: false };
      const response = await whole('Oslo, please. sim:tools-parallel', fields);
      expect(response.output.filter(({ type }) => type === 'function_call')).to.have.length(1);
    });

    it('stops the upstream when it disconnects in the middle of a stream', async () => {
      const closed = rig.upstreamClosed();
      const stream = await rig.sdk().responses.create({ ...asked('sim:stall'), stream: true });
      for await (const event of stream) {
        if (event.type !== 'response.output_text.delta') continue;
        stream.controller.abort();
        break;
      }
      expect((await closed).closedEarly).to.equal(true);
      expect(await rig.record(({ outcome }) => outcome === 'cancelled')).to.include({
        status: 499,
        path: '/v1/responses',
        streamed: true,
      });
    });

    it('throws its own error class for a failure before the first event', async () => {
      const busy = await failure(streamed('sim:status=429 sim:retry-after=60'));
      expect(busy).to.be.instanceOf(OpenAI.RateLimitError).and.to.include({ code: 'upstream_busy' });
      const missing = await failure(whole('hi', { model: 'no-such-model' }));
      expect(missing).to.be.instanceOf(OpenAI.NotFoundError).and.to.include({ code: 'model_not_found' });
      const bad = await failure(whole('hi', { previous_response_id: 'resp_1' }));
      expect(bad).to.be.instanceOf(OpenAI.BadRequestError).and.to.include({ param: 'previous_response_id' });
      const cut = await failure(whole('sim:truncate'));
      expect(cut).to.be.instanceOf(OpenAI.InternalServerError).and.to.include({ code: 'upstream_truncated' });
    });

    for (const word of ['sim:error-mid', 'sim:truncate', 'sim:cut']) {
      it(`throws an APIError for ${word} in a stream, after response.failed`, async () => {
        const types: string[] = [];
        const stream = await rig.sdk().responses.create({ ...asked(word), stream: true });
        const error = await failure(
          (async () => {
            for await (const { type } of stream) types.push(type);
          })(),
        );
        expect(error).to.be.instanceOf(OpenAI.APIError);
        expect(error.error).to.have.all.keys('type', 'code', 'message', 'param');
        expect(types).to.include('response.output_text.delta');
        expect(types.at(-1)).to.equal('response.failed');
        expect(types).not.to.include('response.completed');
        const helper = rig.sdk().responses.stream(asked(word));
        expect(await failure(helper.finalResponse())).to.be.instanceOf(OpenAI.APIError);
      });
    }

    it('is told that a response is not kept', async () => {
      const { responses } = rig.sdk();
      const { id } = await whole('sim:say(x)', { store: false });
      const calls = [responses.retrieve(id), responses.delete(id), itemsOf(rig, id)];
      for (const error of await Promise.all(calls.map(failure))) {
        expect(error).to.be.instanceOf(OpenAI.NotFoundError).and.to.include({ code: 'response_not_found' });
      }
      expect(await failure(responses.cancel(id))).to.be.instanceOf(OpenAI.NotFoundError);
      const compacted = await failure(responses.compact({ model: 'GLM-4.5', input: 'hi' }));
      expect(compacted).to.be.instanceOf(OpenAI.NotFoundError);
      expect(compacted.message).to.contain('no compaction');
    });
  });
}

describe('The openai SDK’s responses, whatever the upstream', () => {
  const rig = useGateway({ form: 'zai' });

  it('marks a response that was cut or filtered as incomplete', async () => {
    const reasons = { length: 'max_output_tokens', sensitive: 'content_filter' };
    for (const [upstream, reason] of Object.entries(reasons)) {
      const question = asked(`sim:finish=${upstream}`);
      const final = await rig.sdk().responses.stream(question).finalResponse();
      const response = await rig.sdk().responses.create(question);
      for (const { status, incomplete_details } of [final, response]) {
        expect(status).to.equal('incomplete');
        expect(incomplete_details).to.deep.equal({ reason });
      }
    }
  });

  it('sends thinking back to the upstream with tool results', async () => {
    for (const include of [[], ['reasoning.encrypted_content' as const]]) {
      const fields = { reasoning: { effort: 'high' as const }, include };
      const { input } = await toolLoop(rig, 'streamed', 'Oslo, please. sim:tools', fields);
      const [thinking] = input.filter((item) => 'type' in item && item.type === 'reasoning').map(wordsOf);
      const { body } = rig.upstreamChats.at(-1) ?? {};
      const sent = (body as { messages: { reasoning_content?: string }[] }).messages;
      expect(thinking).to.match(/^The user asks/);
      expect(sent.find(({ reasoning_content }) => reasoning_content)?.reasoning_content).to.equal(thinking);
    }
  });

  it('forwards neither dropped tools nor unknown fields', async () => {
    await rig.sdk().responses.create({
      ...asked('sim:say(x)'),
      tools: [...TOOLS, { type: 'web_search' }, { type: 'image_generation' }],
      truncation: 'auto',
      service_tier: 'flex',
      metadata: { secret: 'of the client' },
    });
    const { body } = rig.upstreamChats.at(-1) ?? {};
    const sent = body as { tools: { function: { name: string } }[] };
    expect(sent.tools.map((tool) => tool.function.name)).to.deep.equal(['weather', 'time']);
    expect(JSON.stringify(sent)).not.to.match(/truncation|flex|of the client|image_generation|web_search/);
  });
});

for (const mode of ['think', 'strip', 'raw', 'hide']) {
  describe(`The openai SDK’s responses, with THINKING_OUTPUT=${mode}`, () => {
    const rig = useGateway({ form: 'web', env: { THINKING_OUTPUT: mode } });

    it(`have thinking ${mode === 'hide' ? 'nowhere' : 'as an item of its own, outside the text'}`, async () => {
      const response = await rig
        .sdk()
        .responses.create(asked('What is love?', { reasoning: { effort: 'high' } }));
      const types = response.output.map(({ type }) => type);
      expect(types).to.deep.equal(mode === 'hide' ? ['message'] : ['reasoning', 'message']);
      expect(response.output_text).to.match(/^\*Simulated answer/);
    });
  });
}

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const TOOLS: FunctionTool[] = ['weather', 'time'].map((name) => ({
  type: 'function',
  name,
  description: `Tells the ${name} of a city.`,
  strict: true,
  parameters,
}));

/** Runs what is called until nothing is; each result says so of its tool. */
async function toolLoop(rig: Rig, way: 'whole' | 'streamed', question: string, fields: Ask = {}) {
  const input: ResponseInput = [{ role: 'user', content: question }];
  const calls: string[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const params = asked(input, { tools: TOOLS, ...fields });
    const last: Response =
      way === 'whole'
        ? await rig.sdk().responses.create(params)
        : await rig.sdk().responses.stream(params).finalResponse();
    const called = last.output.filter((item) => item.type === 'function_call');
    if (called.length === 0) return { calls, input, last };
    input.push(...(last.output as ResponseInput));
    for (const { name, arguments: written, call_id } of called) {
      expect(JSON.parse(written)).to.have.all.keys('city');
      calls.push(name);
      input.push({ type: 'function_call_output', call_id, output: `The ${name} is fine.` });
    }
  }
  return expect.fail('the loop should have ended');
}

async function itemsOf(rig: Rig, id: string): Promise<unknown> {
  return rig.sdk().responses.inputItems.list(id);
}

function wordsOf(item: ResponseOutputItem | ResponseInput[number]): string {
  if (!('type' in item)) return '';
  if (item.type === 'reasoning') return item.summary.map(({ text }) => text).join('');
  if (item.type !== 'message' || typeof item.content === 'string') return '';
  return item.content.map((part) => ('text' in part ? part.text : '')).join('');
}

async function failure(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  return promise.then(
    () => expect.fail('it should have failed'),
    (error) => error,
  );
}
