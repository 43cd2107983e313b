import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { Metrics } from '../../src/metrics/metrics.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { recordOf } from '../stats/records.js';
import { chatBody, KEY, RawClient, type Rig, useGateway } from '../support/gateway.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';

/** Samples by `name{labels}`, of the metrics that are this project's own. */
type Samples = Record<string, number>;

function parse(text: string): Samples {
  const lines = text.split('\n').filter((line) => line.startsWith('ztoapi_'));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const addressOf = (rig: Rig) => /metrics at (\S+?\/metrics)/.exec(rig.log)?.[1] ?? '';
const scrape = async (rig: Rig) => (await fetch(addressOf(rig))).text();
const ROUTE = 'route="/v1/chat/completions"';

function record(fields: Partial<RequestRecord>): RequestRecord {
  return recordOf({
    durationMs: 1_500,
    firstTokenMs: undefined,
    ownMs: undefined,
    usage: undefined,
    streamed: false,
    ...fields,
  });
}

describe('Metrics', () => {
  const sources = {
    inFlight: () => 3,
    queued: () => 1,
    queue: {
      counts: () => ({ immediate: 5, byMessage: 4, byAsking: 1, timeouts: 2, leasesLost: 3 }),
      readGroups: async () => [
        { name: 'default/glm-4.6', slots: 2, inUse: 1, waiting: 7 },
        { name: 'spare/glm-4.6', slots: undefined, inUse: 0, waiting: 7 },
      ],
    },
    redis: undefined,
    guestTokens: () => ({ pooled: 2, failed: 1 }),
  };

  it('tell slots and waiting requests by group, and how slots were got', async () => {
    const samples = parse(await new Metrics(sources).registry.metrics());
    expect(samples).to.include({
      'ztoapi_queue_slots{group="default/glm-4.6"}': 2,
      'ztoapi_queue_slots_in_use{group="default/glm-4.6"}': 1,
      'ztoapi_queue_waiting{group="default/glm-4.6"}': 7,
      'ztoapi_queue_waiting{group="spare/glm-4.6"}': 7,
      'ztoapi_queue_grants_total{kind="immediate"}': 5,
      'ztoapi_queue_grants_total{kind="message"}': 4,
      'ztoapi_queue_grants_total{kind="asking"}': 1,
      ztoapi_queue_timeouts_total: 2,
      ztoapi_queue_leases_lost_total: 3,
    });
    expect(samples).not.to.have.property('ztoapi_queue_slots{group="spare/glm-4.6"}');
    const readGroups = () => Promise.reject(new Error('the store is away'));
    const away = parse(
      await new Metrics({ ...sources, queue: { ...sources.queue, readGroups } }).registry.metrics(),
    );
    expect(Object.keys(away).some((name) => name.startsWith('ztoapi_queue_slots'))).to.equal(false);
    expect(away).to.include({ ztoapi_queue_timeouts_total: 2 });
  });

  it('count requests and tokens by key where that is wanted, up to 200 names', async () => {
    const metrics = new Metrics({ ...sources, countsKeys: true });
    const usage = { promptTokens: 3, completionTokens: 4, totalTokens: 7 };
    for (let index = 0; index < 300; index += 1) metrics.record(record({ keyName: `k${index}`, usage }));
    metrics.record(record({ keyName: undefined, outcome: 'caller_error', status: 401 }));
    const samples = parse(await metrics.registry.metrics());
    expect(samples).to.include({
      'ztoapi_key_requests_total{key="k0",outcome="ok"}': 1,
      'ztoapi_key_requests_total{key="other",outcome="ok"}': 100,
      'ztoapi_key_requests_total{key="none",outcome="caller_error"}': 1,
      'ztoapi_key_tokens_total{key="k1",direction="out"}': 4,
    });
    expect(Object.keys(samples).filter((name) => name.includes('key_requests'))).to.have.length(202);
    const without = parse(await new Metrics(sources).registry.metrics());
    expect(Object.keys(without).some((name) => name.includes('key_'))).to.equal(false);
  });

  it('tell the waits for slots by group', async () => {
    const metrics = new Metrics(sources);
    metrics.record(record({ queueMs: 400, slotGroup: 'default/glm-4.6' }));
    for (let index = 0; index < 100; index += 1)
      metrics.record(record({ queueMs: 1_000, slotGroup: `g-${index}` }));
    metrics.record(record({}));
    const samples = parse(await metrics.registry.metrics());
    expect(samples).to.include({
      [`ztoapi_queue_wait_seconds_sum{${ROUTE},group="default/glm-4.6"}`]: 0.4,
      [`ztoapi_queue_wait_seconds_count{${ROUTE},group="default/glm-4.6"}`]: 1,
      [`ztoapi_queue_wait_seconds_count{${ROUTE},group="other"}`]: 1,
    });
  });

  it('count requests and tokens by label, and durations in seconds', async () => {
    const metrics = new Metrics(sources);
    const usage = { promptTokens: 10, completionTokens: 5, totalTokens: 15 } as RequestRecord['usage'];
    metrics.record(record({ usage, firstTokenMs: 300, ownMs: 2 }));
    metrics.record(record({ usage, durationMs: 40 }));
    metrics.record(record({ outcome: 'rate_limited', model: undefined }));
    const samples = parse(await metrics.registry.metrics());
    expect(samples).to.include({
      [`ztoapi_requests_total{${ROUTE},model="GLM-4.5",outcome="ok"}`]: 2,
      [`ztoapi_requests_total{${ROUTE},model="unknown",outcome="rate_limited"}`]: 1,
      [`ztoapi_request_duration_seconds_sum{${ROUTE}}`]: 3.04,
      [`ztoapi_request_duration_seconds_count{${ROUTE}}`]: 3,
      [`ztoapi_request_duration_seconds_bucket{le="0.05",${ROUTE}}`]: 1,
      [`ztoapi_time_to_first_token_seconds_sum{${ROUTE}}`]: 0.3,
      [`ztoapi_time_to_first_token_seconds_count{${ROUTE}}`]: 1,
      [`ztoapi_overhead_seconds_sum{${ROUTE}}`]: 0.002,
      'ztoapi_tokens_total{model="GLM-4.5",direction="in"}': 20,
      'ztoapi_tokens_total{model="GLM-4.5",direction="out"}': 10,
      ztoapi_requests_in_flight: 3,
      'ztoapi_guest_tokens_total{source="pooled"}': 2,
      'ztoapi_guest_tokens_total{source="failed"}': 1,
    });
  });

  it('include the state of Redis when it is configured', async () => {
    const redis = { down: undefined as string | undefined, latencyMs: 1.5 };
    const metrics = new Metrics({ ...sources, redis });
    const up = parse(await metrics.registry.metrics());
    expect(up).to.include({ ztoapi_redis_up: 1, ztoapi_redis_latency_seconds: 0.0015 });
    redis.down = 'gone';
    expect(parse(await metrics.registry.metrics())).to.include({ ztoapi_redis_up: 0 });
    const alone = await new Metrics(sources).registry.metrics();
    expect(alone).not.to.contain('redis');
  });

  it('have labels for at most 50 models, and none for unknown ones', async () => {
    const metrics = new Metrics(sources);
    for (let index = 0; index < 80; index += 1) {
      metrics.record(record({ model: `model-${index}` }));
      metrics.record(
        record({ model: `invented-${index}`, code: 'model_not_found', outcome: 'caller_error' }),
      );
    }
    metrics.record(record({ model: 'model-7' }));
    const samples = parse(await metrics.registry.metrics());
    const models = Object.keys(samples).filter((name) => name.startsWith('ztoapi_requests_total'));
    expect(models).to.have.length(50 + 2);
    expect(samples).to.include({
      [`ztoapi_requests_total{${ROUTE},model="other",outcome="ok"}`]: 30,
      [`ztoapi_requests_total{${ROUTE},model="unknown",outcome="caller_error"}`]: 80,
      [`ztoapi_requests_total{${ROUTE},model="model-7",outcome="ok"}`]: 2,
    });
  });
});

describe('The metrics of a gateway', () => {
  const rig = useGateway({ form: 'zai', env: { METRICS_PORT: '0', API_KEYS: 'ann:canary-key' } });

  it('are served at a free port for METRICS_PORT=0, which is logged', async () => {
    const { hostname, port } = new URL(addressOf(rig));
    expect(hostname).to.equal('127.0.0.1');
    expect(Number(port)).to.be.greaterThan(0).and.not.to.equal(rig.port);
    const response = await fetch(addressOf(rig));
    expect(response.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).to.match(/^# TYPE process_cpu_seconds_total counter$/m);
    expect((await fetch(`${addressOf(rig)}?name[]=x`)).status).to.equal(200);
  });

  it('are served at no other path, and not at the port for clients', async () => {
    const { origin } = new URL(addressOf(rig));
    for (const path of ['/', '/v1/models', '/metricsx', '/metrics/x', '/dashboard/stats'])
      expect((await fetch(`${origin}${path}`)).status, path).to.equal(404);
    expect((await fetch(`${rig.url}/metrics`)).status).to.equal(404);
  });

  it('are updated when requests end', async () => {
    const headers = { authorization: 'Bearer canary-key', 'user-agent': 'canary-agent' };
    const answers = [
      await rig.ask('canary prompt sim:say(canary answer)', { stream: false, headers }),
      await rig.ask('sim:events=3', { stream: true, headers }),
      await rig.ask('sim:error-mid', { stream: true, headers }),
      await rig.ask('hi', { model: 'canary-model', headers }),
      await rig.ask('hi', { headers: { authorization: 'Bearer canary-wrong' } }),
    ];
    for (const answer of answers) {
      await answer.text();
      await rig.recordOf(answer);
    }
    const other = await fetch(`${rig.url}/V1/CHAT/completions/?x=canary`, { method: 'POST' });
    await rig.recordOf(other);
    const text = await scrape(rig);
    const samples = parse(text);
    const requests = Object.entries(samples).filter(([name]) => name.startsWith('ztoapi_requests_total'));
    expect(Object.fromEntries(requests)).to.deep.equal({
      [`ztoapi_requests_total{${ROUTE},model="GLM-4.5",outcome="ok"}`]: 2,
      [`ztoapi_requests_total{${ROUTE},model="GLM-4.5",outcome="upstream_error"}`]: 1,
      [`ztoapi_requests_total{${ROUTE},model="unknown",outcome="caller_error"}`]: 3,
    });
    const tokens = rig.records.reduce((sum, { usage }) => sum + (usage?.completionTokens ?? 0), 0);
    expect(tokens).to.be.greaterThan(0);
    expect(samples['ztoapi_tokens_total{model="GLM-4.5",direction="out"}']).to.equal(tokens);
    expect(samples[`ztoapi_request_duration_seconds_count{${ROUTE}}`]).to.equal(6);
    const seconds = rig.records.reduce((sum, { durationMs }) => sum + durationMs / 1000, 0);
    expect(samples[`ztoapi_request_duration_seconds_sum{${ROUTE}}`]).to.be.closeTo(seconds, 1e-6);
    expect(text).not.to.match(/canary/);
    expect(text).not.to.contain(KEY);
  });

  it('include the open requests', async () => {
    expect(parse(await scrape(rig)).ztoapi_requests_in_flight).to.equal(0);
    const client = await RawClient.connect(rig.port);
    client.post(chatBody('sim:stall', { stream: true }), ['x-request-id: open']);
    await client.until(/"content":"./);
    expect(parse(await scrape(rig)).ztoapi_requests_in_flight).to.equal(1);
    client.leave();
    await rig.recordOf('open');
    expect(parse(await scrape(rig)).ztoapi_requests_in_flight).to.equal(0);
  });
});

describe('A gateway whose METRICS_PORT is taken', () => {
  const taken = createServer();
  before(async () => {
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    env.METRICS_PORT = String((taken.address() as AddressInfo).port);
  });
  after(() => taken.close());
  const env: Record<string, string> = {};
  const rig = useGateway({ form: 'zai', env });

  it('logs a warning and serves clients', async () => {
    const warning = rig.logLines.find(({ msg }) => msg.includes('METRICS_PORT'));
    expect(warning).to.include({
      level: 40,
      msg: `metrics are off: port ${env.METRICS_PORT} (METRICS_PORT) cannot be used`,
    });
    expect(await rig.say('sim:say(fine)')).to.equal('fine');
  });
});

describe('A gateway without METRICS_PORT', () => {
  const rig = useGateway({ form: 'zai' });

  it('serves no metrics', async () => {
    expect(rig.log).not.to.contain('metrics');
    expect((await fetch(`${rig.url}/metrics`)).status).to.equal(404);
  });
});

describe('The metrics of guests and of Redis', () => {
  let redis: RedisServer;
  const env: Record<string, string> = { METRICS_PORT: '0' };
  before(async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
    env.REDIS_URL = redis.url;
  });
  after(() => redis?.stop());
  const rig = useGateway({ form: 'web', env });

  it('come from the running gateway', async () => {
    expect(await rig.say('sim:say(hello)')).to.equal('hello');
    const samples = parse(await scrape(rig));
    expect(samples['ztoapi_guest_tokens_total{source="minted"}']).to.be.at.least(1);
    expect(samples.ztoapi_redis_up).to.equal(1);
    expect(samples.ztoapi_redis_latency_seconds).to.be.within(1e-6, 1);
  });
});
