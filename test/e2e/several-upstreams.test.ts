import { expect } from 'chai';
import { Redis } from 'ioredis';
import { loadConfig } from '../../src/config/config.js';
import { STREAM_TIMING } from '../../src/http/send-stream.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { errorOf, type Json, jsonOf, Rig, type RigOptions } from '../support/gateway.js';
import { needs, startRedis, until } from '../support/redis.js';
import { ADMIN, newKey } from '../support/team.js';

const NAMES = ['one', 'two', 'three'] as const;
type Name = (typeof NAMES)[number];
const TOKENS: Record<Name, string> = {
  one: 'canary1.secret',
  two: 'canary2.secret',
  three: 'canary3.secret',
};
const MODEL = 'GLM-5.3';

/** Three credentials of the official API, each at a server of its own, behind one gateway. */
class Team {
  readonly rig = new Rig();
  readonly simulators = {} as Record<Name, Simulator>;

  async start(
    fields: Partial<Record<Name, string>> = {},
    env: Record<string, string> = {},
    gateway: NonNullable<RigOptions['gateway']> = {},
  ): Promise<this> {
    for (const name of NAMES)
      this.simulators[name] = await startSimulator({ paceMs: 0, promptCache: true, apiKey: TOKENS[name] });
    await this.rig.start({
      env: { ...this.#variables(), ...env },
      gateway,
      sources: { readText: () => this.#file(fields) },
    });
    return this;
  }

  /** The gateway reads another file. */
  async replace(fields: Partial<Record<Name, string>>): Promise<void> {
    const config = loadConfig(this.#variables(), { readText: () => this.#file(fields) });
    await this.rig.gateway.replaceUpstreams(config);
  }

  #variables(): Record<string, string> {
    return {
      UPSTREAM_URL: '',
      UPSTREAMS_FILE: 'upstreams.yaml',
      API_KEYS: 'ann:sk-ann,bob:sk-bob',
      MODEL_NAME: MODEL,
      ...Object.fromEntries(NAMES.map((name) => [`ZAI_TOKEN_${name}`, TOKENS[name]])),
    };
  }

  #file(fields: Partial<Record<Name, string>>): string {
    const entries = NAMES.map(
      (name) =>
        `  - {name: ${name}, url: "${this.simulators[name].url}/api/paas/v4", token_variable: ZAI_TOKEN_${name}, ${fields[name] ?? ''}}\n`,
    );
    return `upstreams:\n${entries.join('')}`;
  }

  async stop(): Promise<void> {
    await this.rig.stop();
    for (const name of NAMES) await this.simulators[name].close();
  }

  account(name: Name) {
    return this.simulators[name].account(TOKENS[name]);
  }

  get calls(): number[] {
    return NAMES.map((name) => this.account(name).calls);
  }

  ask(messages: Json, key = 'sk-ann', more: object = {}): Promise<Response> {
    return this.rig.post(JSON.stringify({ model: MODEL, stream: false, messages, ...more }), {
      headers: { authorization: `Bearer ${key}` },
    });
  }

  async say(messages: Json, key = 'sk-ann', more: object = {}): Promise<string> {
    const body = await jsonOf(await this.ask(messages, key, more));
    if (body.error) throw new Error(body.error.message);
    return body.choices[0].message.content;
  }

  /** So many conversations of so many turns; the credential of each turn, by conversation. */
  async converse(conversations: number, turns: number, from = 0): Promise<Name[][]> {
    const all: Name[][] = [];
    for (let index = from; index < from + conversations; index += 1) {
      const messages: Json[] = [{ role: 'user', content: `Conversation ${index}: what is love?` }];
      const asked: Name[] = [];
      for (let turn = 0; turn < turns; turn += 1) {
        const before = this.calls;
        messages.push(
          { role: 'assistant', content: await this.say(messages) },
          { role: 'user', content: 'And then?' },
        );
        asked.push(...NAMES.filter((_, at) => this.calls[at] !== before[at]));
      }
      all.push(asked);
    }
    return all;
  }
}

function question(text: string): Json {
  return [{ role: 'user', content: text }];
}

describe('Several credentials', () => {
  let team: Team;
  const start = async (...how: Parameters<Team['start']>) => {
    team = await new Team().start(...how);
  };
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  afterEach(async () => {
    await team.stop();
    await redis?.stop('SIGTERM');
    redis = undefined;
  });

  it('keep each conversation at one of them, so that its prompt cache is hit, and all get some', async () => {
    await start();
    const asked = await team.converse(18, 3);
    for (const turns of asked) expect(new Set(turns)).to.have.lengthOf(1);
    expect(new Set(asked.flat())).to.have.lengthOf(3);
    const hits = NAMES.reduce((sum, name) => sum + team.account(name).cachedTokens, 0);
    await team.stop();
    await start({ two: 'owner: bob', three: 'owner: bob' });
    await team.converse(18, 3);
    expect(hits).to.be.at.least(0.95 * team.account('one').cachedTokens);
    expect(hits).to.be.greaterThan(0);
  });

  it('serve what another has no slot for, and the conversation returns to its own', async () => {
    await start({ one: 'slots: 1', two: 'slots: 1', three: 'slots: 1' });
    // Slow enough that the three below overlap.
    const mine = question('Hello sim:pace=40');
    await team.say(mine);
    const own = NAMES.find((name) => team.account(name).calls === 1) as Name;
    // All three at once: none waits while another is free.
    const responses = await Promise.all([1, 2, 3].map(() => team.ask(mine)));
    expect(responses.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    for (const name of NAMES) {
      expect(team.account(name).calls, name).to.equal(name === own ? 2 : 1);
      expect(team.account(name).maxInFlight).to.equal(1);
    }
    const before = team.account(own).calls;
    await team.say(mine);
    expect(team.account(own).calls).to.equal(before + 1);
  });

  for (const code of ['1113', '1305', '1308', '1311', '1000'])
    it(`take over where one answers with code ${code}: no request fails, others’ conversations stay`, async () => {
      await start();
      const before = await team.converse(6, 1);
      team.account('two').code = code;
      const after = await team.converse(6, 1);
      expect(after.map((turns) => turns.at(-1))).not.to.include('two');
      before.forEach(([first], index) => {
        if (first !== 'two') expect(after[index]).to.deep.equal([first]);
      });
    });

  it('take over where one cannot be reached', async () => {
    await start();
    await team.simulators.two.close();
    for (let index = 0; index < 6; index += 1) await team.say(question(`Question ${index}`));
    expect(team.account('one').calls + team.account('three').calls).to.equal(6);
  });

  it('tell the error where all fail, and do not ask others about what the client did wrong', async () => {
    await start();
    expect((await team.ask(question('sim:code=1261'))).status).to.equal(400);
    expect(team.calls.reduce((sum, calls) => sum + calls)).to.equal(1);
    for (const name of NAMES) team.account(name).code = '1113';
    const response = await team.ask(question('Hello'));
    expect(response.status).to.equal(503);
    expect((await errorOf(response)).code).to.equal('upstream_paused');
  });

  it('are asked by priority', async () => {
    await start({ one: 'priority: 2', two: 'priority: 3' });
    await team.converse(4, 1);
    expect(team.calls).to.deep.equal([0, 0, 4]);
    team.account('three').code = '1113';
    await team.converse(2, 1);
    // Asked once more before it is paused.
    expect(team.calls).to.deep.equal([2, 0, 5]);
  });

  it('serve nobody but their owner, even where all others fail', async () => {
    await start({ one: 'owner: ann' });
    await team.converse(3, 1);
    expect(team.calls).to.deep.equal([3, 0, 0]);
    for (const name of ['two', 'three'] as const) team.account(name).code = '1113';
    for (let index = 0; index < 3; index += 1)
      expect((await team.ask(question(`Question ${index}`), 'sk-bob')).status).to.equal(503);
    expect(team.account('one').calls).to.equal(3);
  });

  it('serve an owner whose own one fails', async () => {
    await start({ one: 'owner: ann' });
    team.account('one').code = '1113';
    await team.say(question('Hello'), 'sk-ann');
    expect(team.calls.reduce((sum, calls) => sum + calls)).to.equal(2);
  });

  it('are named in a header, the record, the log and the dashboard, also where one took over', async () => {
    await start({ one: 'priority: 0' }, { DASHBOARD_PASSWORD: 'password' });
    const first = await team.ask(question('Hello'));
    expect(first.headers.get('x-upstream')).to.equal('one');
    expect((await team.rig.recordOf(first)).upstream).to.equal('one');
    team.account('one').code = '1113';
    const second = await team.ask(question('Hello'), 'sk-ann', { stream: true });
    const name = second.headers.get('x-upstream');
    expect(name).to.be.oneOf(['two', 'three']);
    await second.text();
    expect((await team.rig.recordOf(second)).upstream).to.equal(name);
    expect(team.rig.logLines.map(({ upstream }) => upstream))
      .to.include('one')
      .and.include(name);
    const headers = {
      authorization: `Basic ${Buffer.from('x:password').toString('base64')}`,
      accept: 'text/html',
    };
    // Statistics are written once a second.
    await until(async () => {
      const page = await (await fetch(`${team.rig.url}/dashboard/requests`, { headers })).text();
      return page.includes('<th scope="col">Upstream</th>');
    });
  });

  it('are named in a comment of a stream that began while the request waited', async () => {
    const streamTiming = { ...STREAM_TIMING, beginAfterMs: 100 };
    await start({ one: 'slots: 1', two: 'owner: bob', three: 'owner: bob' }, {}, { streamTiming });
    const long = await team.ask(question('Hello sim:pace=60'), 'sk-ann', { stream: true });
    const waiting = await team.ask(question('Hello'), 'sk-ann', { stream: true });
    expect(waiting.headers.get('x-upstream')).to.equal(null);
    await long.text();
    expect(await waiting.text()).to.match(/: x-upstream one\n\n/);
  });

  it('change with the file, without another start: what begins is asked of the new ones, what has begun ends', async () => {
    await start({ one: 'priority: 0, slots: 1' });
    const long = await team.ask(question('Hello sim:pace=40'), 'sk-ann', { stream: true });
    await team.replace({ two: 'priority: 0', three: 'models: {new: glm-4.6}' });
    const response = await team.ask(question('Hello'));
    expect(response.headers.get('x-upstream')).to.equal('two');
    expect(await long.text()).to.contain('[DONE]');
    const list = await jsonOf(await fetch(`${team.rig.url}/v1/models`));
    expect(list.data.map(({ id }: Json) => id)).to.include('new');
    await team.say(question('Hello'), 'sk-ann', { model: 'new' });
    expect(team.account('three').calls).to.equal(1);
    await team.replace({ one: 'priority: 0, slots: 1' });
    await Promise.all([1, 2].map(() => team.say(question('Hello sim:pace=5'))));
    expect(team.account('one').maxInFlight).to.equal(1);
  });

  it('are asked again after the file was read again, where an operator has mended what they refused', async () => {
    await start({ one: 'priority: 0' });
    team.account('one').code = '1113';
    await team.say(question('Hello'));
    team.account('one').code = undefined;
    await team.say(question('Hello'));
    expect(team.account('one').calls).to.equal(1);
    await team.replace({ one: 'priority: 0' });
    await team.say(question('Hello'));
    expect(team.account('one').calls).to.equal(2);
  });

  it('offer the models of all, and ask each only for its own', async () => {
    await start({
      one: 'models: {GLM-5.3: glm-5.3}',
      two: 'models: {small: glm-4.5-air}',
      three: 'models: {small: glm-4.5-air, private: glm-4.6}, owner: ann',
    });
    const list = await jsonOf(await fetch(`${team.rig.url}/v1/models`));
    expect(list.data.map(({ id }: Json) => id)).to.deep.equal(['GLM-5.3', 'small', 'private']);
    const offered = async (key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await jsonOf(await fetch(`${team.rig.url}/v1/models`, { headers }));
      const status = (await fetch(`${team.rig.url}/v1/models/private`, { headers })).status;
      return [...answer.data.map(({ id }: Json) => id), status];
    };
    expect(await offered('sk-ann')).to.deep.equal(['GLM-5.3', 'small', 'private', 200]);
    expect(await offered('sk-bob'), 'not owned').to.deep.equal(['GLM-5.3', 'small', 404]);
    await team.say(question('Hello'), 'sk-bob', { model: 'small' });
    expect(team.calls).to.deep.equal([0, 1, 0]);
    expect(team.simulators.two.requests.at(-1)?.body).to.include({ model: 'glm-4.5-air' });
    const refused = await team.ask(question('Hello'), 'sk-bob', { model: 'private' });
    expect(refused.status).to.equal(403);
    expect((await errorOf(refused)).code).to.equal('model_not_available');
    expect((await team.ask(question('Hello'), 'sk-bob', { model: 'other' })).status).to.equal(404);
  });

  it('answer with another model only where an entry says so and the others have failed, and say so', async () => {
    await start({
      one: 'models: {GLM-5.3: glm-5.3}',
      two: 'models: {small: glm-4.5-air}, fallback: {GLM-5.3: small}',
      three: 'models: {other: glm-4.6}',
    });
    const proper = await team.ask(question('Hello'));
    expect(proper.headers.get('x-served-model')).to.equal(null);
    team.account('one').code = '1113';
    const response = await team.ask(question('Hello'));
    expect(response.status).to.equal(200);
    expect(response.headers.get('x-served-model')).to.equal('small');
    expect((await jsonOf(response)).model).to.equal(MODEL);
    expect((await team.rig.recordOf(response)).servedModel).to.equal('small');
    expect(team.calls).to.deep.equal([2, 1, 0]);
    team.account('two').code = '1113';
    expect((await team.ask(question('Hello'))).status).to.equal(503);
    expect(team.account('three').calls).to.equal(0);
  });

  it('wait for a slot rather than answer with another model', async () => {
    await start({
      one: 'models: {GLM-5.3: glm-5.3}, slots: 1',
      two: 'models: {small: glm-4.5-air}, fallback: {GLM-5.3: small}',
      three: 'owner: bob',
    });
    const answers = await Promise.all([1, 2, 3].map(() => team.ask(question('Hello sim:pace=5'))));
    expect(answers.map(({ headers }) => headers.get('x-upstream'))).to.deep.equal(['one', 'one', 'one']);
    expect(team.calls).to.deep.equal([3, 0, 0]);
  });

  it('serve embeddings, and take over there as well', async () => {
    await start();
    team.account('one').code = '1113';
    const embed = () =>
      fetch(`${team.rig.url}/v1/embeddings`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-ann', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'embedding-3', input: 'Hello' }),
      });
    for (let index = 0; index < 8; index += 1) expect((await embed()).status).to.equal(200);
    expect(team.account('two').calls).to.be.greaterThan(0);
    expect(team.account('three').calls).to.be.greaterThan(0);
  });

  it('serve embeddings to a key that may use the model by its name, and not by that of the upstream', async () => {
    team = await new Team().start(
      Object.fromEntries(NAMES.map((name) => [name, 'models: {search: embedding-3}'])),
      { ADMIN_PASSWORD: ADMIN },
    );
    const statusOf = async (models: string[]) => {
      const { key } = await newKey(team.rig.url, { member: 'ann', models });
      const response = await fetch(`${team.rig.url}/v1/embeddings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'search', input: 'x' }),
      });
      return response.status;
    };
    expect(await statusOf(['search'])).to.equal(200);
    expect(await statusOf(['embedding-3'])).to.equal(403);
  });

  it('stay secret: no token is in a log, on a page, in an answer or in the store', async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
    await start({ one: 'slots: 1' }, { REDIS_URL: redis.url, DASHBOARD_PASSWORD: 'password' });
    const client = new Redis(redis.url);
    try {
      await team.converse(4, 1);
      const texts = [];
      for (const name of NAMES) team.account(name).code = '1113';
      texts.push(
        await (await team.ask(question(`My token is ${TOKENS.one}`.replace(TOKENS.one, 'mine')))).text(),
      );
      const authorization = `Basic ${Buffer.from('x:password').toString('base64')}`;
      for (const path of [
        '/dashboard',
        '/dashboard/upstreams',
        '/dashboard/requests',
        '/dashboard/stats',
        '/docs',
        '/v1/models',
      ])
        texts.push(await (await fetch(`${team.rig.url}${path}`, { headers: { authorization } })).text());
      for (const key of await client.keys('*')) texts.push(key, String(await client.dump(key)));
      texts.push(team.rig.log);
      expect(texts.join('\n')).not.to.contain('canary');
    } finally {
      client.disconnect();
    }
  });
});

describe('A single upstream without a file', () => {
  it('is named nowhere', async () => {
    const rig = await new Rig().start({ form: 'zai', env: { DASHBOARD_PASSWORD: 'password' } });
    const response = await rig.ask('Hello', { stream: true });
    expect(response.headers.get('x-upstream')).to.equal(null);
    expect(await response.text()).not.to.contain('x-upstream');
    expect((await rig.recordOf(response)).upstream).to.equal(undefined);
    const authorization = `Basic ${Buffer.from('x:password').toString('base64')}`;
    const page = await (
      await fetch(`${rig.url}/dashboard/requests`, { headers: { authorization, accept: 'text/html' } })
    ).text();
    expect(page).to.contain('<th scope="col">Model</th>').and.not.contain('<th scope="col">Upstream</th>');
    await rig.stop();
  });
});
