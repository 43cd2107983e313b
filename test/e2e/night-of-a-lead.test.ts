import { expect } from 'chai';
import { Account } from '../../src/simulator/accounts.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { type Json, Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

const NAMES = ['one', 'two', 'three'] as const;
type Name = (typeof NAMES)[number];
const MODEL = 'GLM-5.3';
const REPLICAS = 3;
const CONVERSATIONS = 18;
/** Each turn brings a question and an answer of about so many characters. */
const TURN_CHARACTERS = 400;

/** Three credentials, each an account with slots and a prompt cache of its own, behind three gateways on one Redis. */
class Team {
  readonly rigs: Rig[] = [];
  readonly simulators = {} as Record<Name, Simulator>;
  redis!: RedisServer;

  async start(): Promise<this> {
    this.redis = await startRedis();
    for (const name of NAMES)
      this.simulators[name] = await startSimulator({
        paceMs: 0,
        promptCache: true,
        slots: 4,
        apiKey: token(name),
      });
    for (let index = 0; index < REPLICAS; index += 1) await this.startReplica();
    return this;
  }

  async startReplica(): Promise<void> {
    const entries = NAMES.map(
      (name) =>
        `  - {name: ${name}, url: "${this.simulators[name].url}/api/paas/v4", token_variable: ZAI_TOKEN_${name}, slots: ${CONVERSATIONS}}`,
    );
    const rig = await new Rig().start({
      env: {
        UPSTREAM_URL: '',
        UPSTREAMS_FILE: 'upstreams.yaml',
        API_KEYS: 'ann:sk-ann',
        MODEL_NAME: MODEL,
        REDIS_URL: this.redis.url,
        LOG_LEVEL: 'info',
        ...Object.fromEntries(NAMES.map((name) => [`ZAI_TOKEN_${name}`, token(name)])),
      },
      sources: { readText: () => `upstreams:\n${entries.join('\n')}\n` },
    });
    this.rigs.push(rig);
  }

  async stop(): Promise<void> {
    await Promise.all(this.rigs.map((rig) => rig.stop()));
    await Promise.all(Object.values(this.simulators).map((simulator) => simulator.close()));
    await this.redis?.stop('SIGTERM');
  }

  account(name: Name): Account {
    return this.simulators[name].account(token(name));
  }

  /** Lines of all logs that contain the text. */
  told(text: string): string[] {
    return this.rigs.flatMap(({ logLines }) =>
      logLines.map(({ msg }) => String(msg)).filter((line) => line.includes(text)),
    );
  }
}

function token(name: Name): string {
  return `${name}.secret`;
}

/** A colleague's conversation: each turn repeats all before it. */
class Conversation {
  readonly messages: Json[];
  /** The credential of each turn. */
  readonly asked: (string | null)[] = [];
  readonly statuses: number[] = [];

  constructor(
    readonly number: number,
    readonly team: Team,
    /** Caches prompts as one account for all would. */
    readonly reference: Account,
  ) {
    this.messages = [
      { role: 'user', content: `Colleague ${number}: ${'word '.repeat(TURN_CHARACTERS / 5)}` },
    ];
  }

  async turn(): Promise<void> {
    const { team, messages, number, asked } = this;
    const rig = team.rigs[(number + asked.length) % team.rigs.length] as Rig;
    const body = { model: MODEL, stream: false, messages };
    const headers = { authorization: 'Bearer sk-ann' };
    const response = await rig.post(JSON.stringify(body), { headers });
    this.statuses.push(response.status);
    this.reference.cachePrompt(body);
    asked.push(response.headers.get('x-upstream'));
    const { choices } = (await response.json()) as Json;
    messages.push(
      { role: 'assistant', content: choices?.[0]?.message.content ?? '' },
      { role: 'user', content: `And then? ${'word '.repeat(TURN_CHARACTERS / 5)}` },
    );
  }
}

describe('The night in which an account runs out of money', () => {
  let team: Team;
  before(async function () {
    needs(this, 'redis-server');
    team = await new Team().start();
  });
  after(() => team?.stop());

  it('fails no request, moves no other conversation, tells the team once, and takes the account back', async () => {
    const reference = new Account({ promptCache: true });
    const all = Array.from(
      { length: CONVERSATIONS },
      (_, number) => new Conversation(number, team, reference),
    );
    const rounds = async (count: number) => {
      await Promise.all(
        all.map(async (one) => {
          for (let turn = 0; turn < count; turn += 1) await one.turn();
        }),
      );
    };
    await rounds(4);
    expect(new Set(all.flatMap(({ asked }) => asked))).to.have.lengthOf(3);
    // Mid-load.
    const load = rounds(12);
    await until(() => team.account('two').calls > 20);
    team.account('two').code = '1113';
    await load;
    const callsOut = team.account('two').calls;
    await rounds(4);
    expect(team.account('two').calls, 'asked while it is paused').to.equal(callsOut);
    expect(team.told('credential two is paused')).to.have.lengthOf(1);
    expect(team.told('credential two is paused')[0]).to.contain('1113').and.to.contain('Top up its account');
    expect(team.told('answers again')).to.deep.equal([]);

    team.account('two').code = undefined;
    // An operator has paid and starts a replica again: the next request tries it.
    await team.startReplica();
    await rounds(6);
    expect(team.told('credential two answers again')).to.have.lengthOf(1);
    expect(team.told('is paused')).to.have.lengthOf(1);
    expect(team.account('two').calls).to.be.above(callsOut);

    expect(all.flatMap(({ statuses }) => statuses).filter((status) => status !== 200)).to.deep.equal([]);
    for (const { asked } of all) {
      const home = asked[0];
      const elsewhere = asked.filter((name) => name !== home);
      if (home === 'two') expect(asked.at(-1)).to.equal('two');
      else expect(elsewhere).to.deep.equal([]);
    }
    const cached = NAMES.reduce((total, name) => total + team.account(name).cachedTokens, 0);
    expect(cached / reference.cachedTokens).to.be.at.least(0.95);
  });
});
