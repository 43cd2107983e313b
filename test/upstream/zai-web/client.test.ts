import { getEventListeners, once } from 'node:events';
import { expect } from 'chai';
import type { CompletionEvent } from '../../../src/completion/event.js';
import { type Simulator, startSimulator } from '../../../src/simulator/server.js';
import { Connection, type Timeouts } from '../../../src/upstream/transport/connection.js';
import { ZaiWebUpstream } from '../../../src/upstream/zai-web/client.js';
import { APIUserAbortError } from '../../../src/vocabulary/errors.js';
import { pulled } from '../../support/pulled.js';
import { startJsonServer, startProxy } from '../servers.js';
import { contextWith, outcomeOf, rejectionOf, request } from '../support.js';

const PATIENT: Timeouts = { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000 };

function optionsFor(url: string, zaiToken: string | undefined) {
  return {
    upstreamUrl: `${url}/api/chat/completions`,
    zaiToken,
    upstreamFeVersion: 'prod-fe-1.2.3',
    upstreamUserAgent: 'zto-api/test',
  };
}

describe('ZaiWebUpstream', () => {
  const accountToken = 'account-token';
  let simulator: Simulator;

  let connections = 0;

  before(async () => {
    simulator = await startSimulator({ paceMs: 0, accountToken });
  });
  after(() => simulator.close());
  beforeEach(() => {
    simulator.requests.length = 0;
    connections = 0;
  });

  function upstream(
    zaiToken: string | undefined = accountToken,
    timeouts: Partial<Timeouts> = {},
  ): ZaiWebUpstream {
    return new ZaiWebUpstream(
      new Connection({ ...PATIENT, ...timeouts }),
      optionsFor(simulator.url, zaiToken),
    );
  }

  function guests(url = simulator.url): ZaiWebUpstream {
    return new ZaiWebUpstream(new Connection(PATIENT), optionsFor(url, undefined));
  }

  function ask(question: string, client = upstream(), context = contextWith()) {
    return outcomeOf((sink) => client.stream(request(question), context, sink));
  }

  it('streams an answer with its thinking and usage', async () => {
    const asked = request('Why is the sky blue?', { thinking: true });
    const { reasoning, text, usage, finish } = await outcomeOf((sink) =>
      upstream().stream(asked, contextWith(), sink),
    );
    expect(text).to.contain('Simulated answer').and.contain('Why is the sky blue?');
    expect(reasoning)
      .to.contain('\n    return answer\n')
      .and.not.match(/<details|^>/m);
    expect(usage?.totalTokens).to.be.above(0);
    expect(finish).to.equal('stop');
  });

  it('sends plain headers, and the body of the web chat', async () => {
    await ask('Hi');
    const [{ headers, body, path } = { headers: {}, body: {}, path: '' }] = simulator.requests;
    expect(path).to.equal('/api/chat/completions');
    expect(headers).to.include({
      authorization: `Bearer ${accountToken}`,
      'content-type': 'application/json',
      'user-agent': 'zto-api/test',
      'x-fe-version': 'prod-fe-1.2.3',
      'x-request-id': 'test-request',
      referer: `${simulator.url}/c/${body.chat_id}`,
    });
    expect(Object.keys(headers).filter((name) => /^sec-|signature|^cookie$/.test(name))).to.deep.equal([]);
    expect(body).to.include({ stream: true, model: 'GLM-4-6-API-V1' });
  });

  it('yields the events of one read as one array, never an empty one', async () => {
    const sizes: number[] = [];
    for await (const events of pulled((sink) =>
      upstream().stream(request('sim:events=500'), contextWith(), sink),
    ))
      sizes.push(events.length);
    expect(Math.min(...sizes)).to.be.above(0);
    expect(sizes.length).to.be.below(100);
  });

  it('yields calls that are written as text, never an empty array while they are held back', async () => {
    const asked = request('sim:tools sim:pace=1', { tools: [{ name: 'now' }, { name: 'later' }] });
    const arrays: CompletionEvent[][] = [];
    await upstream().stream(asked, contextWith(), {
      push: (events) => {
        arrays.push(events);
        return undefined;
      },
    });
    expect(Math.min(...arrays.map((events) => events.length))).to.be.above(0);
    expect(arrays.flat().filter(({ type }) => type === 'tool-call-start')).to.have.length(1);
    expect(arrays.flat().some(({ type }) => type === 'text-delta')).to.equal(false);
  });

  it('has the models of the web chat', async () => {
    const models = await upstream().models();
    expect(models.find(({ name }) => name === 'GLM-4.5')).to.include({
      name: 'GLM-4.5',
      id: '0727-360B-API',
      created: 1_754_006_400,
      ownedBy: 'z.ai',
    });
  });

  describe('guest tokens', () => {
    it('are minted by a plain request', async () => {
      const token = await guests().mintGuestToken();
      expect(simulator.minted.at(-1)).to.equal(token);
      const [{ headers, path } = { headers: {}, path: '' }] = simulator.requests;
      expect(path).to.equal('/api/v1/auths/');
      expect(headers).to.not.have.any.keys('authorization', 'cookie');
    });

    it('are new each time', async () => {
      const client = guests();
      expect(await client.mintGuestToken()).to.not.equal(await client.mintGuestToken());
    });

    it('are claimed where no token is configured, and only there', async () => {
      const guest = guests();
      const { text } = await ask(
        'sim:say(hello)',
        guest,
        contextWith(undefined, () => guest.mintGuestToken()),
      );
      expect(text).to.equal('hello');
      const never = () => Promise.reject(new Error('claimed'));
      expect((await ask('sim:say(hello)', upstream(), contextWith(undefined, never))).text).to.equal('hello');
    });

    it('are dropped on 401 and replaced once', async () => {
      const guest = guests();
      const tokens = ['stale', await guest.mintGuestToken()];
      const context = contextWith(undefined, async () => tokens.shift() ?? 'none');
      expect((await ask('sim:say(hello)', guest, context)).text).to.equal('hello');
      expect(context.dropped).to.deep.equal(['stale']);
    });

    it('that are refused twice make a 502, without more tries', async () => {
      const guest = guests();
      const { error } = await ask(
        'Hi',
        guest,
        contextWith(undefined, async () => 'stale'),
      );
      expect(error).to.include({ status: 502, code: 'upstream_unauthorized' });
      expect(simulator.requests).to.have.length(2);
    });

    it('are not the cure for a configured token that is refused', async () => {
      const { error } = await ask('Hi', upstream('wrong'));
      expect(error).to.include({ status: 502, code: 'upstream_unauthorized' });
      expect(simulator.requests).to.have.length(1);
    });

    for (const [status, code] of [
      [405, 'upstream_refused'],
      [429, 'upstream_busy'],
      [500, 'upstream_error'],
    ] as const) {
      it(`that cannot be minted (${status}) make ${code}`, async () => {
        simulator.setMintStatus(status);
        try {
          expect(await rejectionOf(guests().mintGuestToken())).to.include({ code });
        } finally {
          simulator.setMintStatus(undefined);
        }
      });
    }

    it('must be fit for a header', async () => {
      for (const token of ['', 'two words', 'line\nbreak', '令牌', 7, undefined]) {
        const server = await startJsonServer({ token });
        try {
          expect(await rejectionOf(guests(server.url).mintGuestToken())).to.include({
            code: 'upstream_no_guest_token',
          });
        } finally {
          await server.close();
        }
      }
    });
  });

  describe('failures', () => {
    /** Words of the simulator, what becomes of them, and how often they are tried. */
    const cases: [word: string, status: number, code: string, tries: number][] = [
      ['status=400-signature', 502, 'upstream_refused', 1],
      ['status=403', 502, 'upstream_refused', 1],
      ['status=405', 502, 'upstream_refused', 1],
      ['status=426', 502, 'upstream_refused', 1],
      ['status=400-busy sim:retry-after=6', 429, 'upstream_busy', 1],
      ['status=429-concurrency sim:retry-after=6', 429, 'upstream_busy', 1],
      ['status=503', 503, 'upstream_error', 3],
      // A Retry-After of more than 5 s is not waited for.
      ['status=503 sim:retry-after=6', 503, 'upstream_error', 1],
      ['gzip-error sim:retry-after=6', 502, 'upstream_error', 1],
      ['html-error sim:retry-after=6', 502, 'upstream_error', 1],
      ['empty-error sim:retry-after=6', 502, 'upstream_error', 1],
      ['broken-json-error sim:retry-after=6', 502, 'upstream_error', 1],
      ['html-200', 502, 'upstream_not_a_stream', 1],
      ['captcha', 502, 'upstream_refused', 1],
      ['level', 502, 'upstream_refused', 1],
      ['empty', 502, 'upstream_empty', 1],
      ['s5', 502, 'upstream_empty', 1],
      ['s6-f5', 502, 'upstream_refused', 1],
      ['cut sim:after=0', 502, 'upstream_connection_lost', 3],
    ];
    for (const [word, status, code, tries] of cases) {
      it(`sim:${word} is ${code} (${status}) after ${tries} ${tries > 1 ? 'tries' : 'try'}`, async () => {
        const { error, text } = await ask(`sim:${word}`);
        expect(error).to.include({ status, code });
        expect(text).to.equal('');
        expect(simulator.requests).to.have.length(tries);
      });
    }

    for (const word of ['json-200', 's6-f1', 'status=429 sim:retry-after=0']) {
      it(`sim:${word} that happens once is not seen by the caller`, async () => {
        const { error, finish } = await ask(`sim:${word} sim:times=1 once more`);
        expect({ error, finish }).to.deep.equal({ error: undefined, finish: 'stop' });
        expect(simulator.requests).to.have.length(2);
      });
    }

    it('after the first array are told, not retried', async () => {
      for (const [word, code] of [
        ['error-mid sim:pace=1', 'upstream_busy'],
        ['truncate', 'upstream_truncated'],
        ['cut sim:pace=1', 'upstream_connection_lost'],
        ['s7', 'upstream_busy'],
      ] as const) {
        simulator.requests.length = 0;
        const { error, text, finish } = await ask(`sim:${word}`);
        expect(error?.code, word).to.equal(code);
        expect(text, word).to.not.equal('');
        expect(finish, word).to.equal(undefined);
        expect(simulator.requests).to.have.length(1);
      }
    });

    it('are none where the finish reason has come and the end event lacks', async () => {
      const { error, finish } = await ask('sim:no-done');
      expect({ error, finish }).to.deep.equal({ error: undefined, finish: 'stop' });
    });

    it('end the first event’s wait, and the silence in between', async () => {
      const quick = upstream(accountToken, { firstByteTimeoutMs: 80, idleTimeoutMs: 80 });
      for (const word of ['delay=5000', 'headers-then-delay=5000', 'stall']) {
        const { error } = await ask(`sim:${word}`, quick);
        expect(error, word).to.include({ status: 504, code: 'upstream_timeout' });
      }
      while (simulator.openStreams > 0) await once(simulator.events, 'close');
    });
  });

  it('takes a line of megabytes, and ends at 10 MiB', async () => {
    expect((await ask('sim:huge-line=3000000')).text).to.have.length(3_000_000);
    expect((await ask('sim:huge-line=11000000')).error?.code).to.equal('upstream_event_too_large');
  });

  it('takes a document of many megabytes, and ends at 32 MiB', async () => {
    const { error, text } = await ask('sim:document=34000000');
    expect(error?.code).to.equal('upstream_answer_too_large');
    expect(text.length).to.be.within(30_000_000, 32 * 1024 * 1024);
  });

  it('keeps its socket over 20 answers, and closes it when the consumer stops early', async () => {
    const counting = await startProxy(simulator.url, () => {
      connections += 1;
    });
    try {
      const client = new ZaiWebUpstream(new Connection(PATIENT), optionsFor(counting.url, accountToken));
      for (let i = 0; i < 20; i++) {
        expect((await ask('Hi', client)).finish).to.equal('stop');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(connections).to.equal(1);
      const closed = once(simulator.events, 'close');
      const stalled = pulled((sink) => client.stream(request('sim:stall'), contextWith(), sink));
      for await (const _ of stalled) break;
      const [{ closedEarly }] = await closed;
      expect(closedEarly).to.equal(true);
    } finally {
      await counting.close();
    }
  });

  describe('an abort', () => {
    const phases: [phase: string, question: string, arrays: number][] = [
      ['before the head', 'sim:delay=5000', 0],
      ['before the first byte', 'sim:headers-then-delay=5000', 0],
      ['in the middle of the answer', 'sim:stall', 1],
    ];
    for (const [phase, question, arrays] of phases) {
      it(`${phase} closes the upstream’s socket`, async () => {
        const left = new AbortController();
        const begun = once(simulator.events, 'request');
        const answer = pulled((sink) => upstream().stream(request(question), contextWith(left.signal), sink));
        for (let i = 0; i < arrays; i++) await answer.next();
        const rejection = rejectionOf(answer.next());
        await begun;
        const closed = once(simulator.events, 'close');
        left.abort();
        const [{ closedEarly }] = await closed;
        expect(await rejection).to.be.instanceOf(APIUserAbortError);
        expect(closedEarly).to.equal(true);
        expect(getEventListeners(left.signal, 'abort')).to.have.length(0);
      });
    }

    it('while waiting for a guest token sends nothing', async () => {
      const left = new AbortController();
      const waiting = () =>
        new Promise<string>((_, reject) => {
          left.signal.addEventListener('abort', () => reject(new APIUserAbortError()), { once: true });
        });
      const outcome = ask('Hi', guests(), contextWith(left.signal, waiting));
      await new Promise(setImmediate);
      left.abort();
      expect((await outcome).error).to.be.instanceOf(APIUserAbortError);
      expect(simulator.requests).to.deep.equal([]);
    });

    it('during the backoff ends it, and nothing is sent again', async () => {
      const left = new AbortController();
      const refused = once(simulator.events, 'close');
      const outcome = ask('sim:status=429 sim:retry-after=5', upstream(), contextWith(left.signal));
      await refused;
      await new Promise((resolve) => setTimeout(resolve, 20));
      const startedAt = performance.now();
      left.abort();
      expect((await outcome).error).to.be.instanceOf(APIUserAbortError);
      // A few turns of the event loop; else it would be the five seconds that were asked for.
      expect(performance.now() - startedAt).to.be.below(3_000);
      expect(simulator.requests).to.have.length(1);
    });

    it('leaves no listener behind after many answers on one signal', async () => {
      const { signal } = new AbortController();
      for (const question of ['Hi', 'sim:status=403', 'sim:s6-f1 sim:times=1', 'sim:truncate', 'Hi again']) {
        await ask(question, upstream(), contextWith(signal));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(getEventListeners(signal, 'abort')).to.have.length(0);
    });
  });

  it('holds the upstream back while its consumer does not read', async () => {
    const answer = pulled((sink) => upstream().stream(request('sim:document=64000000'), contextWith(), sink));
    await answer.next();
    const [sent = { bytesWritten: 0 }] = simulator.requests;
    let before = -1;
    while (before !== sent.bytesWritten) {
      before = sent.bytesWritten;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(sent.bytesWritten).to.be.below(16_000_000);
    await answer.return();
  });
});
