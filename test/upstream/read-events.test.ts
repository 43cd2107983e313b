/** What comes after the finish reason, from real servers. */
import { createServer, type ServerResponse } from 'node:http';
import { mock } from 'node:test';
import { expect } from 'chai';
import { ChunkDecoder } from '../../src/upstream/openai-compatible/chunk-decoder.js';
import { type EventDecoder, readEvents } from '../../src/upstream/read-events.js';
import { Connection } from '../../src/upstream/transport/connection.js';
import { WebEventDecoder } from '../../src/upstream/zai-web/event-decoder.js';
import { APIUserAbortError } from '../../src/vocabulary/errors.js';
import { pulled } from '../support/pulled.js';
import { listening, type TestServer } from './servers.js';
import { isSettled, type Outcome, outcomeOf, rejectionOf, turns, webEvent } from './support.js';

const PATIENT = { connectTimeoutMs: 60_000, firstByteTimeoutMs: 60_000, idleTimeoutMs: 60_000 };
const GRACE_MS = 1_500;
const TEXT = '{"choices":[{"delta":{"content":"whole"}}]}';
const FINISH = '{"choices":[{"delta":{},"finish_reason":"stop"}]}';
const USAGE = '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}';
const WEB_TEXT = webEvent({ phase: 'answer', delta_content: 'whole' });
const WEB_FINISH = webEvent({ phase: 'answer', choices: [{ delta: {}, finish_reason: 'stop' }] });

describe('After the finish reason', () => {
  let servers: TestServer[] = [];

  // No time passes but by `tick`.
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(async () => {
    mock.timers.reset();
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
  });

  interface Ending {
    outcome: Promise<Outcome>;
    /** The server's side, whose text and finish reason have arrived. */
    response: ServerResponse;
    /** Resolves when the server's side of the connection is closed. */
    closed: Promise<unknown>;
  }

  async function ending({
    web = false,
    signal,
  }: {
    web?: boolean;
    signal?: AbortSignal;
  } = {}): Promise<Ending> {
    const responses: ServerResponse[] = [];
    const server = await listening(
      createServer((_, response) => {
        responses.push(response);
        response.write(`data: ${web ? WEB_TEXT : TEXT}\n\ndata: ${web ? WEB_FINISH : FINISH}\n\n`);
      }),
    );
    servers.push(server);
    const opened = await new Connection(PATIENT).open({
      method: 'GET',
      url: server.url,
      headers: {},
      signal,
    });
    const decoder: EventDecoder = web ? new WebEventDecoder() : new ChunkDecoder(() => 'new');
    const outcome = outcomeOf((sink) => readEvents(opened.body, decoder, sink));
    while (!decoder.complete) await turns(1);
    await turns();
    const [response] = responses;
    if (response === undefined) throw new Error('the server was not asked');
    return { outcome, response, closed: new Promise((resolve) => response.on('close', resolve)) };
  }

  function expectWhole({ text, finish, error }: Outcome): void {
    expect({ text, finish, error }).to.deep.equal({ text: 'whole', finish: 'stop', error: undefined });
  }

  for (const web of [false, true]) {
    const protocol = web ? 'the web protocol' : 'chat completions';

    it(`silence is waited for a second or two only, then the socket is closed (${protocol})`, async () => {
      const { outcome, closed } = await ending({ web });
      mock.timers.tick(GRACE_MS - 1);
      expect(await isSettled(outcome)).to.equal(false);
      mock.timers.tick(1);
      expectWhole(await outcome);
      await closed;
    });

    it(`neither comments nor events hold the answer open (${protocol})`, async () => {
      const { outcome, response, closed } = await ending({ web });
      for (let passed = 0; passed < GRACE_MS; passed += 100) {
        response.write(': keep-alive\n\ndata: {"type":"ping"}\n\n');
        expect(await isSettled(outcome)).to.equal(false);
        mock.timers.tick(100);
      }
      expectWhole(await outcome);
      await closed;
    });

    it(`a lost connection is no error (${protocol})`, async () => {
      const { outcome, response } = await ending({ web });
      response.socket?.resetAndDestroy();
      expectWhole(await outcome);
    });
  }

  it('usage is taken, and the end event ends the answer at once', async () => {
    const { outcome, response } = await ending();
    response.write(`data: ${USAGE}\n\n`);
    expect(await isSettled(outcome)).to.equal(false);
    response.write('data: [DONE]\n\n');
    const whole = await outcome;
    expectWhole(whole);
    expect(whole.usage?.totalTokens).to.equal(3);
  });

  it('usage is taken where no end event follows', async () => {
    const { outcome, response } = await ending();
    response.write(`data: ${USAGE}\n\n`);
    expect(await isSettled(outcome)).to.equal(false);
    mock.timers.tick(GRACE_MS);
    const whole = await outcome;
    expectWhole(whole);
    expect(whole.usage?.totalTokens).to.equal(3);
  });

  it('more text is shown, however long it takes: some servers give the reason with every chunk', async () => {
    const { outcome, response } = await ending();
    for (let count = 0; count < 3; count += 1) {
      mock.timers.tick(GRACE_MS - 100);
      response.write('data: {"choices":[{"delta":{"content":"."},"finish_reason":"stop"}]}\n\n');
      expect(await isSettled(outcome)).to.equal(false);
    }
    response.end();
    const { text, finish } = await outcome;
    expect({ text, finish }).to.deep.equal({ text: 'whole...', finish: 'stop' });
  });

  it('a client that leaves is still told apart', async () => {
    const left = new AbortController();
    const { outcome } = await ending({ signal: left.signal });
    left.abort();
    const { error, finish } = await outcome;
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
    const answer = pulled((sink) => readEvents(response.body, new ChunkDecoder(() => 'new'), sink));
    await answer.next();
    expect((await rejectionOf(answer.next())).code).to.equal('upstream_connection_lost');
  });
});
