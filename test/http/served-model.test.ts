import { expect } from 'chai';
import OpenAI from 'openai';
import { STREAM_TIMING } from '../../src/http/send-stream.js';
import { ServedModel } from '../../src/http/served-model.js';
import { type Json, jsonOf, KEY, type Rig, useGateway } from '../support/gateway.js';

type Protocol = 'chat' | 'Messages' | 'Responses' | 'legacy completions';

/** A request's path and body for a question. */
const REQUESTS: Record<Protocol, (question: string) => [path: string, body: object]> = {
  chat: (content) => ['/v1/chat/completions', { messages: [{ role: 'user', content }] }],
  Messages: (content) => ['/v1/messages', { messages: [{ role: 'user', content }], max_tokens: 100 }],
  Responses: (input) => ['/v1/responses', { input }],
  'legacy completions': (prompt) => ['/v1/completions', { prompt }],
};
const PROTOCOLS = Object.keys(REQUESTS) as Protocol[];

function ask(rig: Rig, protocol: Protocol, question: string, fields: object): Promise<Response> {
  const [path, body] = REQUESTS[protocol](question);
  return fetch(`${rig.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, ...fields }),
  });
}

/** Every model that an answer names, streamed or whole. */
function modelsIn(text: string): string[] {
  return [...text.matchAll(/"model":"([^"]*)"/g)].map(([, model]) => model ?? '');
}

describe('The model that really answered', () => {
  const rig = useGateway({ form: 'zai', env: { METRICS_PORT: '0' } });

  for (const protocol of PROTOCOLS) {
    for (const stream of [false, true]) {
      const how = `over ${protocol}, ${stream ? 'streamed' : 'whole'}`;

      it(`is in a header, while the answer has the client’s name of the model, ${how}`, async () => {
        for (const [model, served] of [
          ['claude-sonnet-4-5', 'GLM-4.5'],
          ['claude-haiku-4-5', 'GLM-4.7-FlashX'],
          ['gpt-4o', 'GLM-4.5'],
        ] as const) {
          const response = await ask(rig, protocol, 'sim:say(ok)', { model, stream });
          const text = await response.text();
          expect(response.headers.get('x-served-model'), model).to.equal(served);
          expect(new Set(modelsIn(text)), text).to.deep.equal(new Set([model]));
          expect(text).to.not.contain(': served by');
          const record = await rig.recordOf(response);
          expect(record).to.include({ model: served, servedModel: undefined });
        }
      });

      it(`is in a header if the upstream substituted it, ${how}`, async () => {
        const question = 'sim:served=glm-5.3 sim:say(ok)';
        for (const model of ['GLM-5.2', 'z-ai/glm-5.2[1m]']) {
          const response = await ask(rig, protocol, question, { model, stream });
          const text = await response.text();
          expect(response.headers.get('x-served-model')).to.equal('GLM-5.3');
          expect(new Set(modelsIn(text)), text).to.deep.equal(new Set([model]));
          expect(await rig.recordOf(response)).to.include({ model: 'GLM-5.2', servedModel: 'GLM-5.3' });
        }
      });

      it(`is not in a header if it is the requested one in any spelling, ${how}`, async () => {
        for (const model of ['GLM-5.3', 'glm-5.3', 'zai-org/GLM-5.3[1m]']) {
          const response = await ask(rig, protocol, 'sim:say(ok)', { model, stream });
          expect(modelsIn(await response.text())[0]).to.equal(model);
          expect(response.headers.get('x-served-model'), model).to.equal(null);
        }
      });
    }
  }

  it('may be missing from the list of models', async () => {
    const response = await rig.ask('sim:served=glm-9-preview sim:say(ok)', {
      model: 'gpt-4o',
      stream: false,
    });
    expect(response.headers.get('x-served-model')).to.equal('glm-9-preview');
    expect((await jsonOf(response)).model).to.equal('gpt-4o');
    expect(await rig.recordOf(response)).to.include({ model: 'GLM-4.5', servedModel: 'glm-9-preview' });
  });

  it('is in the log, on the dashboard and in the metrics if it was substituted', async () => {
    const response = await rig.ask('sim:served=glm-5.3 sim:say(ok)', { model: 'GLM-5.1', stream: false });
    const { requestId } = await rig.recordOf(response);
    const line = rig.logLines.find((entry: Json) => entry.requestId === requestId);
    expect(line).to.include({ model: 'GLM-5.1', servedModel: 'GLM-5.3' });
    const other = await rig.recordOf(await rig.ask('sim:say(ok)', { model: 'GLM-5.1', stream: false }));
    const plain = rig.logLines.find((entry: Json) => entry.requestId === other.requestId);
    expect(plain).to.not.have.property('servedModel');

    const listed = await until(async () => {
      const requests: Json[] = await jsonOf(await fetch(`${rig.url}/dashboard/requests`));
      const found = (id: string) => requests.find((one) => one.id === id);
      return found(other.requestId) && [found(requestId), found(other.requestId)];
    });
    expect(listed.map((one: Json) => [one.model, one.served_model])).to.deep.equal([
      ['GLM-5.1', 'GLM-5.3'],
      ['GLM-5.1', null],
    ]);
    const page = await fetch(`${rig.url}/dashboard/requests`, { headers: { accept: 'text/html' } });
    expect(await page.text()).to.contain('by GLM-5.3');

    const [, address = ''] = /metrics at (\S+?\/metrics)/.exec(rig.log) ?? [];
    const metrics = await (await fetch(address)).text();
    expect(metrics).to.match(/^ztoapi_substituted_requests_total\{model="GLM-5.1",served="GLM-5.3"\} 1$/m);
    expect(metrics).to.not.contain('served="GLM-5.1"');
  });

  it('is not sent with an error', async () => {
    const response = await rig.ask('sim:status=500', { model: 'gpt-4o', stream: true });
    expect(response.status).to.equal(502);
    expect(response.headers.get('x-served-model')).to.equal(null);
  });

  it('may be read by web pages', async () => {
    const response = await fetch(`${rig.url}/v1/models`, { headers: { origin: 'http://localhost' } });
    expect(response.headers.get('access-control-expose-headers')).to.contain('x-served-model');
  });
});

describe('The model that really answered, known too late for a header', () => {
  const streamTiming = { ...STREAM_TIMING, beginAfterMs: 40, keepAliveMs: 1_000 };
  const rig = useGateway({ form: 'zai', gateway: { streamTiming } });
  const LATE = 'sim:headers-then-delay=150 sim:served=glm-5.3 sim:say(late)';

  for (const protocol of PROTOCOLS) {
    it(`is in one comment of the stream over ${protocol}`, async () => {
      const response = await ask(rig, protocol, LATE, { model: 'GLM-5.2', stream: true });
      const text = await response.text();
      expect(response.headers.get('x-served-model')).to.equal(null);
      expect(text.split('\n\n').filter((frame) => frame.startsWith(': served'))).to.deep.equal([
        ': served by GLM-5.3',
      ]);
      expect(text.indexOf(': served by')).to.be.below(text.indexOf('late'));
      expect(new Set(modelsIn(text))).to.deep.equal(new Set(['GLM-5.2']));
      expect(await rig.recordOf(response)).to.include({ servedModel: 'GLM-5.3', outcome: 'ok' });
    });
  }

  it('has the alias’s model in the header, and the correction in a comment', async () => {
    const response = await ask(rig, 'chat', LATE, { model: 'gpt-4o', stream: true });
    const text = await response.text();
    expect(response.headers.get('x-served-model')).to.equal('GLM-4.5');
    expect(text).to.contain(': served by GLM-5.3\n\n');
  });

  it('is not repeated if the header had it', async () => {
    const question = 'sim:headers-then-delay=150 sim:say(late)';
    const response = await ask(rig, 'chat', question, { model: 'gpt-4o', stream: true });
    expect(response.headers.get('x-served-model')).to.equal('GLM-4.5');
    expect(await response.text()).to.not.contain(': served by');
  });

  it('does not disturb the SDK, which ignores comments', async () => {
    const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: LATE }];
    const stream = client.chat.completions.stream({ model: 'GLM-5.2', messages });
    const answer = await stream.finalChatCompletion();
    expect([answer.model, answer.choices[0]?.message.content]).to.deep.equal(['GLM-5.2', 'late']);
  });
});

describe('The model behind a self-hosted upstream', () => {
  const rig = useGateway({ form: 'self-hosted', simulator: { servedModels: ['zai-org/GLM-4.6'] } });

  it('is in a header if the default model was requested, but not for another spelling', async () => {
    const standard = await rig.ask('sim:say(ok)', { model: 'GLM-4.5', stream: false });
    expect(standard.headers.get('x-served-model')).to.equal('zai-org/GLM-4.6');
    expect((await jsonOf(standard)).model).to.equal('GLM-4.5');
    expect(await rig.recordOf(standard)).to.include({ servedModel: undefined });
    const spelled = await rig.ask('sim:say(ok)', { model: 'glm-4.6', stream: false });
    expect(spelled.headers.get('x-served-model')).to.equal(null);
  });
});

describe('The model behind the web chat', () => {
  const streamTiming = { ...STREAM_TIMING, beginAfterMs: 40, keepAliveMs: 1_000 };
  const rig = useGateway({ form: 'web', gateway: { streamTiming } });

  it('is the one that the alias stands for', async () => {
    for (const stream of [false, true]) {
      const response = await rig.ask('sim:say(ok)', { model: 'claude-haiku-4-5', stream });
      expect(response.headers.get('x-served-model')).to.equal('GLM-4.5');
      await response.text();
    }
    const named = await rig.ask('sim:say(ok)', { model: 'GLM-4.5', stream: false });
    expect(named.headers.get('x-served-model')).to.equal(null);
  });

  for (const protocol of PROTOCOLS) {
    it(`is in a header if the upstream substituted it, over ${protocol}`, async () => {
      // The web chat names it at the end of its answer.
      const question = 'sim:served=0727-106B-API sim:say(ok)';
      const whole = await ask(rig, protocol, question, { model: 'GLM-4.6', stream: false });
      expect(whole.headers.get('x-served-model')).to.equal('GLM-4.5-Air');
      expect(new Set(modelsIn(await whole.text()))).to.deep.equal(new Set(['GLM-4.6']));
      const late = `sim:headers-then-delay=150 ${question}`;
      const streamed = await ask(rig, protocol, late, { model: 'GLM-4.6', stream: true });
      expect(await streamed.text()).to.contain(': served by GLM-4.5-Air\n\n');
      for (const response of [whole, streamed])
        expect(await rig.recordOf(response)).to.include({ model: 'GLM-4.6', servedModel: 'GLM-4.5-Air' });
    });
  }

  it('is the requested one, by its id or its public name', async () => {
    for (const served of ['', 'sim:served=GLM-4.6']) {
      const response = await rig.ask(`${served} sim:say(ok)`, { model: 'glm-4.6', stream: true });
      expect(await response.text()).to.not.contain(': served by');
      expect(response.headers.get('x-served-model')).to.equal(null);
      expect(await rig.recordOf(response)).to.include({ model: 'GLM-4.6', servedModel: undefined });
    }
  });
});

describe('A served model', () => {
  const catalog = { nameOf: (id: string) => (id === 'glm-5.3' ? 'GLM-5.3' : id) };
  const served = (asked: string, id = 'glm-5.2') => new ServedModel(asked, { id, name: 'GLM-5.2' }, catalog);

  it('follows the last attempt, and ignores empty names', () => {
    const model = served('glm-5.2');
    model.observe('glm-5.3');
    expect(model.substitute).to.equal('GLM-5.3');
    model.observe('zai-org/GLM-5.2');
    model.observe(' ');
    expect(model.substitute).to.equal(undefined);
    expect(model.headers()).to.deep.equal({});
  });

  it('is one line of printable characters, whatever the upstream sends', () => {
    const model = served('glm-5.2');
    model.observe('glm\r\nx-evil: 1 模型\u202e');
    expect(model.headers()).to.deep.equal({ 'x-served-model': 'glmx-evil: 1 ??' });
    model.observe('x'.repeat(10_000));
    expect(model.comment()).to.equal(`: served by ${'x'.repeat(200)}\n\n`);
    expect(model.comment()).to.equal('');
  });
});

/** Statistics are written a moment after the response. */
async function until<T>(value: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await value();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
