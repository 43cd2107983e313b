import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/logger.js';
import { openSharedState } from '../../src/store/shared-state.js';
import { chatBody, dataOf, errorOf, RawClient, Rig, type RigOptions } from '../support/gateway.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';

describe('A drain', () => {
  let rig: Rig;
  afterEach(() => rig.stop());

  async function start(env: Record<string, string>, options: RigOptions = {}): Promise<Rig> {
    rig = await new Rig().start({ form: 'zai', env, ...options });
    return rig;
  }

  const readyz = async () => {
    const response = await fetch(`${rig.url}/readyz`);
    return [response.status, await response.text()];
  };

  it('answers /readyz with 503 at once, serves for DRAIN_DELAY, then accepts no connections', async () => {
    await start({ DRAIN_DELAY: '400' });
    expect(await readyz()).to.deep.equal([200, '{"status":"ready"}']);
    const begun = performance.now();
    const drained = rig.gateway.drain();
    expect(await readyz()).to.deep.equal([503, '{"status":"draining"}']);
    expect(await (await fetch(`${rig.url}/healthz`)).text()).to.equal('{"status":"ok"}');
    const response = await rig.ask('sim:say(still served)', { stream: false });
    expect(response.headers.get('connection')).to.equal('close');
    expect(await response.text()).to.contain('still served');
    await drained;
    expect(performance.now() - begun).to.be.at.least(395);
    expect(await rig.ask('hi').catch((error: Error) => error)).to.be.instanceOf(TypeError);
  });

  it('lets an open stream finish, and ends with it', async () => {
    await start({ DRAIN_TIMEOUT: '60000' });
    const response = await rig.ask('sim:events=10 sim:pace=30', { stream: true });
    const drained = rig.gateway.drain();
    expect(dataOf(await response.text()).at(-1)).to.equal('[DONE]');
    const finished = performance.now();
    await drained;
    // Neither DRAIN_TIMEOUT nor the time for which connections are kept is waited for.
    expect(performance.now() - finished).to.be.lessThan(30_000);
    expect(await rig.recordOf(response)).to.include({ outcome: 'ok', status: 200 });
  });

  it('does not wait for idle connections', async () => {
    await start({ DRAIN_TIMEOUT: '60000' });
    const silent = await RawClient.connect(rig.port);
    const used = await RawClient.connect(rig.port);
    used.write('GET /healthz HTTP/1.1', 'Host: gateway', '', '');
    await used.until(/"ok"}/);
    const begun = performance.now();
    await rig.gateway.drain();
    expect(performance.now() - begun).to.be.lessThan(30_000);
    await Promise.all([silent.closed(), used.closed()]);
  });

  it('ends a stream that outlasts DRAIN_TIMEOUT with an error event', async () => {
    await start({ DRAIN_TIMEOUT: '150' });
    const response = await rig.ask('sim:stall', { stream: true });
    const closed = rig.upstreamClosed();
    const begun = performance.now();
    const drained = rig.gateway.drain();
    const data = dataOf(await response.text());
    expect(data.at(-2).error).to.include({ type: 'server_error', code: 'shutting_down' });
    expect(data.at(-1)).to.equal('[DONE]');
    expect(data.some((chunk) => chunk.choices?.[0]?.finish_reason)).to.equal(false);
    expect(await closed).to.include({ closedEarly: true });
    await drained;
    expect(performance.now() - begun).to.be.at.least(145);
    expect(await rig.recordOf(response)).to.include({
      outcome: 'gateway_error',
      code: 'shutting_down',
      status: 503,
    });
    // Foreseen, hence one warning and no stack.
    expect(rig.log).to.contain('open requests are ended (1)').and.not.to.contain('unexpected error');
  });

  it('ends non-streaming requests that outlast it with a 503 that clients may retry', async () => {
    await start({ DRAIN_TIMEOUT: '150' });
    const answers = ['sim:stall', 'sim:delay=60000', 'sim:headers-then-delay=60000'].map((word, index) =>
      rig.ask(word, { stream: index === 2 }),
    );
    while (rig.upstreamChats.length < answers.length) await rig.upstreamRequest();
    const drained = rig.gateway.drain();
    for (const response of await Promise.all(answers)) {
      expect(response.status).to.equal(503);
      expect(response.headers.get('retry-after')).to.equal('1');
      expect((await errorOf(response)).code).to.equal('shutting_down');
    }
    await drained;
  });

  it('does not wait for clients that do not read, or never finish their body', async () => {
    await start({ DRAIN_TIMEOUT: '100' });
    const stuck = await RawClient.connect(rig.port);
    stuck.socket.pause();
    const asked = rig.upstreamRequest();
    stuck.post(chatBody('sim:document=64000000', { stream: true }), ['x-request-id: stuck']);
    await asked;
    const half = await RawClient.connect(rig.port);
    half.post('{"model":', ['x-request-id: half', 'Expect: 100-continue'], 1_000);
    await half.until(/^HTTP\/1\.1 100 /);
    await rig.gateway.drain();
    for (const id of ['stuck', 'half']) expect((await rig.recordOf(id)).code, id).to.equal('shutting_down');
    stuck.leave();
    half.leave();
  });

  it('counts a client that disconnected before as cancelled', async () => {
    await start({ DRAIN_TIMEOUT: '5000' });
    const client = await RawClient.connect(rig.port);
    client.post(chatBody('sim:stall', { stream: true }), ['x-request-id: left']);
    await client.until(/"content":"./);
    const drained = rig.gateway.drain();
    client.leave();
    await drained;
    expect(await rig.recordOf('left')).to.include({ outcome: 'cancelled', status: 499 });
  });

  describe('with Redis', () => {
    let redis: RedisServer;
    before(async function () {
      needs(this, 'redis-server');
      redis = await startRedis();
    });
    after(() => redis?.stop());

    it('writes the last statistics before it ends', async () => {
      const env = { REDIS_URL: redis.url };
      await start(env);
      const answers = await Promise.all([1, 2, 3].map(() => rig.ask('sim:say(x)', { stream: false })));
      await Promise.all(answers.map((answer) => answer.text()));
      await rig.gateway.drain();
      const config = loadConfig({ ...env, LOG_LEVEL: 'silent', DEBUG_MODE: 'false' });
      const { store } = await openSharedState(config, createLogger(config));
      try {
        expect((await store.readCounters(['total']))[0]).to.include({ ok: 3 });
        expect(await store.readRequests(10)).to.have.length(3);
      } finally {
        await store.close();
      }
    });
  });
});
