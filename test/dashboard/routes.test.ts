import { expect } from 'chai';
import supertest from 'supertest';
import { REQUEST_FIELDS } from '../../src/stats/request-fields.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { StoreUnavailableError } from '../../src/store/store.js';
import { composedApp } from '../support/app.js';
import { chatBody, type Json, jsonOf, KEY, RawClient, type Rig, useGateway } from '../support/gateway.js';

const HOSTILE = '<script>alert(1)</script>"';

const read = async (rig: Rig, name: string): Promise<Json> =>
  jsonOf(await fetch(`${rig.url}/dashboard/${name}`));

/** The statistics once so many requests are counted: they are written a few times a second. */
async function statsOf(rig: Rig, total: number): Promise<Json> {
  for (;;) {
    const stats = await read(rig, 'stats');
    if (stats.TotalRequests >= total) return stats;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('The dashboard’s figures', () => {
  const rig = useGateway({ form: 'zai', env: { API_KEYS: 'ann:key-of-ann', RATE_LIMIT: '4' } });
  const ann = { authorization: 'Bearer key-of-ann', 'user-agent': HOSTILE };
  let since: number;

  it('are zero before the first request', async () => {
    since = Date.now();
    expect(await read(rig, 'stats')).to.include({
      TotalRequests: 0,
      SuccessfulRequests: 0,
      FailedRequests: 0,
      LastRequestTime: null,
      AverageResponseTime: 0,
      success_rate: null,
    });
    expect(await read(rig, 'requests')).to.deep.equal([]);
  });

  it('count exactly the POSTs to completion endpoints, however they ended', async () => {
    // 4 admitted, of which one fails, one is unreadable and one for no model; then one too many.
    await (await rig.ask('sim:say(secret answer)', { stream: false, headers: ann })).text();
    await (await rig.ask('sim:status=401', { headers: ann })).text();
    await (await rig.post('{"half', { headers: ann })).text();
    await (await rig.ask('hi', { model: 'no-such-model', headers: ann })).text();
    const limited = await rig.ask('hi', { headers: ann });
    expect(limited.status).to.equal(429);
    await (await rig.ask('hi', { headers: { authorization: 'Bearer canary-key' } })).text();
    await (await rig.ask('secret prompt sim:events=3', { stream: true })).text();
    const client = await RawClient.connect(rig.port);
    client.post(chatBody('sim:stall', { stream: true }), ['x-request-id: left']);
    await client.until(/"content":"./);
    client.leave();
    await rig.recordOf('left');
    for (const path of ['/', '/healthz', '/readyz', '/v1/models', '/v1/chat/completions', '/nothing'])
      await (await fetch(`${rig.url}${path}`)).text();
    await (await fetch(`${rig.url}/v1/chat/completions`, { method: 'OPTIONS' })).text();
    await (await fetch(`${rig.url}/chat/completions`, { method: 'POST' })).text();

    const stats = await statsOf(rig, 8);
    expect(stats).to.include({ TotalRequests: 8, SuccessfulRequests: 2, FailedRequests: 5 });
    const counted = Object.entries(stats.outcomes).filter(([, count]) => count !== 0);
    expect(Object.fromEntries(counted)).to.deep.equal({
      ok: 2,
      caller_error: 3,
      rate_limited: 1,
      upstream_error: 1,
      cancelled: 1,
    });
    expect(stats.success_rate).to.be.closeTo(2 / 7, 1e-9);
  });

  it('include the names and units of the original dashboard', async () => {
    const stats = await read(rig, 'stats');
    expect(stats).to.include({
      total_requests: stats.TotalRequests,
      successful_requests: stats.SuccessfulRequests,
      failed_requests: stats.FailedRequests,
      cancelled_requests: 1,
    });
    expect(stats.FailedRequests).to.equal(stats.TotalRequests - stats.SuccessfulRequests - 1);
    const total = rig.records.reduce((sum, { durationMs }) => sum + Math.round(durationMs), 0);
    expect(stats.AverageResponseTime).to.equal(Math.round((total / 8) * 1e6));
    expect(stats.average_response_ms).to.be.closeTo(total / 8, 1e-6);
    expect(Date.parse(stats.LastRequestTime)).to.equal(
      Math.max(...rig.records.map(({ finishedAt }) => finishedAt)),
    );
    expect(Date.parse(stats.LastRequestTime)).to.be.within(since, Date.now());
    expect(stats.response_ms.p50).to.be.at.most(stats.response_ms.p99);
    expect(stats.first_token_ms.p95).to.be.a('number');
    expect(stats.tokens_out).to.be.greaterThan(0);
  });

  it('name the replicas, and what each is doing', async () => {
    const { replicas } = await read(rig, 'stats');
    expect(replicas).to.have.length(1);
    expect(replicas[0]).to.have.all.keys(
      'id',
      'version',
      'started_at',
      'in_flight',
      'event_loop_lag_ms',
      'memory_bytes',
      'redis_latency_ms',
      'silent_ms',
      'draining_since',
      'degraded_at',
    );
    expect(replicas[0].id).to.equal(rig.gateway.replica);
    expect(replicas[0].memory_bytes).to.be.greaterThan(10_000_000);
  });

  it('list the requests newest first with their replicas, without prompts or answers', async () => {
    const requests = await read(rig, 'requests');
    expect(requests).to.have.length(8);
    const times = requests.map(({ timestamp }: Json) => Date.parse(timestamp));
    expect(times).to.deep.equal([...times].sort((one, other) => other - one));
    const finished = rig.records.map(({ requestId }) => requestId);
    expect(requests.map(({ id }: Json) => id)).to.have.members(finished);
    for (const request of requests) {
      expect(request).to.include({
        method: 'POST',
        path: '/v1/chat/completions',
        client_address: '127.0.0.1',
        replica: rig.gateway.replica,
      });
      expect(request).to.have.all.keys(...REQUEST_FIELDS.flatMap(({ json }) => json ?? []));
    }
    const text = JSON.stringify(requests);
    expect(text).not.to.match(/secret|canary|key-of-ann/);
    expect(text).not.to.contain(KEY);
  });

  it('show the outcome of each request', async () => {
    const requests: Json[] = await read(rig, 'requests');
    const only = (outcome: string) => requests.filter((request) => request.outcome === outcome);
    expect(only('rate_limited')[0]).to.include({ status: 429, key: 'ann', model: null });
    expect(only('cancelled')[0]).to.include({ status: 499, key: 'public', streamed: true, model: 'GLM-4.5' });
    expect(only('caller_error').map(({ status }) => status)).to.have.members([400, 401, 404]);
    expect(only('caller_error').find(({ status }) => status === 401)).to.include({ key: null, model: null });
    const whole = only('ok').find(({ streamed }) => !streamed);
    expect(whole).to.include({ status: 200, key: 'ann', code: null, model: 'GLM-4.5' });
    expect(whole.tokens_out).to.be.a('number');
    expect(whole.duration).to.be.a('number');
    expect(whole.first_token).to.be.at.most(whole.duration);
  });

  it('keep a hostile user agent as data, and clip a long one', async () => {
    const response = await fetch(`${rig.url}/dashboard/requests`);
    expect(response.headers.get('content-type')).to.match(/^application\/json/);
    expect(response.headers.get('x-content-type-options')).to.equal('nosniff');
    const agents = ((await jsonOf(response)) as Json[]).map(({ user_agent }) => user_agent);
    expect(agents).to.include(HOSTILE);
    const client = await RawClient.connect(rig.port);
    client.post(chatBody('sim:say(x)', { stream: false }), [
      `User-Agent: ${'x'.repeat(300)}`,
      'x-request-id: long',
      'Connection: close',
    ]);
    await client.closed();
    expect((await rig.recordOf('long')).userAgent).to.have.length(200);
  });
});

describe('The path of a request', () => {
  const rig = useGateway({ form: 'zai' });

  it('is recorded as the route’s path, however the client wrote it', async () => {
    const ids: string[] = [];
    for (const path of ['/V1/Chat/COMPLETIONS', '/v1/chat/completions/', '/v1/chat/completions?key=secret']) {
      const id = rig.newId();
      ids.push(id);
      const response = await fetch(`${rig.url}${path}`, { method: 'POST', headers: { 'x-request-id': id } });
      expect(response.status).to.equal(401);
    }
    for (const id of ids) expect((await rig.recordOf(id)).path).to.equal('/v1/chat/completions');
  });
});

describe('The list of requests', () => {
  it('has the newest 100 at most', async () => {
    const store = new MemoryStore();
    const record = (index: number) => ({
      requestId: `request-${index}`,
      finishedAt: 1_000_000 + index,
      method: 'POST',
      path: '/v1/chat/completions',
      streamed: false,
      status: 200,
      outcome: 'ok',
      durationMs: 5,
      clientAddress: '192.0.2.1',
      userAgent: '',
    });
    const requests = Array.from({ length: 250 }, (_, index) => record(index)) as Json;
    const labels = { model: new Map(), key: new Map(), error: new Map(), group: new Map() };
    const counters = new Map();
    await store.recordBatch({
      replica: 'one',
      number: 1,
      requests,
      counters,
      labels,
      addresses: new Map(),
      usage: [],
    });
    const { body } = await supertest(composedApp({ store })).get('/dashboard/requests');
    expect(body).to.have.length(100);
    expect([body[0].id, body[99].id]).to.deep.equal(['request-249', 'request-150']);
  });
});

describe('The dashboard without its store', () => {
  class AwayStore extends MemoryStore {
    override readCounters = () => Promise.reject(new StoreUnavailableError('secret reason'));
    override readRequests = () => Promise.reject(new StoreUnavailableError('secret reason'));
  }

  it('says that there are no figures now, and fills no log with it', async () => {
    const lines: unknown[] = [];
    const log = { error: (...args: unknown[]) => lines.push(args) } as Json;
    const app = composedApp({ store: new AwayStore(), log });
    for (const path of ['/dashboard/stats', '/dashboard/requests']) {
      const { status, body, headers } = await supertest(app).get(path);
      expect(status).to.equal(503);
      expect(body.error.code).to.equal('store_unavailable');
      expect(JSON.stringify(body)).not.to.contain('secret');
      expect(headers['cache-control']).to.equal('no-store');
    }
    expect(lines).to.deep.equal([]);
  });
});
