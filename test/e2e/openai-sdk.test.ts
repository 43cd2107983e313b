import { expect } from 'chai';
import OpenAI from 'openai';
import {
  dataOf,
  errorOf,
  type Json,
  joined,
  jsonOf,
  UPSTREAM_FORMS,
  useGateway,
} from '../support/gateway.js';

type Ask = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> & { [field: string]: unknown };

const asked = (content: string, fields: Ask = {}) => ({
  model: 'GLM-4.5',
  messages: [{ role: 'user' as const, content }],
  ...fields,
});

for (const form of UPSTREAM_FORMS) {
  describe(`The openai SDK, unmodified, with the upstream form ${form}`, () => {
    const rig = useGateway({ form });

    const whole = (content: string, fields: Ask = {}) =>
      rig.sdk().chat.completions.create(asked(content, fields)) as Promise<Json>;
    const streamed = async (content: string, fields: Ask = {}) => {
      const chunks: Json[] = [];
      const stream = await rig.sdk().chat.completions.create({ ...asked(content, fields), stream: true });
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    };
    const failure = async (promise: Promise<unknown>): Promise<Json> =>
      promise.then(
        () => expect.fail('it should have failed'),
        (error) => error,
      );

    it('gets a whole answer with usage and finish reason', async () => {
      const answer = await whole('sim:say(Hello there, 世界 🙂)');
      expect(answer.object).to.equal('chat.completion');
      expect(answer.model).to.equal('GLM-4.5');
      expect(answer.id).to.match(/^chatcmpl-/);
      expect(answer.choices).to.deep.equal([
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello there, 世界 🙂', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ]);
      const { prompt_tokens, completion_tokens, total_tokens } = answer.usage;
      expect(completion_tokens).to.be.greaterThan(0);
      expect(total_tokens).to.equal(prompt_tokens + completion_tokens);
    });

    it('streams chunks of one id, created and model, the role first and one finish chunk last', async () => {
      const chunks = await streamed('sim:events=40');
      expect(joined(chunks)).to.equal(' token'.repeat(40));
      for (const key of ['id', 'created', 'model', 'object'])
        expect(new Set(chunks.map((chunk) => chunk[key])), key).to.have.property('size', 1);
      expect(chunks[0].choices[0].delta).to.deep.equal({ role: 'assistant', content: '' });
      expect(chunks.filter((chunk) => chunk.choices[0].delta.role)).to.have.length(1);
      const reasons = chunks.map((chunk) => chunk.choices[0].finish_reason);
      expect(reasons.filter(Boolean)).to.deep.equal(['stop']);
      expect(chunks.at(-1).choices).to.deep.equal([{ index: 0, delta: {}, finish_reason: 'stop' }]);
      expect(chunks.some((chunk) => 'usage' in chunk)).to.equal(false);
    });

    it('ends the raw stream with one [DONE]', async () => {
      const response = await rig.ask('sim:say(hi)', { stream: true });
      const data = dataOf(await response.text());
      expect(data.at(-1)).to.equal('[DONE]');
      expect(data.filter((one) => one === '[DONE]')).to.have.length(1);
    });

    it('gets usage with include_usage: null everywhere, then one last chunk without choices', async () => {
      const chunks = await streamed('sim:events=5', { stream_options: { include_usage: true } } as Ask);
      const last = chunks.at(-1);
      expect(last.choices).to.deep.equal([]);
      expect(last.usage.completion_tokens).to.be.greaterThan(0);
      expect(last.id).to.equal(chunks[0].id);
      expect(chunks.slice(0, -1).map((chunk) => chunk.usage)).to.deep.equal(chunks.slice(1).map(() => null));
      expect(chunks.at(-2).choices[0].finish_reason).to.equal('stop');
    });

    const ways: Ask[] = [
      { enable_thinking: true },
      { thinking: { type: 'enabled' } },
      { reasoning_effort: 'medium' },
      { chat_template_kwargs: { enable_thinking: true } },
    ];
    for (const way of ways) {
      it(`receives the thinking with ${JSON.stringify(way)}, streamed and whole`, async () => {
        const chunks = await streamed('What is love?', way);
        const reasoning = joined(chunks, 'reasoning_content');
        expect(reasoning)
          .to.match(/^The user asks: "What is love\?"/)
          .and.contain('\n    answer = simulate');
        expect(joined(chunks)).to.match(/^\*Simulated answer/);
        const { message } = (await whole('What is love?', way)).choices[0];
        expect(message.reasoning_content).to.equal(reasoning);
        expect(message.content).to.equal(joined(chunks));
      });
    }

    const offs: Ask[] = [
      {},
      { enable_thinking: false },
      { thinking: { type: 'disabled' } },
      { reasoning_effort: 'none' },
      { chat_template_kwargs: { enable_thinking: false } },
    ];
    it('sees no thinking by default, nor when switched off in any way', async () => {
      const answers = await Promise.all(offs.map((off) => whole('What is love?', off)));
      for (const answer of answers)
        expect(answer.choices[0].message).not.to.have.property('reasoning_content');
    });

    it('stops the upstream when it disconnects in the middle of a stream', async () => {
      const closed = rig.upstreamClosed();
      const stream = await rig.sdk().chat.completions.create({ ...asked('sim:stall'), stream: true });
      for await (const chunk of stream) {
        if (!chunk.choices[0]?.delta.content) continue;
        stream.controller.abort();
        break;
      }
      expect((await closed).closedEarly).to.equal(true);
      expect(await rig.record(({ outcome }) => outcome === 'cancelled')).to.include({
        status: 499,
        model: 'GLM-4.5',
        streamed: true,
      });
    });

    it('throws its own error class for a failure before the first event', async () => {
      const busy = await failure(streamed('sim:status=429 sim:retry-after=60'));
      expect(busy).to.be.instanceOf(OpenAI.RateLimitError);
      expect(busy).to.include({ status: 429, code: 'upstream_busy' });
      expect(busy.headers.get('retry-after')).to.equal('60');
      const missing = await failure(whole('hi', { model: 'no-such-model' }));
      expect(missing).to.be.instanceOf(OpenAI.NotFoundError);
      expect(missing).to.include({ code: 'model_not_found', param: 'model' });
      const refused = await failure(streamed('sim:status=401'));
      expect(refused).to.be.instanceOf(OpenAI.InternalServerError).and.to.have.property('status', 502);
      const bad = await failure(whole('hi', { n: 2 }));
      expect(bad).to.be.instanceOf(OpenAI.BadRequestError).and.to.have.property('param', 'n');
    });

    it('throws an APIError for a failure after the first event, and reports no end', async () => {
      const texts: string[] = [];
      const reasons: unknown[] = [];
      const stream = await rig.sdk().chat.completions.create({ ...asked('sim:error-mid'), stream: true });
      const error = await failure(
        (async () => {
          for await (const { choices } of stream) {
            texts.push(choices[0]?.delta.content ?? '');
            reasons.push(choices[0]?.finish_reason);
          }
        })(),
      );
      expect(error).to.be.instanceOf(OpenAI.APIError);
      expect(error.error).to.have.all.keys('message', 'type', 'param', 'code');
      expect(texts.join('')).to.match(/^\*Sim/);
      expect(reasons.filter(Boolean)).to.deep.equal([]);
    });

    it('throws an AuthenticationError for a wrong key', async () => {
      const error = await failure(rig.sdk('wrong').chat.completions.create(asked('hi')));
      expect(error).to.be.instanceOf(OpenAI.AuthenticationError);
      expect(error).to.include({ status: 401, code: 'invalid_api_key' });
    });

    it('lists the models and retrieves each of them', async () => {
      const models: Json[] = [];
      for await (const model of rig.sdk().models.list()) models.push(model);
      expect(models[0].id).to.equal('GLM-4.5');
      expect(models.length).to.be.greaterThan(1);
      for (const model of models) expect(await rig.sdk().models.retrieve(model.id)).to.deep.equal(model);
      expect(await failure(rig.sdk().models.retrieve('nope'))).to.be.instanceOf(OpenAI.NotFoundError);
    });

    it('accepts a model in any case or by an alias, and answers under the requested name', async () => {
      for (const model of ['glm-4.5', 'GLM-4.5', 'gpt-4o', 'claude-x'])
        expect((await whole('sim:say(x)', { model })).model).to.equal(model);
    });

    it('forwards sampling fields to the upstream', async () => {
      const answer = await whole('sim:echo-body', {
        temperature: 0.25,
        top_p: 0.5,
        max_completion_tokens: 321,
      });
      const body = JSON.parse(answer.choices[0].message.content.replace(/^```json|```\s*$/g, ''));
      const sent = { ...body, ...body.params };
      expect(sent).to.include({ temperature: 0.25, top_p: 0.5, stream: true });
      expect(sent.max_tokens ?? sent.max_completion_tokens).to.equal(321);
    });

    it('ends at a stop text of the request, which is left out', async () => {
      const chunks = await streamed('sim:say(one two three)', { stop: ['never', ' thr'] });
      expect(joined(chunks)).to.equal('one two');
      expect(chunks.at(-1).choices[0].finish_reason).to.equal('stop');
    });

    it('throws when an answer ends without its end event', async () => {
      const response = await rig.ask('sim:truncate', { stream: false });
      expect(response.status).to.equal(502);
      expect(await errorOf(response)).to.have.property('code', 'upstream_truncated');
      expect((await rig.recordOf(response)).outcome).to.equal('upstream_truncated');
    });

    it('receives one line of 300 kB complete', async () => {
      expect(await rig.say('sim:huge-line=300000')).to.have.length(300_000);
    });

    it('keeps 50 simultaneous requests apart', async () => {
      const names = Array.from({ length: 50 }, (_, index) => `answer number ${index} 号`);
      const answers = await Promise.all(
        names.map(async (name, index) => {
          const content = `sim:say(${name})`;
          return index % 2
            ? joined(await streamed(content))
            : (await whole(content)).choices[0].message.content;
        }),
      );
      expect(answers).to.deep.equal(names);
    });
  });
}

describe('Behaviour of single kinds of upstream', () => {
  const web = useGateway({ form: 'web' });
  const zai = useGateway({ form: 'zai' });

  it('treats error codes that are strings in a stream as errors', async () => {
    const response = await web.ask('sim:captcha', { stream: true });
    expect(response.status).to.equal(502);
    expect((await errorOf(response)).message).to.contain('captcha');
  });

  it('turns thinking markup into reasoning without a loss', async () => {
    const { message } = (await jsonOf(await web.ask('sim:s3', { stream: false }))).choices[0];
    expect(message.reasoning_content).to.equal('Planning:\n\n```\n    if x:\n        y()\n```\nDone 🙂 ok.');
    expect(message.content).to.equal('Sure, here it is:\n\n    x = 1\n');
  });

  it('joins bytes that were cut inside characters and lines', async () => {
    const { message } = (await jsonOf(await web.ask('sim:s12', { stream: false }))).choices[0];
    expect(message.reasoning_content.length).to.be.greaterThan(90_000);
    expect(`${message.reasoning_content}${message.content}`).not.to.contain('\ufffd');
    const chunks = dataOf(await (await web.ask('sim:s12', { stream: true })).text());
    expect(joined(chunks)).to.equal(message.content);
    expect(joined(chunks, 'reasoning_content')).to.equal(message.reasoning_content);
  });

  it('maps finish reasons to those of OpenAI', async () => {
    const reasonOf = async (word: string) =>
      (await jsonOf(await zai.ask(word, { stream: false }))).choices[0].finish_reason;
    expect(await reasonOf('sim:finish=sensitive')).to.equal('content_filter');
    expect(await reasonOf('sim:finish=model_context_window_exceeded')).to.equal('length');
  });
});
