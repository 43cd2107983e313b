import { expect } from 'chai';
import { KEY } from '../support/gateway.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { until } from '../support/redis.js';
import { NEVER, PARENT, TRACE, TRACEPARENT, useTracedGateway } from './support.js';

describe('Traces', () => {
  const traced = useTracedGateway();
  const spanIdOf = (traceparent: unknown) => String(traceparent).split('-')[2];

  for (const protocol of ['http/protobuf', 'http/json']) {
    for (const stream of [true, false]) {
      it(`go from the client’s traceparent to the upstream’s, over ${protocol}, stream: ${stream}`, async () => {
        await traced.start({
          env: { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b' },
        });
        const response = await traced.rig.ask('sim:say(hello)', {
          stream,
          headers: { traceparent: TRACEPARENT, ...NEVER },
        });
        await response.text();
        const { server, children, names, attempts } = await traced.traceOf(response);
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
          'server.port': Number(new URL(traced.rig.simulator.url).port),
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
          'service.instance.id': traced.rig.gateway.replica,
        });
        const [{ headers } = { headers: {} as Record<string, unknown> }] = traced.rig.upstreamChats;
        expect(headers.traceparent).to.equal(`00-${TRACE}-${attempt?.spanId}-01`);
        expect(headers).not.to.have.any.keys('tracestate', 'baggage');
        expect(server.traceState).to.equal('');
        expect(traced.receiver.headers[0]).to.include({ 'x-team': 'a b' });
        const record = await traced.rig.recordOf(response);
        expect(record.traceId).to.equal(TRACE);
        expect(traced.rig.logLines.find(({ outcome }) => outcome === 'ok')).to.include({ traceId: TRACE });
      });
    }
  }

  it('begin here for a client that has none', async () => {
    await traced.start();
    const response = await traced.rig.ask('Hi', { stream: false });
    const { server } = await traced.traceOf(response);
    expect(server.parentSpanId).to.equal('');
    expect(server.traceId).to.match(/^[0-9a-f]{32}$/);
    expect((await traced.rig.recordOf(response)).traceId).to.equal(server.traceId);
  });

  it('have a span for each attempt, and the upstream knows each by its own', async () => {
    await traced.start();
    const response = await traced.rig.ask('sim:status=503 sim:times=1', {
      stream: true,
      headers: { traceparent: TRACEPARENT },
    });
    expect(await response.text()).to.contain('[DONE]');
    const { attempts, server } = await traced.traceOf(response);
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
    const sent = traced.rig.upstreamChats.map(({ headers }) => spanIdOf(headers.traceparent));
    expect(sent).to.deep.equal([failed?.spanId, good?.spanId]);
  });

  it('show a failure of the upstream at the attempt and at the request', async () => {
    await traced.start();
    const response = await traced.rig.ask('sim:status=500', { stream: false });
    expect(response.status).to.equal(502);
    const { attempts, server } = await traced.traceOf(response);
    expect(attempts).to.have.length(3);
    expect(server).to.include({ status: 2 });
    expect(server.attributes).to.include({
      'error.type': 'upstream_error',
      'http.response.status_code': 502,
    });
  });

  it('show an error in the middle of a stream, after its status 200', async () => {
    await traced.start();
    const response = await traced.rig.ask('sim:error-mid', { stream: true });
    await response.text();
    const { attempts, server } = await traced.traceOf(response);
    expect(attempts.at(-1)).to.include({ status: 2 });
    expect(server).to.include({ status: 2 });
    expect(server.attributes).to.include({ 'http.response.status_code': 200 });
  });

  it('end with the client that leaves', async () => {
    await traced.start();
    const controller = new AbortController();
    const id = traced.rig.newId();
    const response = await traced.rig.ask('sim:stall', {
      stream: true,
      signal: controller.signal,
      headers: { 'x-request-id': id },
    });
    await response.body?.getReader().read();
    const closed = traced.rig.upstreamClosed();
    controller.abort();
    await closed;
    const { server, attempts } = await traced.receiver.trace(
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
    await traced.start({ env: { PUBLIC_RATE_LIMIT: '1' } });
    await (await traced.rig.ask('Hi')).text();
    const response = await traced.rig.ask('Hi');
    expect(response.status).to.equal(429);
    const { server, names, children } = await traced.traceOf(response);
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
    await traced.start();
    const response = await traced.rig.ask('Hi', { headers: { authorization: 'Bearer sk-canary-key' } });
    expect(response.status).to.equal(401);
    const { server } = await traced.traceOf(response);
    expect(server.attributes).to.include({ 'http.response.status_code': 401 });
    expect(server.attributes).not.to.have.property('ztoapi.key.name');
  });

  it('show how long a request waited for a slot', async () => {
    const upstream = await new LimitedUpstream(1).start();
    try {
      await traced.start({
        env: { UPSTREAM_URL: upstream.url, UPSTREAM_PROTOCOL: 'openai', UPSTREAM_SLOTS: '1' },
      });
      const first = traced.rig.ask('ms=300', { model: 'glm-4.6' });
      await until(() => upstream.inFlight === 1);
      const second = await traced.rig.ask('ms=10', { model: 'glm-4.6' });
      await second.text();
      const { children, attempts } = await traced.traceOf(second);
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
      await traced.start({ env: { UPSTREAM_URL: upstream.url, UPSTREAM_PROTOCOL: 'openai' } });
      const responses = await Promise.all([1, 2, 3].map(() => traced.rig.ask('ms=50', { model: 'glm-4.6' })));
      for (const response of responses) await response.text();
      const traces = await Promise.all(responses.map((response) => traced.traceOf(response)));
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
    await traced.start({ form: 'web' });
    const response = await traced.rig.ask('sim:say(hello)', { stream: true });
    await response.text();
    const { names } = await traced.traceOf(response);
    expect(names).to.deep.equal([
      'authenticate and limit',
      'wait for slot',
      'get guest token',
      'chat 0727-360B-API',
    ]);
    const [{ headers } = { headers: {} as Record<string, unknown> }] = traced.rig.upstreamChats;
    expect(headers.traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('have embeddings with their usage', async () => {
    await traced.start();
    const response = await fetch(`${traced.rig.url}/v1/embeddings`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        traceparent: TRACEPARENT,
      },
      body: JSON.stringify({ model: 'embedding-3', input: ['canary text'] }),
    });
    await response.text();
    const { server, attempts } = await traced.traceOf(response);
    expect(server.name).to.equal('POST /v1/embeddings');
    expect(attempts.map(({ name }) => name)).to.deep.equal(['embeddings embedding-3']);
    expect(attempts[0]?.attributes['gen_ai.usage.input_tokens']).to.be.greaterThan(0);
    expect(attempts[0]?.endMs).to.be.at.most(server.endMs);
  });
});
