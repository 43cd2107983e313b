import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { errorOf, type Json, jsonOf, Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

const NAMES = ['one', 'two', 'three'] as const;
const TOKENS = { one: 'canary1.secret', two: 'canary2.secret', three: 'canary3.secret' };
const MODEL = 'GLM-5.3';

/** Conversations that grow, and what of their prompts was cached. */
class Conversations {
  readonly #all: Json[][];
  /** Tokens that one account for all would have had in its cache. */
  ideal = 0;
  cached = 0;
  readonly #lengths: number[];
  statuses = new Set<number>();

  constructor(count: number) {
    this.#all = Array.from({ length: count }, (_, index) => [
      { role: 'user', content: `Conversation ${index}: ${'what is love? '.repeat(20)}` },
    ]);
    this.#lengths = this.#all.map(() => 0);
  }

  /** One turn of each, at the same time. */
  async continue(gateways: readonly Rig[]): Promise<void> {
    await Promise.all(this.#all.map((_, index) => this.#ask(index, gateways)));
  }

  async #ask(index: number, gateways: readonly Rig[]): Promise<void> {
    const messages = this.#all[index] ?? [];
    const rig = gateways[(index + messages.length) % gateways.length] as Rig;
    const response = await rig.post(JSON.stringify({ model: MODEL, stream: false, messages }));
    this.statuses.add(response.status);
    const { choices, usage } = (await response.json()) as Json;
    this.ideal += this.#lengths[index] ?? 0;
    this.cached += usage?.prompt_tokens_details?.cached_tokens ?? 0;
    this.#lengths[index] = usage?.prompt_tokens ?? 0;
    messages.push(choices?.[0]?.message ?? {}, { role: 'user', content: 'And then?' });
  }
}

describe('A credential that fails at night', () => {
  let redis: RedisServer;
  let simulators: Record<(typeof NAMES)[number], Simulator>;
  let gateways: Rig[];

  before(async function () {
    needs(this, 'redis-server');
  });
  beforeEach(async () => {
    redis = await startRedis();
    gateways = [];
    const started = await Promise.all(
      NAMES.map((name) => startSimulator({ paceMs: 0, promptCache: true, apiKey: TOKENS[name] })),
    );
    simulators = Object.fromEntries(NAMES.map((name, at) => [name, started[at]])) as typeof simulators;
  });
  afterEach(async () => {
    await Promise.all(gateways.map((rig) => rig.stop()));
    await Promise.all(Object.values(simulators).map((simulator) => simulator.close()));
    await redis.stop('SIGTERM');
  });

  const fileOf = (names: readonly (typeof NAMES)[number][]) => {
    const entries = names.map(
      (name) => `  - {name: ${name}, url: "${simulators[name].url}/api/paas/v4", token: ${TOKENS[name]}}`,
    );
    return { readText: () => `upstreams:\n${entries.join('\n')}\n` };
  };
  const variables = () => ({
    UPSTREAM_URL: '',
    UPSTREAMS_FILE: 'upstreams.yaml',
    MODEL_NAME: MODEL,
    REDIS_URL: redis.url,
    DATA_DIR: '',
  });
  const startReplica = async () => {
    const rig = await new Rig().start({ env: variables(), sources: fileOf(NAMES) });
    gateways.push(rig);
    return rig;
  };
  const statusOf = async (rig: Rig | undefined) =>
    (await jsonOf(await fetch(`${rig?.url}/dashboard/stats`))).status;
  const account = (name: (typeof NAMES)[number]) => simulators[name].account(TOKENS[name]);
  /** What all replicas say in the log. */
  const said = (text: string) =>
    gateways.flatMap((rig) => rig.logLines).filter(({ msg = '' }) => msg.includes(text));
  const readyz = async (rig: Rig) => {
    const response = await fetch(`${rig.url}/readyz`);
    return [response.status, (await jsonOf(response)).status];
  };

  it('costs nobody a request, leaves other conversations where they are, and is told once with its cure', async () => {
    await startReplica();
    await startReplica();
    const conversations = new Conversations(12);
    for (let turn = 0; turn < 5; turn += 1) await conversations.continue(gateways);
    expect(account('two').calls).to.be.above(0);
    account('two').code = '1113';
    for (let turn = 0; turn < 7; turn += 1) await conversations.continue(gateways);
    expect([...conversations.statuses]).to.deep.equal([200]);
    expect(conversations.cached / conversations.ideal).to.be.at.least(0.95);
    const [warning, ...more] = said('the credential two is paused');
    expect(more).to.deep.equal([]);
    expect(warning).to.include({ level: 40, code: '1113' });
    expect(warning?.msg).to.contain('Top up its account');
    // Those in flight when it began.
    const { calls } = account('two');
    await conversations.continue(gateways);
    expect(account('two').calls).to.equal(calls);
    const stats = await jsonOf(await fetch(`${gateways[1]?.url}/dashboard/stats`));
    const paused = stats.queue.groups.filter(({ pause }: Json) => pause !== null);
    expect(paused.map(({ name, pause }: Json) => [name, pause.code, pause.until])).to.deep.equal([
      ['two/glm-5.3', '1113', null],
    ]);
    for (const rig of gateways) expect(await readyz(rig)).to.deep.equal([200, 'ready']);
    await until(async () => (await statusOf(gateways[1])).reasons.includes('credential_refused'));
    expect((await statusOf(gateways[1])).state).to.equal('degraded');

    account('two').code = undefined;
    await conversations.continue(gateways);
    expect(account('two').calls).to.equal(calls);
    // An operator has topped it up and starts a replica again: the next request tries it.
    await startReplica();
    await until(async () => {
      await conversations.continue(gateways);
      return said('the credential two answers again').length > 0;
    });
    expect([...conversations.statuses]).to.deep.equal([200]);
    expect(said('the credential two')).to.have.length(2);
    expect(gateways.map(({ log }) => log).join('')).not.to.match(/canary|secret/);
  });

  it('is missing in the file of one replica: all warn of it until the others have read the same', async () => {
    const [first, second] = [await startReplica(), await startReplica()];
    const reload = (rig: Rig) =>
      rig.gateway.replaceUpstreams(loadConfig(variables(), fileOf(['one', 'three'])));
    const differs = async (rig: Rig) => (await statusOf(rig)).reasons.includes('upstreams_differ');
    await until(async () => (await statusOf(first)).state === 'waiting');
    expect(await differs(first)).to.equal(false);
    await reload(first);
    for (const rig of [first, second]) {
      await until(() => differs(rig));
      const page = await (
        await fetch(`${rig.url}/dashboard`, { headers: { accept: 'text/html', 'accept-language': 'en' } })
      ).text();
      expect(page).to.contain('The replicas run different UPSTREAMS_FILEs');
      expect((await statusOf(rig)).state).to.equal('degraded');
    }
    await reload(second);
    for (const rig of [first, second]) await until(async () => !(await differs(rig)));
  });

  it('is answered honestly when it was the last one', async () => {
    const rig = await startReplica();
    for (const name of NAMES) account(name).code = '1113';
    const ask = () => rig.post(JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }] }));
    for (let time = 0; time < 2; time += 1) {
      const response = await ask();
      expect([response.status, response.headers.get('x-should-retry')]).to.deep.equal([503, 'false']);
      const error = await errorOf(response);
      expect(error.code).to.equal('upstream_paused');
      expect(error.message)
        .to.contain('tell whoever runs the gateway')
        .and.not.to.match(/ZAI_TOKEN|UPSTREAM/);
    }
    expect(NAMES.map((name) => account(name).calls)).to.deep.equal([1, 1, 1]);
    await until(async () => (await readyz(rig))[0] === 503);
    expect(await readyz(rig)).to.deep.equal([503, 'no credential']);
    const healthz = await fetch(`${rig.url}/healthz`);
    expect(healthz.status).to.equal(200);
  });
});
