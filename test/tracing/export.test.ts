import { expect } from 'chai';
import { KEY } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { NEVER, PARENT, TRACE, TRACEPARENT, useTracedGateway } from './support.js';

describe('Traces that are exported', () => {
  const traced = useTracedGateway();

  it('are kept of the API only, by its routes and never by ids', async () => {
    await traced.start();
    for (const path of ['/healthz', '/', '/dashboard', '/v1/responses/resp_canary', '/v1/no-such-canary']) {
      await (await fetch(`${traced.rig.url}${path}`, { headers: { authorization: `Bearer ${KEY}` } })).text();
    }
    const last = await traced.rig.ask('Hi', { stream: false });
    await traced.traceOf(last);
    const servers = traced.receiver.spans.filter(({ kind }) => kind === 2);
    expect(servers.map(({ name }) => name)).to.have.members([
      'GET /v1/responses/:id',
      'GET',
      'POST /v1/chat/completions',
    ]);
    expect(Buffer.concat(traced.receiver.bodies).toString('latin1')).not.to.contain('canary');
  });

  it('hold no prompt, answer, key or credential', async () => {
    await traced.start({ env: { ZAI_TOKEN: 'canary.credential', API_KEYS: 'ann:sk-canary-key' } });
    const response = await traced.rig.ask('sim:say(canary-answer) canary-prompt', {
      headers: { authorization: 'Bearer sk-canary-key', ...NEVER },
      tools: [{ type: 'function', function: { name: 'canary_tool', parameters: { type: 'object' } } }],
      user: 'canary-user',
    });
    await response.text();
    await traced.traceOf(response);
    expect(Buffer.concat(traced.receiver.bodies).toString('latin1')).not.to.contain('canary');
  });

  describe('when the exporter cannot be reached', () => {
    it('cost no request anything, tell it once, and go on when it is back', async () => {
      const { port } = traced.receiver;
      traced.receiver.status = 500;
      await traced.start();
      for (let turn = 0; turn < 5; turn += 1) {
        expect((await traced.rig.ask('Hi', { stream: false })).status).to.equal(200);
        await traced.receiver.news();
      }
      await until(() => traced.rig.log.includes('traces cannot be exported'));
      traced.receiver.status = 200;
      const response = await traced.rig.ask('Hi', { stream: false });
      await traced.traceOf(response);
      await until(() => traced.rig.log.includes('traces are exported again'));
      expect(traced.rig.log.split('traces cannot be exported')).to.have.length(2);
      expect(port).to.equal(traced.receiver.port);
    });

    it('let the gateway end in time, though no answer comes', async () => {
      traced.receiver.status = 0;
      await traced.start();
      await (await traced.rig.ask('Hi', { stream: false })).text();
      await traced.receiver.news();
      const begun = performance.now();
      await traced.rig.gateway.drain();
      expect(performance.now() - begun).to.be.lessThan(15_000);
    });
  });

  it('are flushed when the gateway drains', async () => {
    await traced.start({ env: { OTEL_BSP_SCHEDULE_DELAY: '600000' } });
    await (await traced.rig.ask('Hi', { stream: false })).text();
    expect(traced.receiver.spans).to.deep.equal([]);
    await traced.rig.gateway.drain();
    expect(traced.receiver.spans.filter(({ kind }) => kind === 2)).to.have.length(1);
  });

  it('are sampled as the standard variables say, and the upstream is told', async () => {
    await traced.start({ env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' } });
    const unsampled = await traced.rig.ask('Hi', {
      stream: false,
      headers: { traceparent: `00-${TRACE}-${PARENT}-00` },
    });
    await unsampled.text();
    await (await traced.rig.ask('Hi', { stream: false })).text();
    const sampled = await traced.rig.ask('Hi', { stream: false, headers: { traceparent: TRACEPARENT } });
    await traced.traceOf(sampled);
    expect(traced.receiver.spans.filter(({ kind }) => kind === 2)).to.have.length(1);
    const [first, second] = traced.rig.upstreamChats.map(({ headers }) => String(headers.traceparent));
    expect(first).to.match(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(second).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect((await traced.rig.recordOf(unsampled)).traceId).to.equal(TRACE);
  });
});
