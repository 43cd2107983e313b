import { expect } from 'chai';
import { dataOf, type Json, KEY, Rig } from '../support/gateway.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { until } from '../support/redis.js';

const KEYS = 'ann:sk-ann,bob:sk-bob';

describe('An upstream that admits few requests', () => {
  let upstream: LimitedUpstream;
  let rig: Rig;

  const start = async (slots: number, env: Record<string, string> = {}, gateway = {}) => {
    upstream = await new LimitedUpstream(slots).start();
    rig = await new Rig().start({
      form: 'zai',
      env: {
        METRICS_PORT: '0',
        UPSTREAM_URL: upstream.url,
        UPSTREAM_PROTOCOL: 'openai',
        API_KEYS: KEYS,
        ...env,
      },
      gateway,
    });
  };
  afterEach(async () => {
    await rig.stop();
    await upstream.stop();
  });

  const ask = (ms: number, more: Json = {}, key = KEY) =>
    rig.ask(`ms=${ms}`, { model: 'glm-4.6', headers: { authorization: `Bearer ${key}` }, ...more });
  /** Occupies a slot until `upstream.release()`. @returns The request. */
  const hold = async (key = KEY): Promise<{ response: Promise<Response> }> => {
    const response = rig.ask('held', { model: 'glm-4.6', headers: { authorization: `Bearer ${key}` } });
    await until(() => upstream.inFlight === 1);
    return { response };
  };
  /** Resolves once so many requests wait. */
  const queued = (count: number) =>
    until(async () => {
      const url = /http:\/\/[\d.:]+\/metrics/.exec(rig.log)?.[0] ?? '';
      return (await (await fetch(url)).text()).includes(`\nztoapi_requests_queued ${count}\n`);
    });
  const textOf = async (response: Response) => (await response.json()) as Json;

  it('serves all requests of a burst once its limit was learnt from the first refusals', async () => {
    await start(2);
    const responses = await Promise.all(Array.from({ length: 8 }, () => ask(100)));
    expect(responses.map(({ status }) => status)).to.deep.equal(Array(8).fill(200));
    for (const response of responses)
      expect((await textOf(response)).choices[0].message.content).to.equal('done');
    expect(upstream.mostInFlight).to.equal(2);
    expect(upstream.refused).to.be.within(1, 6);
    const learnt = upstream.refused;
    await Promise.all(Array.from({ length: 8 }, () => ask(50)));
    expect(upstream.refused).to.equal(learnt);
  });

  it('reports the wait of a request in a header, Server-Timing, record and log', async () => {
    await start(1, { UPSTREAM_SLOTS: '1' });
    const first = ask(300, { stream: true });
    await until(() => upstream.inFlight === 1);
    const second = await ask(10, { stream: true });
    expect((await first).headers.get('x-queue-wait-ms')).to.equal(null);
    expect(Number(second.headers.get('x-queue-wait-ms'))).to.be.within(150, 60_000);
    expect(second.headers.get('server-timing')).to.match(/^gateway;dur=[\d.]+, queue;dur=[\d.]+$/);
    await second.text();
    const record = await rig.recordOf(second);
    expect(record.queueMs).to.be.within(150, 60_000);
    expect(record.ownMs).to.be.below(record.queueMs ?? 0);
    expect(record.slotMs).to.be.within(10, (record.durationMs ?? 0) - (record.queueMs ?? 0));
    const before = await rig.recordOf(await first);
    expect(before.queueMs).to.equal(undefined);
    expect(before.slotMs).to.be.within(300, before.durationMs);
    expect([before.slotGroup, record.slotGroup]).to.deep.equal(['default/glm-4.6', 'default/glm-4.6']);
    await until(() => rig.log.includes('"queueMs":'));
  });

  it('counts no slot time while no limit is known, nor for calls that the upstream refused', async () => {
    await start(1);
    const alone = await ask(10);
    expect(await rig.recordOf(alone)).to.include({ slotMs: undefined, slotGroup: undefined });
    const first = ask(1_000);
    await until(() => upstream.inFlight === 1);
    const refused = await rig.recordOf(await ask(10));
    expect(upstream.refused).to.equal(1);
    expect(refused.queueMs).to.be.within(500, 60_000);
    expect(refused.slotMs).to.be.within(10, refused.durationMs - (refused.queueMs ?? 0));
    expect((await rig.recordOf(await first)).slotMs).to.be.within(1_000, 60_000);
  });

  it('sends a waiting stream its place in comments, and its total wait in the last one', async () => {
    await start(
      1,
      { UPSTREAM_SLOTS: '1' },
      {
        streamTiming: { beginAfterMs: 50, keepAliveMs: 100, clientStallMs: 600_000 },
      },
    );
    const first = ask(3_000);
    await until(() => upstream.inFlight === 1);
    const text = await (await ask(10, { stream: true })).text();
    expect(text).to.match(/^: queued\n\n/);
    expect(text).to.contain(': queued 1 of 1\n\n');
    expect(text).to.match(/: x-queue-wait-ms \d{4}\n\ndata: /);
    expect(dataOf(text).at(-1)).to.equal('[DONE]');
    expect((await first).status).to.equal(200);
  });

  it('rejects a request after its time limit with Retry-After, without asking the upstream', async () => {
    await start(1, { UPSTREAM_SLOTS: '1', QUEUE_TIMEOUT: '200', QUEUE_STREAM_TIMEOUT: '300' });
    const first = await hold();
    for (const stream of [false, true]) {
      const response = await ask(10, { stream });
      expect(response.status).to.equal(429);
      expect(Number(response.headers.get('retry-after'))).to.be.within(1, 300);
      expect((await textOf(response)).error).to.include({ type: 'rate_limit_error', code: 'queue_timeout' });
      expect(Number(response.headers.get('x-queue-wait-ms'))).to.be.within(190, 60_000);
      expect(response.headers.get('server-timing')).to.match(/, queue;dur=[\d.]+$/);
      const record = await rig.recordOf(response);
      expect(record).to.include({ outcome: 'rate_limited', status: 429, slotMs: undefined });
      expect(record.slotGroup).to.equal('default/glm-4.6');
      expect(record.queueMs).to.be.within(190, 60_000);
    }
    upstream.release();
    await first.response;
    expect(upstream.calls).to.equal(1);
  });

  it('sends a stream that has begun its wait in a comment before the error', async () => {
    const streamTiming = { beginAfterMs: 50, keepAliveMs: 100, clientStallMs: 600_000 };
    await start(1, { UPSTREAM_SLOTS: '1', QUEUE_STREAM_TIMEOUT: '400' }, { streamTiming });
    const first = await hold();
    const text = await (await ask(10, { stream: true })).text();
    expect(text).to.match(/: x-queue-wait-ms \d+\n\ndata: \{"error":.*"queue_timeout"/);
    upstream.release();
    await first.response;
  });

  it('rejects a request likewise that is refused again and again', async () => {
    await start(0, { QUEUE_TIMEOUT: '500' });
    const response = await ask(10);
    expect((await textOf(response)).error.code).to.equal('queue_timeout');
    expect(upstream.calls).to.equal(1);
  });

  it('rejects at once if a key, or all keys together, have too many waiting requests', async () => {
    await start(1, { UPSTREAM_SLOTS: '1', QUEUE_LIMIT: '1', QUEUE_LIMIT_TOTAL: '2' });
    const waiting = [(await hold('sk-ann')).response];
    waiting.push(ask(10, {}, 'sk-ann'));
    await queued(1);
    const ofKey = await ask(10, {}, 'sk-ann');
    expect((await textOf(ofKey)).error).to.include({ code: 'queue_full' });
    expect(ofKey.headers.get('x-queue-wait-ms')).to.equal(null);
    expect((await rig.recordOf(ofKey)).queueMs).to.equal(undefined);
    waiting.push(ask(10, {}, 'sk-bob'));
    await queued(2);
    const ofAll = await ask(10);
    expect((await textOf(ofAll)).error).to.include({ code: 'queue_full' });
    expect(ofAll.headers.get('retry-after')).to.match(/^\d+$/);
    const scraped = await (await fetch(/http:\/\/[\d.:]+\/metrics/.exec(rig.log)?.[0] ?? '')).text();
    expect(scraped)
      .to.contain('\nztoapi_queue_slots{group="default/glm-4.6"} 1\n')
      .and.contain('\nztoapi_queue_slots_in_use{group="default/glm-4.6"} 1\n')
      .and.contain('\nztoapi_queue_waiting{group="default/glm-4.6"} 2\n');
    upstream.release();
    for (const response of await Promise.all(waiting)) expect(response.status).to.equal(200);
  });

  it('is never asked for a client that left while it waited', async () => {
    await start(1, { UPSTREAM_SLOTS: '1' });
    const first = await hold();
    const leaving = new AbortController();
    const left = ask(10, { signal: leaving.signal, headers: { 'x-request-id': 'left' } }).catch(
      () => undefined,
    );
    await queued(1);
    leaving.abort();
    await left;
    const next = ask(10);
    await queued(1);
    upstream.release();
    expect((await next).status).to.equal(200);
    await first.response;
    expect(upstream.calls).to.equal(2);
    await until(() => rig.records.some(({ outcome }) => outcome === 'cancelled'));
  });

  it('serves the key with the least use first, and flex requests last', async () => {
    await start(1, { UPSTREAM_SLOTS: '1' });
    const order: string[] = [];
    const send = async (name: string, key: string, ms: number, more: Json = {}) => {
      await ask(ms, more, key);
      order.push(name);
    };
    const first = await hold('sk-ann');
    const all: Promise<void>[] = [];
    for (const [name, key, more] of [
      ['ann-2', 'sk-ann', {}],
      ['flex', 'sk-bob', { service_tier: 'flex' }],
      ['ann-3', 'sk-ann', {}],
      ['bob', 'sk-bob', {}],
    ] as const) {
      all.push(send(name, key, 50, more));
      await queued(all.length);
    }
    upstream.release();
    await Promise.all([first.response, ...all]);
    expect(order).to.deep.equal(['bob', 'ann-2', 'ann-3', 'flex']);
  });

  for (const [path, body] of [
    ['/v1/embeddings', { model: 'glm-4.6', input: 'ms=50' }],
    ['/v1/rerank', { model: 'glm-4.6', query: 'ms=50', documents: ['x'] }],
  ] as const) {
    const vectors = (more: RequestInit = {}) =>
      fetch(`${rig.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...more,
      });

    it(`answers ${path} from the same slots as completions`, async () => {
      await start(1, { UPSTREAM_SLOTS: '1' });
      const first = ask(300);
      await until(() => upstream.inFlight === 1);
      const responses = await Promise.all([vectors(), vectors()]);
      for (const response of responses) {
        expect(response.status).to.equal(200);
        expect(Number(response.headers.get('x-queue-wait-ms'))).to.be.within(100, 60_000);
        expect(response.headers.get('server-timing')).to.match(/^gateway;dur=[\d.]+, queue;dur=[\d.]+$/);
        expect((await textOf(response)).usage.total_tokens).to.equal(3);
        expect((await rig.recordOf(response)).queueMs).to.be.within(100, 60_000);
      }
      expect((await first).status).to.equal(200);
      expect([upstream.calls, upstream.refused, upstream.mostInFlight]).to.deep.equal([3, 0, 1]);
    });

    it(`lets ${path} wait after a refusal, and never asks for a client that left`, async () => {
      await start(1);
      const first = await hold();
      const refused = vectors();
      await queued(1);
      const leaving = new AbortController();
      const left = vectors({ signal: leaving.signal }).catch(() => undefined);
      await queued(2);
      leaving.abort();
      await left;
      await queued(1);
      upstream.release();
      expect((await refused).status).to.equal(200);
      await first.response;
      expect([upstream.calls, upstream.refused]).to.deep.equal([3, 1]);
      await until(() => rig.records.some(({ outcome }) => outcome === 'cancelled'));
    });
  }
});
