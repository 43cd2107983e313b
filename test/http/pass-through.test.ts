import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenAIEmbeddings } from '@langchain/openai';
import { expect } from 'chai';
import OpenAI from 'openai';
import { errorOf, type Json, jsonOf, KEY, Rig, useGateway } from '../support/gateway.js';

function post(rig: Rig, path: string, body: object, init: RequestInit = {}): Promise<Response> {
  return fetch(`${rig.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...init,
  });
}

for (const form of ['zai', 'self-hosted'] as const) {
  describe(`Embeddings and reranking, with the upstream form ${form}`, () => {
    const rig = useGateway({ form, env: { MODEL_ALIASES: 'text-embedding-*=embedding-3' } });

    it('are forwarded with the model’s id and all other fields unchanged', async () => {
      const body = {
        model: 'text-embedding-3-small',
        input: ['one', '世界'],
        dimensions: 4,
        user: 'u',
        some_day: { nested: [1, 'x'] },
      };
      const response = await post(rig, '/v1/embeddings', body);
      expect(response.status).to.equal(200);
      expect(response.headers.get('server-timing')).to.match(/^gateway;dur=/);
      const { data, usage } = await jsonOf(response);
      expect(data.map(({ embedding }: Json) => embedding.length)).to.deep.equal([4, 4]);
      expect(rig.simulator.requests.at(-1)?.body).to.deep.equal({ ...body, model: 'embedding-3' });
      const record = await rig.recordOf(response);
      expect(record).to.include({ path: '/v1/embeddings', model: 'text-embedding-3-small', outcome: 'ok' });
      expect(record.usage).to.include({ promptTokens: usage.prompt_tokens, totalTokens: usage.total_tokens });
    });

    it('rerank documents', async () => {
      const documents = ['nothing', 'the quick fox', 'the quick brown fox'];
      const response = await post(rig, '/v1/rerank', {
        model: 'rerank',
        query: 'quick brown',
        documents,
        top_n: 2,
      });
      const { results } = await jsonOf(response);
      expect(results.map(({ index }: Json) => index)).to.deep.equal([2, 1]);
      expect((await rig.recordOf(response)).usage?.promptTokens).to.equal(20);
    });

    it('work with the openai SDK: floats, base64, batches', async () => {
      const { embeddings } = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY, maxRetries: 0 });
      const input = ['one', 'two', 'three'];
      const plain = await embeddings.create({ model: 'embedding-3', input, encoding_format: 'float' });
      const packed = await embeddings.create({ model: 'embedding-3', input });
      expect(packed.data).to.have.length(3);
      for (const [index, { embedding }] of packed.data.entries()) {
        for (const [at, value] of embedding.entries()) {
          expect(value).to.be.closeTo(plain.data[index]?.embedding[at] ?? Number.NaN, 1e-6);
        }
      }
    });

    it('work with LangChain', async () => {
      const model = new OpenAIEmbeddings({
        model: 'embedding-3',
        apiKey: KEY,
        configuration: { baseURL: `${rig.url}/v1` },
        maxRetries: 0,
      });
      const [first, second] = await model.embedDocuments(['one', 'two']);
      expect(await model.embedQuery('one')).to.deep.equal(first);
      expect(second).not.to.deep.equal(first);
    });

    it('accept 200,000 token ids, and reject 400,000', async () => {
      const ids = (count: number) => ({
        model: 'embedding-3',
        input: Array.from({ length: count }, (_, id) => id),
      });
      const taken = await post(rig, '/v1/embeddings', ids(200_000));
      expect(taken.status).to.equal(200);
      await taken.text();
      expect((rig.simulator.requests.at(-1) as Json).body.input).to.have.length(200_000);
      const refused = await post(rig, '/v1/embeddings', ids(400_000));
      expect([refused.status, (await errorOf(refused)).code]).to.deep.equal([400, 'invalid_body']);
      const texts = await post(rig, '/v1/embeddings', { model: 'm', input: new Array(150_000).fill('x') });
      expect([texts.status, (await errorOf(texts)).code]).to.deep.equal([400, 'invalid_body']);
    });

    it('name the field at fault, whether the gateway or the upstream rejects it', async () => {
      const withoutModel = await post(rig, '/v1/embeddings', { input: 'x' });
      expect([withoutModel.status, (await errorOf(withoutModel)).param]).to.deep.equal([400, 'model']);
      const withoutInput = await post(rig, '/v1/embeddings', { model: 'embedding-3' });
      expect(withoutInput.status).to.equal(400);
      expect(await errorOf(withoutInput)).to.include({ code: 'missing_required_parameter', param: 'input' });
      const wrongInput = await post(rig, '/v1/embeddings', { model: 'embedding-3', input: {} });
      expect((await errorOf(wrongInput)).message).to.contain('input is required');
      expect((await rig.recordOf(wrongInput)).outcome).to.equal('caller_error');
    });

    it('require an API key and a POST', async () => {
      const anonymous = await post(rig, '/v1/embeddings', { model: 'm', input: 'x' }, { headers: {} });
      expect(anonymous.status).to.equal(401);
      const response = await fetch(`${rig.url}/v1/rerank`, { headers: { authorization: `Bearer ${KEY}` } });
      expect([response.status, response.headers.get('allow')]).to.deep.equal([405, 'POST']);
    });

    it('do not log what is embedded', async () => {
      const response = await post(rig, '/v1/embeddings', { model: 'embedding-3', input: 'canary-61ab' });
      await rig.recordOf(response);
      expect(rig.log).not.to.contain('canary-61ab');
    });
  });
}

describe('Embeddings over the web chat', () => {
  const rig = useGateway({ form: 'web' });

  it('are refused with a 404 that says why', async () => {
    const response = await post(rig, '/v1/embeddings', { model: 'embedding-3', input: 'x' });
    expect(response.status).to.equal(404);
    expect((await errorOf(response)).message).to.contain('upstream has no embeddings');
  });
});

describe('Embeddings of an upstream', () => {
  const answers: ((response: ServerResponse) => void)[] = [];
  const upstream = createServer((request, response) => {
    request.resume();
    request.once('end', () => answers.shift()?.(response));
  });
  let rig: Rig;

  before(async () => {
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    rig = await new Rig().start({ env: { UPSTREAM_URL: `http://127.0.0.1:${port}/v1` } });
  });
  after(async () => {
    await rig.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  const ask = (init: RequestInit = {}) => post(rig, '/v1/embeddings', { model: 'm', input: 'x' }, init);

  it('are a 404 if the upstream does not offer them', async () => {
    answers.push((response) => response.writeHead(404).end('{"detail":"Not Found"}'));
    const response = await ask();
    expect(response.status).to.equal(404);
    expect(await errorOf(response)).to.include({ code: 'unknown_url' });
  });

  it('are requested again after a temporary failure', async () => {
    answers.push(
      (response) => response.writeHead(503).end('{"error":{"message":"overloaded"}}'),
      (response) => response.end('{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}'),
    );
    const response = await ask();
    expect(response.status).to.equal(200);
    expect((await rig.recordOf(response)).usage?.promptTokens).to.equal(3);
  });

  it('are streamed, and end broken if the upstream breaks off', async () => {
    answers.push((response) => {
      response.write('{"data":[');
      setTimeout(() => response.destroy(), 50);
    });
    const response = await ask();
    expect(response.status).to.equal(200);
    const error = await response.text().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Error);
    expect((await rig.recordOf(response)).outcome).to.equal('upstream_error');
  });

  it('are cancelled when the client disconnects', async () => {
    const leaving = new AbortController();
    const closed = new Promise<void>((resolve) => {
      answers.push((response) => {
        response.once('close', resolve);
        response.write('{"data":[');
      });
    });
    const response = await ask({ signal: leaving.signal });
    leaving.abort();
    await closed;
    expect((await rig.recordOf(response)).outcome).to.equal('cancelled');
  });

  it('of 20 MB are passed on whole, and their usage is counted', async () => {
    const row = `{"embedding":[${'0.125,'.repeat(9_999)}0.125]}`;
    const rows = 350;
    answers.push((response) => {
      response.write(`{"data":[${row}`);
      let left = rows - 1;
      const more = () => {
        while (left > 0) {
          left -= 1;
          if (!response.write(`,${row}`)) {
            response.once('drain', more);
            return;
          }
        }
        response.end('],"usage":{"prompt_tokens":7,"total_tokens":7}}');
      };
      more();
    });
    const response = await ask();
    const { data } = await jsonOf(response);
    expect(data).to.have.length(rows);
    expect((await rig.recordOf(response)).usage?.promptTokens).to.equal(7);
  });
});
