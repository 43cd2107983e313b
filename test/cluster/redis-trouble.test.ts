import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { freePort } from '../../scripts/cluster.mjs';
import {
  builtMain,
  eventually,
  faults,
  gatewayEnvironment,
  Load,
  type Reply,
  send,
  useRig,
} from './support.js';

/** Answers of the load before, during and after each trouble. */
const SOME = 100;

describe('Three replicas whose Redis', () => {
  const rig = useRig({
    RATE_LIMIT: '1000000',
    PUBLIC_RATE_LIMIT: '1000000',
    PUBLIC_RATE_LIMIT_TOTAL: '1000000',
  });
  let total = 0;

  it('is killed and started again answer every request meanwhile and count each once', async function () {
    this.timeout(60_000);
    await survive({
      begin: () => rig.cluster.redis.stop('SIGKILL'),
      reason: /the connection to Redis is lost/,
      end: () => rig.cluster.redis.start(),
    });
  });

  it('stands still (SIGSTOP) answer every request meanwhile and count each once', async function () {
    this.timeout(60_000);
    await survive({
      begin: async () => rig.cluster.redis.signal('SIGSTOP'),
      reason: /did not answer in 500 ms/,
      end: async () => rig.cluster.redis.signal('SIGCONT'),
    });
  });

  it('is paused (CLIENT PAUSE) answer every request meanwhile and count each once', async function () {
    this.timeout(60_000);
    await survive({
      // By itself it would last longer than the test.
      begin: () => rig.redis.client('PAUSE', 60_000, 'WRITE'),
      reason: /did not answer in 500 ms/,
      end: () => rig.redis.client('UNPAUSE'),
    });
  });

  it('is full (maxmemory) answer every request meanwhile and count each once', async function () {
    this.timeout(60_000);
    await survive({
      begin: () => rig.redis.config('SET', 'maxmemory', '1'),
      reason: /OOM/,
      end: () => rig.redis.config('SET', 'maxmemory', '0'),
    });
  });

  it('forgets all scripts (SCRIPT FLUSH) notice nothing', async function () {
    this.timeout(60_000);
    const load = startLoad();
    await load.answers(SOME);
    for (let flushes = 0; flushes < 5; flushes++) {
      await rig.redis.script('FLUSH');
      await load.answers(SOME);
    }
    const replies = await load.stop();
    expect(faults(replies)).to.deep.equal([]);
    expect(replies.filter(isDegraded)).to.deep.equal([]);
    total += replies.length;
    await rig.showsTotal(total);
  });

  interface Trouble {
    begin: () => Promise<unknown>;
    /** What /readyz says of it. */
    reason: RegExp;
    end: () => Promise<unknown>;
  }

  async function survive({ begin, reason, end }: Trouble): Promise<void> {
    const load = startLoad();
    await load.answers(SOME);
    await begin();
    await eventually(async () => {
      for (const state of await readiness()) expect(state.degraded).to.match(reason);
    });
    const before = load.replies.length;
    await load.answers(SOME);
    // Those that were under way when the last replica noticed are not marked.
    const during = load.replies.slice(before + WORKERS);
    expect(
      during.filter((reply) => !isDegraded(reply)),
      'unmarked answers',
    ).to.deep.equal([]);
    await end();
    await eventually(async () => {
      for (const state of await readiness()) expect(state).not.to.have.property('degraded');
    });
    const back = load.replies.length;
    await load.answers(SOME);
    const after = load.replies.slice(back + WORKERS);
    expect(after.filter(isDegraded), 'answers still marked').to.deep.equal([]);
    const replies = await load.stop();
    expect(faults(replies)).to.deep.equal([]);
    total += replies.length;
    for (const stats of await rig.showsTotal(total)) expect(stats.SuccessfulRequests).to.equal(total);
    expectOneLine(/Redis.*: going on without it/);
    expectOneLine(/Redis is back/);
  }

  /** Of every replica: still 200, so that the balancer keeps it. */
  async function readiness() {
    const replies = await Promise.all(rig.gateways.map(({ url }) => send(`${url}/readyz`)));
    expect(replies.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    return replies.map(({ text }) => JSON.parse(text));
  }

  /** Each replica has logged it once since it was last looked for. */
  function expectOneLine(pattern: RegExp): void {
    for (const { name } of rig.gateways) {
      const found = rig.lines.filter((line) => line.startsWith(`${name}:`) && pattern.test(line));
      expect(found, `lines of ${name}`).to.have.length(1);
      for (const line of found) rig.lines.splice(rig.lines.indexOf(line), 1);
    }
  }

  const WORKERS = 12;

  /** Named and public callers, streams and whole answers, conversations with ids and without, new and old ones. */
  function startLoad(): Load {
    return new Load((turn) => {
      const messages = [{ role: 'user', content: `sim:say(turn ${turn % 20})` }];
      if (turn % 5 === 0)
        messages.push(
          { role: 'assistant', content: `turn ${turn % 20}` },
          { role: 'user', content: 'sim:say(on)' },
        );
      return rig.ask('', {
        messages,
        key: turn % 3 === 0 ? 'all' : 'ann',
        stream: turn % 2 === 0,
        headers: turn % 4 === 0 ? {} : { 'x-conversation-id': `conversation ${turn % 30}` },
      });
    }, WORKERS);
  }
});

describe('A gateway whose Redis is not there when it starts', () => {
  const rig = { processes: [] as ChildProcess[] };
  after(() => {
    for (const child of rig.processes) child.kill('SIGKILL');
  });

  async function start(env: Record<string, string>) {
    const child = spawn(process.execPath, [builtMain()], {
      env: {
        PATH: process.env.PATH,
        ...gatewayEnvironment({ url: 'http://127.0.0.1:9' }),
        HOST: '127.0.0.1',
        PORT: '0',
        DEBUG_MODE: 'false',
        REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
        ...env,
      },
    });
    rig.processes.push(child);
    const output = { out: '', err: '' };
    child.stdout.on('data', (bytes) => {
      output.out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      output.err += bytes;
    });
    return { child, output, startedAt: performance.now() };
  }

  it('ends with one line that says so, after 10 s', async function () {
    this.timeout(40_000);
    const { child, output, startedAt } = await start({});
    const [code] = await once(child, 'exit');
    const seconds = (performance.now() - startedAt) / 1000;
    expect(code).to.equal(1);
    expect(output.err.trim().split('\n')).to.have.length(1);
    expect(output.err).to.match(/^Redis \(REDIS_URL\) does not answer: .*ECONNREFUSED.*REDIS_REQUIRED=false/);
    expect(output.out).to.equal('');
    expect(seconds).to.be.within(9, 20);
  });

  it('starts all the same with REDIS_REQUIRED=false, and says that it is degraded', async function () {
    this.timeout(40_000);
    const { output } = await start({ REDIS_REQUIRED: 'false' });
    const url = await eventually(async () => {
      const found = /listens on (http:\S+?);/.exec(output.out)?.[1];
      expect(found, output.out + output.err).to.be.a('string');
      return String(found);
    });
    const { status, text, headers } = await send(`${url}/readyz`);
    expect(status).to.equal(200);
    expect(JSON.parse(text)).to.have.property('degraded');
    expect(headers).to.have.property('x-gateway-mode', 'degraded');
    expect(
      output.out.split('\n').filter((line) => line.includes('Redis does not answer: starting without it')),
    ).to.have.length(1);
  });
});

function isDegraded({ headers }: Reply): boolean {
  return headers['x-gateway-mode'] === 'degraded';
}
