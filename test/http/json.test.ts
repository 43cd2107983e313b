import { expect } from 'chai';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import {
  type AskOptions,
  dataOf,
  errorOf,
  type Json,
  joined,
  jsonOf,
  KEY,
  type Rig,
  UPSTREAM_FORMS,
  useGateway,
} from '../support/gateway.js';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string', minLength: 1 }, days: { type: 'integer', minimum: 2 } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const fitting = (schema: object, strict = true) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'trip', strict, schema } },
});
const asSchema = fitting(SCHEMA);
const asObject = { response_format: { type: 'json_object' } };

/** A whole answer, and what was asked of the upstream for it. */
async function whole(rig: Rig, question: string, options: AskOptions = {}) {
  const from = rig.upstreamChats.length;
  const response = await rig.ask(question, { stream: false, ...asSchema, ...options });
  return { response, body: await jsonOf(response), asked: rig.upstreamChats.slice(from) };
}

async function streamed(rig: Rig, question: string, options: AskOptions = {}) {
  const response = await rig.ask(question, { stream: true, ...asSchema, ...options });
  return { response, data: dataOf(await response.text()) };
}

function expectTrip(text: string): void {
  const trip = JSON.parse(text);
  expect(trip).to.have.all.keys('city', 'days');
  expect(trip.city).to.be.a('string').with.length.above(0);
  expect(trip.days).to.satisfy((days: unknown) => Number.isInteger(days) && Number(days) >= 2);
}

for (const form of UPSTREAM_FORMS) {
  describe(`JSON over ${form}`, () => {
    const rig = useGateway({ form });

    it('fits the schema, whole', async () => {
      const { body, asked } = await whole(rig, 'Where to?');
      expectTrip(body.choices[0].message.content);
      expect(body.choices[0]).to.include({ finish_reason: 'stop' });
      expect(body.choices[0].message.refusal).to.equal(null);
      expect(asked).to.have.length(1);
    });

    it('fits the schema, streamed as it comes', async () => {
      const { data } = await streamed(rig, 'Where to?');
      expectTrip(joined(data));
      expect(data.filter((chunk) => chunk.choices?.[0]?.delta.content).length).to.be.above(1);
      expect(data.at(-2).choices[0].finish_reason).to.equal('stop');
    });

    it('is any object without a schema', async () => {
      for (const stream of [true, false]) {
        const response = await rig.ask('Anything', { stream, ...asObject });
        const text = stream
          ? joined(dataOf(await response.text()))
          : (await jsonOf(response)).choices[0].message.content;
        expect(JSON.parse(text)).to.be.an('object');
      }
    });

    it('is asked for once more if it does not fit, as one request with the tokens of both calls', async () => {
      const { response, body, asked } = await whole(rig, 'Where to? sim:json-wrong');
      expectTrip(body.choices[0].message.content);
      expect(asked).to.have.length(2);
      const { usage } = await rig.recordOf(response);
      expect(usage?.promptTokens).to.equal(body.usage.prompt_tokens);
      const single = (await whole(rig, 'Where to?')).body.usage;
      expect(body.usage.prompt_tokens).to.be.above(2 * single.prompt_tokens);
      expect(body.usage.total_tokens).to.equal(body.usage.prompt_tokens + body.usage.completion_tokens);
      expect(
        rig.records.filter(({ requestId }) => requestId === response.headers.get('x-request-id')),
      ).to.have.length(1);
    });

    it('is a 502 if it never fits, which SDKs do not retry, and counts as failed with its tokens', async () => {
      const { response, body, asked } = await whole(rig, 'Where to? sim:json-wrong=always');
      expect(response.status).to.equal(502);
      expect(response.headers.get('x-should-retry')).to.equal('false');
      expect(body.error).to.include({ type: 'upstream_error', code: 'invalid_json_answer', param: null });
      expect(body.error.message).to.contain('#/type: must be object');
      expect(asked).to.have.length(2);
      const record = await rig.recordOf(response);
      expect(record).to.include({ status: 502, outcome: 'upstream_error', code: 'invalid_json_answer' });
      expect(record.usage?.promptTokens).to.be.above(0);
    });

    it('that does not fit at the end of a stream is an error event, without a finish reason', async () => {
      const { response, data } = await streamed(rig, 'sim:say({"city":"Oslo","days":1})');
      expect(response.status).to.equal(200);
      expect(joined(data)).to.equal('{"city":"Oslo","days":1}');
      expect(data.at(-1)).to.equal('[DONE]');
      expect(data.at(-2).error).to.include({ code: 'invalid_json_answer' });
      expect(data.slice(0, -2).every(({ choices }) => choices[0].finish_reason === null)).to.equal(true);
      expect(await rig.recordOf(response)).to.include({ status: 502, outcome: 'upstream_error' });
    });

    it('is extracted from code fences and prose', async () => {
      const json = '{"city":"Oslo","days":3}';
      for (const said of [`\`\`\`json\n${json}\n\`\`\`\n`, `Sure: ${json} – have fun`]) {
        const { body, asked } = await whole(rig, `sim:say(${said})`);
        expect(body.choices[0].message.content).to.equal(json);
        expect(asked).to.have.length(1);
        expect(joined((await streamed(rig, `sim:say(${said})`)).data)).to.equal(json);
      }
    });

    it('that was cut at max_tokens is passed on with finish reason length', async () => {
      const { body } = await whole(rig, 'Where to?', { max_tokens: 1 });
      expect(body.choices[0].finish_reason).to.equal('length');
    });

    it('has its schema checked before the upstream is asked', async () => {
      for (const stream of [true, false]) {
        const chats = rig.upstreamChats.length;
        const response = await rig.ask('hi', { stream, ...fitting({ type: 'objekt' }) });
        expect(response.status).to.equal(400);
        const error = await errorOf(response);
        expect(error).to.include({ param: 'response_format.json_schema.schema', code: 'invalid_value' });
        expect(error.message).to.contain('objekt');
        expect(rig.upstreamChats).to.have.length(chats);
      }
    });
  });
}

for (const thinkingOutput of ['think', 'strip', 'raw', 'reasoning_content', 'hide']) {
  describe(`JSON with THINKING_OUTPUT=${thinkingOutput}`, () => {
    const rig = useGateway({
      form: 'web',
      env: { THINKING_OUTPUT: thinkingOutput, ENABLE_THINKING: 'true' },
    });

    it('never contains the thinking', async () => {
      const question = 'sim:think-long=3 sim:say({"city":"Oslo","days":3})';
      const shown = thinkingOutput !== 'hide';
      const { message } = (await whole(rig, question)).body.choices[0];
      expect(message.content).to.equal('{"city":"Oslo","days":3}');
      expect(message.reasoning_content !== undefined).to.equal(shown);
      const { data } = await streamed(rig, question);
      expect(joined(data)).to.equal('{"city":"Oslo","days":3}');
      expect(joined(data, 'reasoning_content') !== '').to.equal(shown);
    });
  });
}

describe('JSON at the upstream', () => {
  for (const form of ['zai', 'self-hosted'] as const) {
    describe(form, () => {
      const rig = useGateway({ form });
      const formatOf = async (options: AskOptions) =>
        (await whole(rig, 'sim:say({})', options)).asked[0]?.body as Json;

      it('is requested by JSON mode for objects, with tools by the instruction alone', async () => {
        const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
        expect((await formatOf(asObject)).response_format).to.deep.equal({ type: 'json_object' });
        expect(await formatOf({ ...asObject, tools })).not.to.have.property('response_format');
        expect(await formatOf({ response_format: { type: 'text' } })).not.to.have.property('response_format');
      });
    });
  }

  describe('zai, with a schema', () => {
    const rig = useGateway({ form: 'zai' });

    it('is requested by JSON mode for objects, otherwise by the instruction alone', async () => {
      const body = async (schema: object) => (await whole(rig, 'hi', fitting(schema))).asked[0]?.body as Json;
      expect((await body({ type: 'object' })).response_format).to.deep.equal({ type: 'json_object' });
      expect(await body({ type: 'array' })).not.to.have.property('response_format');
    });
  });

  describe('web', () => {
    const rig = useGateway({ form: 'web' });

    it('keeps the conversation’s guest token through a correction and the next turn', async () => {
      const first = await whole(rig, 'Where to? sim:json-wrong');
      const messages = [
        { role: 'user', content: 'Where to? sim:json-wrong' },
        first.body.choices[0].message,
        { role: 'user', content: 'And then?' },
      ];
      const second = await whole(rig, '', { messages });
      const tokens = [...first.asked, ...second.asked].map(({ headers }) => headers.authorization);
      expect(tokens).to.have.length(3);
      expect(new Set(tokens)).to.have.property('size', 1);
    });
  });
});

describe('The openai SDK and JSON', () => {
  const rig = useGateway({ form: 'zai' });
  const Trip = z.object({
    city: z.string(),
    days: z.number().int(),
    stops: z.array(z.object({ at: z.string() })),
  });
  const asked = (content: string) => ({
    model: 'GLM-4.5',
    messages: [{ role: 'user' as const, content }],
    response_format: zodResponseFormat(Trip, 'trip'),
  });

  it('parses a zod schema’s answer, whole and streamed', async () => {
    const completion = await rig.sdk().chat.completions.parse(asked('Where to?'));
    expect(Trip.parse(completion.choices[0]?.message.parsed)).to.have.property('city');
    const final = await rig.sdk().chat.completions.stream(asked('Where to?')).finalChatCompletion();
    expect(Trip.parse(final.choices[0]?.message.parsed)).to.have.property('city');
  });

  it('throws if the answer does not fit, and does not retry', async () => {
    const eager = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY, maxRetries: 3 });
    const chats = rig.upstreamChats.length;
    const error = await eager.chat.completions
      .parse(asked('sim:json-wrong=always'))
      .catch((thrown) => thrown);
    expect(error)
      .to.be.instanceOf(OpenAI.InternalServerError)
      .and.to.include({ code: 'invalid_json_answer' });
    expect(rig.upstreamChats).to.have.length(chats + 2);
    const stream = eager.chat.completions.stream(asked('sim:json-wrong=always'));
    expect(await stream.finalChatCompletion().catch((thrown) => thrown)).to.be.instanceOf(OpenAI.APIError);
  });
});

describe('The contents of a schema and its answers', () => {
  const rig = useGateway({ form: 'self-hosted', env: { DEBUG_MODE: 'true' } });
  const secret = {
    type: 'object',
    description: 'canary description',
    properties: { bird: { enum: ['canary'], pattern: '^(can|ary)+$' } },
    required: ['bird'],
  };

  it('are in no error, no log line and no record', async () => {
    const answers = ['{"bird":"canary, not fitting"}', 'the canary sang', '{"canary":1}', '["canary"]'];
    for (const answer of answers) {
      for (const stream of [true, false]) {
        const response = await rig.ask(`sim:say(${answer})`, {
          stream,
          ...fitting({ ...secret, maxProperties: 0 }),
        });
        const text = await response.text();
        const error = stream && response.status === 200 ? dataOf(text).at(-2).error : JSON.parse(text).error;
        expect(error.code).to.equal('invalid_json_answer');
        expect(JSON.stringify(error)).not.to.match(/canary/i);
        await rig.recordOf(response);
      }
    }
    expect(rig.log.split('/v1/chat/completions').length - 1).to.be.at.least(2 * answers.length);
    expect(rig.log).not.to.match(/canary/i);
    expect(JSON.stringify(rig.records)).not.to.match(/canary/i);
  });

  it('cannot stop the gateway: a pattern that backtracks for too long is a 503', async () => {
    const hostile = fitting({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
    const response = await rig.ask(`sim:say({"a":"${'a'.repeat(60)}!"})`, { stream: false, ...hostile });
    expect(response.status).to.equal(503);
    expect(await errorOf(response)).to.include({ code: 'check_timeout' });
    expect((await fetch(`${rig.url}/healthz`)).status).to.equal(200);
  });
});
