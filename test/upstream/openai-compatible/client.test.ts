import { getEventListeners, once } from 'node:events';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../../../src/simulator/server.js';
import { OpenaiCompatibleUpstream } from '../../../src/upstream/openai-compatible/client.js';
import { Connection, type Timeouts } from '../../../src/upstream/transport/connection.js';
import { APIUserAbortError } from '../../../src/vocabulary/errors.js';
import { pulled } from '../../support/pulled.js';
import { startJsonServer, startProxy } from '../servers.js';
import { contextWith, outcomeOf, rejectionOf, request } from '../support.js';

const PATIENT: Timeouts = { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000 };
const MODEL = { id: 'glm-4.5', name: 'GLM-4.5' };
const BASES = { 'Z.ai’s API': '/api/paas/v4', 'a self-hosted GLM': '/v1' };

describe('OpenaiCompatibleUpstream', () => {
  const apiKey = 'test-key';
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator({ paceMs: 0, apiKey });
  });
  after(() => simulator.close());
  beforeEach(() => {
    simulator.requests.length = 0;
  });

  function upstream(path: string, zaiToken: string | undefined = apiKey, url = simulator.url) {
    const options = { upstreamUrl: `${url}${path}`, zaiToken, upstreamUserAgent: 'zto-api/test' };
    return new OpenaiCompatibleUpstream(new Connection(PATIENT), options);
  }

  function ask(question: string, client: OpenaiCompatibleUpstream, context = contextWith()) {
    return outcomeOf((sink) => client.stream(request(question, { model: MODEL }), context, sink));
  }

  for (const [name, path] of Object.entries(BASES)) {
    describe(`on ${name}`, () => {
      it('streams an answer with its thinking and usage, asked for by base or full path', async () => {
        for (const url of [path, `${path}/chat/completions`]) {
          const asked = request('Why?', { thinking: true, model: MODEL });
          const { reasoning, text, usage, finish } = await outcomeOf((sink) =>
            upstream(url).stream(asked, contextWith(), sink),
          );
          expect(text).to.contain('Simulated answer');
          expect(reasoning).to.contain('\n    return answer\n');
          expect(usage?.totalTokens).to.be.above(0);
          expect(finish).to.equal('stop');
        }
      });

      it('switches thinking off unless asked for it', async () => {
        expect((await ask('Why?', upstream(path))).reasoning).to.equal('');
      });

      it('sends plain headers', async () => {
        await ask('Hi', upstream(path));
        expect(simulator.requests[0]?.headers).to.include({
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          accept: 'text/event-stream',
          'user-agent': 'zto-api/test',
          'x-request-id': 'test-request',
        });
      });

      it('sends no Authorization without a token', async () => {
        const options = {
          upstreamUrl: `${simulator.url}${path}`,
          zaiToken: undefined,
          upstreamUserAgent: 'test',
        };
        const { error } = await ask('Hi', new OpenaiCompatibleUpstream(new Connection(PATIENT), options));
        expect(simulator.requests[0]?.headers).to.not.have.property('authorization');
        expect(error).to.include({ status: 502, code: 'upstream_unauthorized' });
      });

      it('makes a 502 of its own wrong key, once', async () => {
        expect((await ask('Hi', upstream(path, 'wrong'))).error).to.include({
          status: 502,
          code: 'upstream_unauthorized',
        });
        expect(simulator.requests).to.have.length(1);
      });

      const failures: [word: string, status: number, code: string, tries: number][] = [
        ['status=500 sim:retry-after=6', 502, 'upstream_error', 1],
        ['status=429 sim:retry-after=6', 429, 'upstream_busy', 1],
        ['status=401', 502, 'upstream_unauthorized', 1],
        ['html-200', 502, 'upstream_not_a_stream', 1],
        ['empty', 502, 'upstream_empty', 1],
      ];
      for (const [word, status, code, tries] of failures) {
        it(`sim:${word} is ${code} (${status}) after ${tries} ${tries > 1 ? 'tries' : 'try'}`, async () => {
          const { error } = await ask(`sim:${word}`, upstream(path));
          expect(error).to.include({ status, code });
          expect(simulator.requests).to.have.length(tries);
        });
      }

      it('is not seen to fail when it fails once', async () => {
        const { error, finish } = await ask('sim:status=503 sim:times=1', upstream(path));
        expect({ error, finish }).to.deep.equal({ error: undefined, finish: 'stop' });
      });

      it('tells failures after the first array, and does not retry them', async () => {
        for (const [word, code] of [
          ['error-mid sim:pace=1', 'upstream_error'],
          ['truncate', 'upstream_truncated'],
          ['finish=network_error', 'upstream_truncated'],
          ['cut sim:pace=1', 'upstream_connection_lost'],
        ] as const) {
          simulator.requests.length = 0;
          const { error, text, finish } = await ask(`sim:${word}`, upstream(path));
          expect(error?.code, word).to.equal(code);
          expect(text, word).to.not.equal('');
          expect(finish, word).to.equal(undefined);
          expect(simulator.requests).to.have.length(1);
        }
      });

      it('is believed to be done by its finish reason', async () => {
        expect((await ask('sim:no-done', upstream(path))).finish).to.equal('stop');
      });

      it('keeps one socket over 20 answers', async () => {
        let connections = 0;
        const proxy = await startProxy(simulator.url, () => {
          connections += 1;
        });
        try {
          const client = upstream(path, apiKey, proxy.url);
          for (let i = 0; i < 20; i++) {
            await ask('Hi', client);
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
          expect(connections).to.equal(1);
        } finally {
          await proxy.close();
        }
      });

      it('loses its socket at an abort', async () => {
        const left = new AbortController();
        const asked = request('sim:stall', { model: MODEL });
        const answer = pulled((sink) => upstream(path).stream(asked, contextWith(left.signal), sink));
        await answer.next();
        const rejection = rejectionOf(answer.next());
        const closed = once(simulator.events, 'close');
        left.abort();
        await closed;
        expect(await rejection).to.be.instanceOf(APIUserAbortError);
        expect(getEventListeners(left.signal, 'abort')).to.have.length(0);
      });
    });
  }

  const codes: [code: number, status: number, expected: string][] = [
    [1113, 429, 'insufficient_quota'],
    [1261, 400, 'context_length_exceeded'],
    [1308, 429, 'insufficient_quota'],
  ];
  for (const [code, status, expected] of codes) {
    it(`takes Z.ai’s code ${code} for ${expected} (${status}), and does not try again`, async () => {
      const { error } = await ask(`sim:code=${code}`, upstream('/api/paas/v4'));
      expect(error).to.include({ status, code: expected });
      expect(simulator.requests).to.have.length(1);
    });
  }

  describe('models', () => {
    it('of Z.ai are a table together with what its API lists', async () => {
      const client = upstream('/api/paas/v4');
      expect(client.unlistedModels).to.equal('glm');
      expect(client.knownModels?.map(({ id }) => id)).to.include('glm-4.5-flash');
      expect(simulator.requests).to.deep.equal([]);
      const models = new Map((await client.models()).map((model) => [model.id, model]));
      expect(models.get('glm-5.3')).to.deep.include({ name: 'GLM-5.3', isListed: true });
      expect(models.get('glm-4.5-flash')).to.include({ name: 'GLM-4.5-Flash', isListed: false });
      expect(simulator.requests.map(({ path }) => path)).to.deep.equal(['/api/paas/v4/models']);
    });

    it('of a self-hosted GLM are what it serves, with its context window', async () => {
      const client = upstream('/v1');
      expect(client.unlistedModels).to.equal('any');
      expect(client.knownModels).to.equal(undefined);
      const rest = { created: 1_753_632_000, ownedBy: 'vllm', info: { contextTokens: 131_072 } };
      expect(await client.models()).to.deep.equal([
        { name: 'glm-4.5', id: 'glm-4.5', ...rest },
        { name: 'zai-org/GLM-4.6', id: 'zai-org/GLM-4.6', ...rest },
      ]);
    });

    it('may be hundreds, and entries without an id are passed over', async () => {
      const data = Array.from({ length: 900 }, (_, i) => ({
        id: `model-${i}`,
        description: 'x'.repeat(200),
      }));
      const server = await startJsonServer({ data: [{ name: 'nameless' }, null, ...data] });
      try {
        const models = await upstream('/v1', apiKey, server.url).models();
        expect(models).to.have.length(900);
        expect(models[0]).to.deep.equal({ name: 'model-0', id: 'model-0', created: 0, ownedBy: 'unknown' });
      } finally {
        await server.close();
      }
    });

    it('that are no list, or refused, are errors', async () => {
      for (const [body, status, code] of [
        [{ models: [] }, 200, 'upstream_no_models'],
        ['text', 200, 'upstream_no_models'],
        [{ error: 'Unauthorized' }, 401, 'upstream_unauthorized'],
        [{ detail: 'Not Found' }, 404, 'upstream_wrong_url'],
      ] as const) {
        const server = await startJsonServer(body, status);
        try {
          expect(await rejectionOf(upstream('/v1', apiKey, server.url).models())).to.include({ code });
        } finally {
          await server.close();
        }
      }
    });
  });
});
