import { connect } from 'node:net';
import { expect } from 'chai';
import { KEY, Rig, type RigOptions } from '../support/gateway.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { until } from '../support/redis.js';
import { Receiver } from './receiver.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const NEVER = { tracestate: 'vendor=canary-state', baggage: 'user=canary-baggage' };

describe('Traces', () => {
  let receiver: Receiver;
  let rig: Rig;

  const start = async ({ env, ...options }: RigOptions = {}) => {
    rig = await new Rig().start({
      form: 'zai',
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '20',
        ...env,
      },
      ...options,
    });
  };
  /** The trace of one request, by the id that its response has. */
  const traceOf = (response: Response) =>
    receiver.trace(
      ({ attributes }) => attributes['ztoapi.request.id'] === response.headers.get('x-request-id'),
    );
  const spanIdOf = (traceparent: unknown) => String(traceparent).split('-')[2];

  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await rig.stop();
    await receiver.close();
  });

  for (const protocol of ['http/protobuf', 'http/json']) {
    for (const stream of [true, false]) {
      it(`go from the client’s traceparent to the upstream’s, over ${protocol}, stream: ${stream}`, async () => {
        await start({
          env: { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b' },
        });
        const response = await rig.ask('sim:say(hello)', {
          stream,
          headers: { traceparent: TRACEPARENT, ...NEVER },
        });
        await response.text();
        const { server, children, names, attempts } = await traceOf(response);
        expect(server).to.include({
          name: 'POST /v1/chat/completions',
          traceId: TRACE,
          parentSpanId: PARENT,
        });
        expect(names).to.deep.equal(['authenticate and limit', 'wait for slot', 'chat glm-4.5']);
        for (const { traceId, startMs, endMs } of children) {
          expect(traceId).to.equal(TRACE);
          expect(startMs).to.be.at.least(server.startMs);
          expect(endMs).to.be.within(startMs, server.endMs);
        }
        const [attempt] = attempts;
        expect(attempt?.events).to.deep.equal(['first token']);
        expect(attempt?.attributes).to.include({
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'z_ai',
          'gen_ai.request.model': 'glm-4.5',
          'http.response.status_code': 200,
          'server.address': '127.0.0.1',
          'server.port': Number(new URL(rig.simulator.url).port),
        });
        expect(attempt?.attributes['gen_ai.response.finish_reasons']).to.deep.equal(['stop']);
        expect(attempt?.attributes['gen_ai.usage.input_tokens']).to.be.greaterThan(0);
        expect(attempt?.attributes['gen_ai.usage.output_tokens']).to.be.greaterThan(0);
        expect(attempt?.attributes['gen_ai.response.time_to_first_chunk']).to.be.greaterThan(0);
        expect(server.attributes).to.include({
          'http.request.method': 'POST',
          'http.route': '/v1/chat/completions',
          'http.response.status_code': 200,
          'ztoapi.outcome': 'ok',
          'ztoapi.key.name': 'public',
          'ztoapi.stream': stream,
        });
        expect(server.status).to.equal(0);
        expect(server.resource).to.include({
          'service.name': 'ztoapi',
          'service.instance.id': rig.gateway.replica,
        });
        const [{ headers } = { headers: {} as Record<string, unknown> }] = rig.upstreamChats;
        expect(headers.traceparent).to.equal(`00-${TRACE}-${attempt?.spanId}-01`);
        expect(headers).not.to.have.any.keys('tracestate', 'baggage');
        expect(server.traceState).to.equal('');
        expect(receiver.headers[0]).to.include({ 'x-team': 'a b' });
        const record = await rig.recordOf(response);
        expect(record.traceId).to.equal(TRACE);
        expect(rig.logLines.find(({ outcome }) => outcome === 'ok')).to.include({ traceId: TRACE });
      });
    }
  }

  it('begin here for a client that has none', async () => {
    await start();
    const response = await rig.ask('Hi', { stream: false });
    const { server } = await traceOf(response);
    expect(server.parentSpanId).to.equal('');
    expect(server.traceId).to.match(/^[0-9a-f]{32}$/);
    expect((await rig.recordOf(response)).traceId).to.equal(server.traceId);
  });

  it('have a span for each attempt, and the upstream knows each by its own', async () => {
    await start();
    const response = await rig.ask('sim:status=503 sim:times=1', {
      stream: true,
      headers: { traceparent: TRACEPARENT },
    });
    expect(await response.text()).to.contain('[DONE]');
    const { attempts, server } = await traceOf(response);
    const [failed, good] = attempts;
    expect(attempts).to.have.length(2);
    expect(failed).to.include({ status: 2 });
    expect(failed?.attributes).to.include({
      'http.response.status_code': 503,
      'error.type': 'overloaded',
    });
    expect(good?.attributes).to.include({ 'http.response.status_code': 200, 'http.request.resend_count': 1 });
    expect(good?.status).to.equal(0);
    expect(server.status).to.equal(0);
    const sent = rig.upstreamChats.map(({ headers }) => spanIdOf(headers.traceparent));
    expect(sent).to.deep.equal([failed?.spanId, good?.spanId]);
  });

  it('show a failure of the upstream at the attempt and at the request', async () => {
    await start();
    const response = await rig.ask('sim:status=500', { stream: false });
    expect(response.status).to.equal(502);
    const { attempts, server } = await traceOf(response);
    expect(attempts).to.have.length(3);
    expect(server).to.include({ status: 2 });
    expect(server.attributes).to.include({
      'error.type': 'upstream_error',
      'http.response.status_code': 502,
    });
  });

  it('show an error in the middle of a stream, after its status 200', async () => {
    await start();
    const response = await rig.ask('sim:error-mid', { stream: true });
    await response.text();
    const { attempts, server } = await traceOf(response);
    expect(attempts.at(-1)).to.include({ status: 2 });
    expect(server).to.include({ status: 2 });
    expect(server.attributes).to.include({ 'http.response.status_code': 200 });
  });

  it('end with the client that leaves', async () => {
    await start();
    const controller = new AbortController();
    const id = rig.newId();
    const response = await rig.ask('sim:stall', {
      stream: true,
      signal: controller.signal,
      headers: { 'x-request-id': id },
    });
    await response.body?.getReader().read();
    const closed = rig.upstreamClosed();
    controller.abort();
    await closed;
    const { server, attempts } = await receiver.trace(
      ({ attributes }) => attributes['ztoapi.request.id'] === id,
    );
    expect(server.attributes).to.include({ 'ztoapi.outcome': 'cancelled' });
    expect(server.status).to.equal(0);
    expect(attempts).to.have.length(1);
    expect(attempts[0]?.attributes).to.include({ 'error.type': 'cancelled' });
    expect(attempts[0]?.status).to.equal(0);
    expect(attempts[0]?.endMs).to.be.at.most(server.endMs);
  });

  it('tell of a request that is over its limit: nothing comes after the access', async () => {
    await start({ env: { PUBLIC_RATE_LIMIT: '1' } });
    await (await rig.ask('Hi')).text();
    const response = await rig.ask('Hi');
    expect(response.status).to.equal(429);
    const { server, names, children } = await traceOf(response);
    expect(names).to.deep.equal(['authenticate and limit']);
    expect(children[0]?.attributes).to.include({ 'error.type': 'rate_limit_exceeded' });
    expect(server.status).to.equal(0);
    expect(server.attributes).to.include({
      'http.response.status_code': 429,
      'ztoapi.outcome': 'rate_limited',
      'error.type': 'rate_limit_exceeded',
    });
  });

  it('tell of a wrong key, and never hold it', async () => {
    await start();
    const response = await rig.ask('Hi', { headers: { authorization: 'Bearer sk-canary-key' } });
    expect(response.status).to.equal(401);
    const { server } = await traceOf(response);
    expect(server.attributes).to.include({ 'http.response.status_code': 401 });
    expect(server.attributes).not.to.have.property('ztoapi.key.name');
  });

  it('show how long a request waited for a slot', async () => {
    const upstream = await new LimitedUpstream(1).start();
    try {
      await start({ env: { UPSTREAM_URL: upstream.url, UPSTREAM_PROTOCOL: 'openai', UPSTREAM_SLOTS: '1' } });
      const first = rig.ask('ms=300', { model: 'glm-4.6' });
      await until(() => upstream.inFlight === 1);
      const second = await rig.ask('ms=10', { model: 'glm-4.6' });
      await second.text();
      const { children, attempts } = await traceOf(second);
      const wait = children.find(({ name }) => name === 'wait for slot');
      expect(Number(wait && wait.endMs - wait.startMs)).to.be.greaterThan(150);
      expect(attempts[0]?.startMs).to.be.at.least(wait?.endMs ?? Number.POSITIVE_INFINITY);
      await (await first).text();
    } finally {
      await upstream.stop();
    }
  });

  it('show each wait of a request that the upstream refused for its own limit', async () => {
    const upstream = await new LimitedUpstream(1).start();
    try {
      await start({ env: { UPSTREAM_URL: upstream.url, UPSTREAM_PROTOCOL: 'openai' } });
      const responses = await Promise.all([1, 2, 3].map(() => rig.ask('ms=50', { model: 'glm-4.6' })));
      for (const response of responses) await response.text();
      const traces = await Promise.all(responses.map(traceOf));
      const refused = traces.filter(({ attempts }) => attempts.length > 1);
      expect(refused).not.to.have.length(0);
      for (const { names } of refused) {
        expect(names.slice(0, 5)).to.deep.equal([
          'authenticate and limit',
          'wait for slot',
          'chat glm-4.6',
          'wait for slot',
          'chat glm-4.6',
        ]);
      }
    } finally {
      await upstream.stop();
    }
  });

  it('show the guest token of the web chat, and the second one after a refusal', async () => {
    await start({ form: 'web' });
    const response = await rig.ask('sim:say(hello)', { stream: true });
    await response.text();
    const { names } = await traceOf(response);
    expect(names).to.deep.equal([
      'authenticate and limit',
      'wait for slot',
      'get guest token',
      'chat 0727-360B-API',
    ]);
    const [{ headers } = { headers: {} as Record<string, unknown> }] = rig.upstreamChats;
    expect(headers.traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('have embeddings with their usage', async () => {
    await start();
    const response = await fetch(`${rig.url}/v1/embeddings`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        traceparent: TRACEPARENT,
      },
      body: JSON.stringify({ model: 'embedding-3', input: ['canary text'] }),
    });
    await response.text();
    const { server, attempts } = await traceOf(response);
    expect(server.name).to.equal('POST /v1/embeddings');
    expect(attempts.map(({ name }) => name)).to.deep.equal(['embeddings embedding-3']);
    expect(attempts[0]?.attributes['gen_ai.usage.input_tokens']).to.be.greaterThan(0);
    expect(attempts[0]?.endMs).to.be.at.most(server.endMs);
  });

  it('are kept of the API only, by its routes and never by ids', async () => {
    await start();
    for (const path of ['/healthz', '/', '/dashboard', '/v1/responses/resp_canary', '/v1/no-such-canary']) {
      await (await fetch(`${rig.url}${path}`, { headers: { authorization: `Bearer ${KEY}` } })).text();
    }
    const last = await rig.ask('Hi', { stream: false });
    await traceOf(last);
    const servers = receiver.spans.filter(({ kind }) => kind === 2);
    expect(servers.map(({ name }) => name)).to.have.members([
      'GET /v1/responses/:id',
      'GET',
      'POST /v1/chat/completions',
    ]);
    expect(Buffer.concat(receiver.bodies).toString('latin1')).not.to.contain('canary');
  });

  it('hold no prompt, answer, key or credential', async () => {
    await start({ env: { ZAI_TOKEN: 'canary.credential', API_KEYS: 'ann:sk-canary-key' } });
    const response = await rig.ask('sim:say(canary-answer) canary-prompt', {
      headers: { authorization: 'Bearer sk-canary-key', ...NEVER },
      tools: [{ type: 'function', function: { name: 'canary_tool', parameters: { type: 'object' } } }],
      user: 'canary-user',
    });
    await response.text();
    await traceOf(response);
    expect(Buffer.concat(receiver.bodies).toString('latin1')).not.to.contain('canary');
  });

  describe('when the exporter cannot be reached', () => {
    it('cost no request anything, tell it once, and go on when it is back', async () => {
      const { port } = receiver;
      receiver.status = 500;
      await start();
      for (let turn = 0; turn < 5; turn += 1) {
        expect((await rig.ask('Hi', { stream: false })).status).to.equal(200);
        await receiver.news();
      }
      await until(() => rig.log.includes('traces cannot be exported'));
      receiver.status = 200;
      const response = await rig.ask('Hi', { stream: false });
      await traceOf(response);
      await until(() => rig.log.includes('traces are exported again'));
      expect(rig.log.split('traces cannot be exported')).to.have.length(2);
      expect(port).to.equal(receiver.port);
    });

    it('let the gateway end in time, though no answer comes', async () => {
      receiver.status = 0;
      await start();
      await (await rig.ask('Hi', { stream: false })).text();
      await receiver.news();
      const begun = performance.now();
      await rig.gateway.drain();
      expect(performance.now() - begun).to.be.lessThan(15_000);
    });
  });

  it('are flushed when the gateway drains', async () => {
    await start({ env: { OTEL_BSP_SCHEDULE_DELAY: '600000' } });
    await (await rig.ask('Hi', { stream: false })).text();
    expect(receiver.spans).to.deep.equal([]);
    await rig.gateway.drain();
    expect(receiver.spans.filter(({ kind }) => kind === 2)).to.have.length(1);
  });

  it('are sampled as the standard variables say, and the upstream is told', async () => {
    await start({ env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' } });
    const unsampled = await rig.ask('Hi', {
      stream: false,
      headers: { traceparent: `00-${TRACE}-${PARENT}-00` },
    });
    await unsampled.text();
    await (await rig.ask('Hi', { stream: false })).text();
    const sampled = await rig.ask('Hi', { stream: false, headers: { traceparent: TRACEPARENT } });
    await traceOf(sampled);
    expect(receiver.spans.filter(({ kind }) => kind === 2)).to.have.length(1);
    const [first, second] = rig.upstreamChats.map(({ headers }) => String(headers.traceparent));
    expect(first).to.match(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(second).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect((await rig.recordOf(unsampled)).traceId).to.equal(TRACE);
  });
});

describe('A traceparent without tracing', () => {
  const rig = new Rig();
  before(() => rig.start({ form: 'zai' }));
  after(() => rig.stop());

  const passedOn = async (headers: Record<string, string>) => {
    const response = await rig.ask('Hi', { stream: false, headers });
    expect(response.status).to.equal(200);
    const record = await rig.recordOf(response);
    return { record, headers: rig.upstreamChats.at(-1)?.headers ?? {} };
  };

  it('is passed on as it came, and stands in the record and the log', async () => {
    const { record, headers } = await passedOn({ traceparent: TRACEPARENT, ...NEVER });
    expect(headers.traceparent).to.equal(TRACEPARENT);
    expect(headers).not.to.have.any.keys('tracestate', 'baggage');
    expect(record.traceId).to.equal(TRACE);
    expect(rig.logLines.some(({ traceId }) => traceId === TRACE)).to.equal(true);
  });

  it('is left out if it is malformed, or missing', async () => {
    for (const traceparent of [
      '',
      'x',
      `00-${TRACE}-${PARENT}-01-more`,
      TRACEPARENT.toUpperCase(),
      `${TRACEPARENT}, ${TRACEPARENT}`,
    ]) {
      const { record, headers } = await passedOn(traceparent === '' ? {} : { traceparent });
      expect(headers, traceparent).not.to.have.property('traceparent');
      expect(record.traceId, traceparent).to.equal(undefined);
    }
  });

  it('of any bytes and length harms nothing', async () => {
    for (const value of [
      '\xff\xfe\x80',
      '-'.repeat(15_000),
      `00-${TRACE}-${PARENT}-01\t`,
      `01-${TRACE}-${PARENT}-ff-${'a'.repeat(10_000)}`,
    ]) {
      const socket = connect(rig.port, '127.0.0.1');
      const body = JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: 'Hi' }] });
      socket.write(
        Buffer.from(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\n` +
            `content-length: ${body.length}\r\nconnection: close\r\ntraceparent: ${value}\r\n\r\n${body}`,
          'latin1',
        ),
      );
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part);
      expect(Buffer.concat(parts).toString()).to.match(/^HTTP\/1\.1 200 /);
      const { headers } = rig.upstreamChats.at(-1) ?? {};
      expect(String(headers?.traceparent ?? '')).to.match(/^(00-[0-9a-f]{32}-[0-9a-f]{16}-0[01])?$/);
    }
  });
});
