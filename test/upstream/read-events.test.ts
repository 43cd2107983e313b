/** What comes after the finish reason, from real servers. */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { APIUserAbortError } from '../../src/errors.js';
import { Connection } from '../../src/upstream/connection.js';
import { ChunkDecoder } from '../../src/upstream/openai-compatible/chunk-decoder.js';
import { type EventDecoder, readEvents } from '../../src/upstream/read-events.js';
import { WebEventDecoder } from '../../src/upstream/zai-web/event-decoder.js';
import { listening, type TestServer } from './servers.js';
import { forbidUnhandledRejections, type Outcome, outcomeOf, rejectionOf, webEvent } from './support.js';

const PATIENT = { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 20_000 };
const TEXT = '{"choices":[{"delta":{"content":"whole"}}]}';
const FINISH = '{"choices":[{"delta":{},"finish_reason":"stop"}]}';
const USAGE = '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}';
const WEB_TEXT = webEvent({ phase: 'answer', delta_content: 'whole' });
const WEB_FINISH = webEvent({ phase: 'answer', choices: [{ delta: {}, finish_reason: 'stop' }] });

describe('After the finish reason', () => {
  let servers: TestServer[] = [];

  forbidUnhandledRejections();
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
  });

  interface Ended extends Outcome {
    tookMs: number;
    /** Resolves when the server's side of the connection is closed. */
    closed: Promise<unknown>;
  }

  /** `then` is what the server does after text and finish reason. */
  async function ending(
    then: (response: ServerResponse) => unknown,
    { web = false, signal }: { web?: boolean; signal?: AbortSignal } = {},
  ): Promise<Ended> {
    let closed: Promise<unknown> = Promise.resolve();
    const server = await listening(
      createServer((_, response) => {
        closed = new Promise((resolve) => response.on('close', resolve));
        response.write(`data: ${web ? WEB_TEXT : TEXT}\n\ndata: ${web ? WEB_FINISH : FINISH}\n\n`);
        void then(response);
      }),
    );
    servers.push(server);
    const response = await new Connection(PATIENT).open({
      method: 'GET',
      url: server.url,
      headers: {},
      signal,
    });
    const decoder: EventDecoder = web ? new WebEventDecoder() : new ChunkDecoder(() => 'new');
    const startedAt = performance.now();
    const outcome = await outcomeOf(readEvents(response, decoder));
    return { ...outcome, tookMs: performance.now() - startedAt, closed };
  }

  function expectWhole({ text, finish, error }: Outcome): void {
    expect({ text, finish, error }).to.deep.equal({ text: 'whole', finish: 'stop', error: undefined });
  }

  for (const web of [false, true]) {
    const protocol = web ? 'the web protocol' : 'chat completions';

    it(`silence is waited for a second or two only, then the socket is closed (${protocol})`, async () => {
      const ended = await ending(() => undefined, { web });
      expectWhole(ended);
      expect(ended.tookMs).to.be.within(1_000, 2_500);
      await ended.closed;
    });

    it(`neither comments nor events hold the answer open (${protocol})`, async () => {
      const ended = await ending(
        async (response) => {
          while (!response.destroyed) {
            response.write(': keep-alive\n\ndata: {"type":"ping"}\n\n');
            await sleep(20);
          }
        },
        { web },
      );
      expectWhole(ended);
      expect(ended.tookMs).to.be.within(1_000, 2_500);
      await ended.closed;
    });

    it(`a lost connection is no error (${protocol})`, async () => {
      const ended = await ending((response) => setImmediate(() => response.socket?.resetAndDestroy()), {
        web,
      });
      expectWhole(ended);
      expect(ended.tookMs).to.be.below(1_000);
    });
  }

  it('usage is taken, and the end event ends the answer at once', async () => {
    const ended = await ending(async (response) => {
      await sleep(50);
      response.write(`data: ${USAGE}\n\n`);
      await sleep(50);
      response.write('data: [DONE]\n\n');
    });
    expectWhole(ended);
    expect(ended.usage?.totalTokens).to.equal(3);
    expect(ended.tookMs).to.be.below(1_000);
  });

  it('usage is taken where no end event follows', async () => {
    const ended = await ending(async (response) => {
      await sleep(50);
      response.write(`data: ${USAGE}\n\n`);
    });
    expectWhole(ended);
    expect(ended.usage?.totalTokens).to.equal(3);
  });

  it('more text is shown, however long it takes: some servers give the reason with every chunk', async () => {
    const { text, finish } = await ending(async (response) => {
      for (let count = 0; count < 3; count += 1) {
        await sleep(700);
        response.write('data: {"choices":[{"delta":{"content":"."},"finish_reason":"stop"}]}\n\n');
      }
      response.end();
    });
    expect({ text, finish }).to.deep.equal({ text: 'whole...', finish: 'stop' });
  });

  it('a client that leaves is still told apart', async () => {
    const left = new AbortController();
    const { error, finish } = await ending(() => setTimeout(() => left.abort(), 50), { signal: left.signal });
    expect(error).to.be.instanceOf(APIUserAbortError);
    expect(finish).to.equal(undefined);
  });

  it('missing, a lost connection is an error', async () => {
    const server = await listening(
      createServer((_, response) => {
        response.write(`data: ${TEXT}\n\n`, () => setImmediate(() => response.socket?.resetAndDestroy()));
      }),
    );
    servers.push(server);
    const response = await new Connection(PATIENT).open({ method: 'GET', url: server.url, headers: {} });
    const answer = readEvents(response, new ChunkDecoder(() => 'new'));
    await answer.next();
    expect((await rejectionOf(answer.next())).code).to.equal('upstream_connection_lost');
  });
});
