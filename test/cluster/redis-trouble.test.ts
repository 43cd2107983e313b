import { expect } from 'chai';
import { freePort } from '../../scripts/cluster.mjs';
import { type Program, startNode } from '../support/processes.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';
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
const SOME = 60;

describe('When Redis is away', () => {
  let required: Program;
  let optional: Program;
  let refused: Program;
  let guarded: RedisServer;
  /** How long `required` ran. */
  let requiredMs = 0;

  // Two of these gateways wait for 10 s, in which the other tests run.
  before(async function () {
    needs(this, 'redis-server');
    guarded = await startRedis('--user', 'team', 'on', '>canary', '~*', '&*', '+@all', '-publish');
    const startedAt = performance.now();
    required = await startLone({});
    void required.ended.then(() => {
      requiredMs = performance.now() - startedAt;
    });
    optional = await startLone({ REDIS_REQUIRED: 'false' });
    refused = await startLone({ REDIS_URL: `redis://team:canary@127.0.0.1:${guarded.port}` });
  });
  after(async () => {
    required?.kill();
    optional?.kill();
    refused?.kill();
    await guarded?.stop('SIGTERM');
  });

  describe('three replicas whose Redis', () => {
    const rig = useRig({
      RATE_LIMIT: '1000000',
      PUBLIC_RATE_LIMIT: '1000000',
      PUBLIC_RATE_LIMIT_TOTAL: '1000000',
    });
    let total = 0;

    it('is killed and started again answer every request meanwhile and count each once', async () => {
      await survive({
        begin: () => rig.cluster.redis.stop('SIGKILL'),
        reason: /the connection to Redis is lost/,
        end: () => rig.cluster.redis.start(),
      });
    });

    it('stands still (SIGSTOP) answer every request meanwhile and count each once', async () => {
      await survive({
        begin: async () => rig.cluster.redis.signal('SIGSTOP'),
        reason: /did not answer in 500 ms/,
        end: async () => rig.cluster.redis.signal('SIGCONT'),
      });
    });

    it('is paused (CLIENT PAUSE) answer every request meanwhile and count each once', async () => {
      await survive({
        // The pause would last longer than the test.
        begin: () => rig.redis.client('PAUSE', 60_000, 'WRITE'),
        reason: /did not answer in 500 ms/,
        end: () => rig.redis.client('UNPAUSE'),
      });
    });

    it('is full (maxmemory) answer every request meanwhile and count each once', async () => {
      await survive({
        begin: () => rig.redis.config('SET', 'maxmemory', '1'),
        reason: /OOM/,
        end: () => rig.redis.config('SET', 'maxmemory', '0'),
      });
    });

    it('forgets all scripts (SCRIPT FLUSH) notice nothing', async () => {
      const load = startLoad();
      for (let flushes = 0; flushes < 5; flushes++) {
        await load.answers(SOME / 2);
        await rig.redis.script('FLUSH');
      }
      await load.answers(SOME / 2);
      const replies = await load.stop();
      total += replies.length;
      expect(faults(replies)).to.deep.equal([]);
      expect(idsOf(replies.filter(isDegraded))).to.deep.equal([]);
      await rig.showsTotal(total);
    });

    it('stands still while one is told to stop still get its last statistics once Redis is back', async () => {
      const [last = expect.fail()] = rig.gateways.slice(-1);
      rig.cluster.redis.signal('SIGSTOP');
      let stopped: Promise<void>;
      try {
        const replies = await Promise.all(
          [1, 2, 3].map((turn) => rig.ask(`sim:say(${turn})`, { at: last.url })),
        );
        total += replies.length;
        expect(faults(replies)).to.deep.equal([]);
        stopped = last.stop('SIGTERM');
        await eventually(async () => expect((await send(`${last.url}/healthz`)).status).to.equal(0));
      } finally {
        rig.cluster.redis.signal('SIGCONT');
      }
      await stopped;
      await last.start();
      await rig.showsTotal(total);
    });

    interface Trouble {
      begin: () => Promise<unknown>;
      /** The reason in `/readyz`. */
      reason: RegExp;
      end: () => Promise<unknown>;
    }

    async function survive({ begin, reason, end }: Trouble): Promise<void> {
      const load = startLoad();
      try {
        await load.answers(SOME);
        await begin();
        try {
          await eventually(async () => {
            for (const state of await readiness()) expect(state.degraded).to.match(reason);
          });
          const during = await load.answers(SOME);
          expect(idsOf(during.filter((reply) => !isDegraded(reply))), 'answers not marked').to.deep.equal([]);
        } finally {
          await end();
        }
        await eventually(async () => {
          for (const state of await readiness()) expect(state).not.to.have.property('degraded');
        });
        const after = await load.answers(SOME);
        expect(idsOf(after.filter(isDegraded)), 'answers still marked').to.deep.equal([]);
      } finally {
        total += (await load.stop()).length;
      }
      expect(faults(load.replies)).to.deep.equal([]);
      for (const stats of await rig.showsTotal(total)) expect(stats.SuccessfulRequests).to.equal(total);
      expectOneLine(/Redis.*: going on without it/);
      expectOneLine(/Redis is back/);
    }

    /** The `/readyz` bodies of all replicas, which must answer 200 to stay in the balancer. */
    async function readiness() {
      const replies = await Promise.all(rig.gateways.map(({ url }) => send(`${url}/readyz`)));
      expect(replies.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
      return replies.map(({ text }) => JSON.parse(text));
    }

    /** Expects that each replica has logged the line once since the last call. */
    function expectOneLine(pattern: RegExp): void {
      for (const { name } of rig.gateways) {
        const found = rig.lines.filter((line) => line.startsWith(`${name}:`) && pattern.test(line));
        expect(found, `lines of ${name}`).to.have.length(1);
        for (const line of found) rig.lines.splice(rig.lines.indexOf(line), 1);
      }
    }

    const WORKERS = 8;

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

  describe('at its start, a gateway', () => {
    it('starts with REDIS_REQUIRED=false, and says that it is degraded', async () => {
      const [, url = ''] = await optional.until(/listens on (http:\S+?);/);
      const { status, text, headers } = await send(`${url}/readyz`);
      expect(status).to.equal(200);
      expect(JSON.parse(text)).to.have.property('degraded');
      expect(headers).to.have.property('x-gateway-mode', 'degraded');
      const told = optional.stdout.split('\n').filter((line) => line.includes('starting without it'));
      expect(told).to.have.length(1);
    });

    it('ends after 10 s otherwise, with one line that says why', async () => {
      const { code, stdout, stderr } = await required.ended;
      expect(code).to.equal(1);
      expect(stderr.trim().split('\n')).to.have.length(1);
      expect(stderr).to.match(/^Redis \(REDIS_URL\) does not answer: .*ECONNREFUSED.*REDIS_REQUIRED=false/);
      expect(stdout).to.equal('');
      expect(requiredMs).to.be.at.least(10_000);
    });

    it('that lacks a right ends with one line that names the right and the command that grants it', async () => {
      const { code, stderr } = await refused.ended;
      expect(code).to.equal(1);
      expect(stderr.trim().split('\n')).to.have.length(1);
      expect(stderr).to.match(
        /^Redis \(REDIS_URL\) refuses PUBLISH: .*: ACL SETUSER team ~ztoapi:v1:\* &ztoapi:v1:\* .*\+publish.*REDIS_REQUIRED=false/,
      );
      expect(refused.output).not.to.contain('canary');
    });
  });
});

/** Starts one gateway. Nothing listens at its REDIS_URL unless `env` sets another. */
async function startLone(env: Record<string, string>): Promise<Program> {
  return startNode([builtMain()], {
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
}

function idsOf(replies: readonly Reply[]): string[] {
  return replies.map(({ id }) => id);
}

function isDegraded({ headers }: Reply): boolean {
  return headers['x-gateway-mode'] === 'degraded';
}
