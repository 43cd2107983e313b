/** Data of version 0.1.0 in Redis, and its replicas beside ours, as in a rollout. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { type Simulator, startSimulator } from '../../../src/simulator/server.js';
import type { Fields, Slot } from '../../../src/stats/batch.js';
import { Keys } from '../../../src/store/redis/keys.js';
import { parseLabels } from '../../../src/store/redis/shapes.js';
import { builtMain, eventually, gatewayEnvironment } from '../../cluster/support.js';
import { type Json, jsonOf, Rig } from '../../support/gateway.js';
import { type Program, startNode } from '../../support/processes.js';
import { needs, type RedisServer, startRedis } from '../../support/redis.js';
import { skip } from '../../support/skip.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
/** What two replicas of 0.1.0 left in Redis, and what their pages showed of it. */
const LEFT = JSON.parse(readFileSync(new URL('fixtures/version-0.1.0.json', import.meta.url), 'utf8')) as {
  stats: Json;
  requests: Json[];
  keys: Record<string, { type: string; value: Json; ms: number }>;
};
const KEYS = new Keys('ztoapi:v1:');

describe('Redis with the data of version 0.1.0', () => {
  let redis: RedisServer;
  let admin: Redis;

  before(async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
    admin = new Redis(redis.url);
  });
  after(async () => {
    admin?.disconnect();
    await redis?.stop();
  });
  beforeEach(async () => {
    await admin.flushall();
    for (const [key, { type, value, ms }] of Object.entries(LEFT.keys)) {
      if (type === 'string') await admin.set(key, value);
      if (type === 'hash') await admin.hset(key, value);
      if (type === 'list') await admin.rpush(key, ...value);
      if (type === 'set') await admin.sadd(key, ...value);
      if (type === 'zset') await admin.zadd(key, ...[...(value as string[])].reverse());
      if (ms > 0) await admin.pexpire(key, ms);
    }
  });

  describe('and a gateway of this version', () => {
    let rig: Rig;
    beforeEach(async () => {
      rig = await new Rig().start({ env: { REDIS_URL: redis.url } });
    });
    afterEach(() => rig.stop());
    const read = async (path: string): Promise<Json> => jsonOf(await fetch(`${rig.url}${path}`));

    it('shows the same totals, to the token, by key, model and error', async () => {
      const stats = await read('/dashboard/stats');
      for (const [field, value] of Object.entries(LEFT.stats)) {
        if (Array.isArray(value)) expect(withoutNew(stats[field], value), field).to.deep.equal(value);
        else if (field === 'outcomes') expect(stats[field], field).to.include(value);
        else expect(stats[field], field).to.deep.equal(value);
      }
    });

    it('shows the same requests', async () => {
      const requests = (await read('/dashboard/requests')) as Json[];
      expect(withoutNew(requests.slice(0, LEFT.requests.length), LEFT.requests)).to.deep.equal(LEFT.requests);
    });

    it('keeps the days of each key, and adds its own to the totals', async () => {
      const [day] = Object.keys(LEFT.keys).flatMap((key) => /:key:(d\d+)$/.exec(key)?.[1] ?? []) as Slot[];
      const byKey = parseLabels(await admin.hgetall(KEYS.labels('key', day as Slot)));
      for (const { key, tokens_in: tokensIn, tokens_out: tokensOut } of LEFT.stats.keys as Json[]) {
        const { in: countedIn = 0, out: countedOut = 0 } = byKey.get(key) as Fields;
        expect([key, countedIn, countedOut]).to.deep.equal([key, tokensIn, tokensOut]);
      }
      const answer = await jsonOf(await rig.ask('sim:events=3', { stream: false }));
      await eventually(async () => {
        const { TotalRequests, tokens_in: tokensIn } = await read('/dashboard/stats');
        expect(TotalRequests).to.equal(LEFT.stats.TotalRequests + 1);
        expect(tokensIn).to.equal(LEFT.stats.tokens_in + answer.usage.prompt_tokens);
      });
    });

    it('keeps the password of the dashboard', async () => {
      const password = LEFT.keys[KEYS.secret('dashboard-password')]?.value;
      expect(password).to.be.a('string');
      const headers = { authorization: `Basic ${btoa(`any:${password}`)}`, 'x-forwarded-for': '192.0.2.1' };
      expect((await fetch(`${rig.url}/dashboard/stats`, { headers })).status).to.equal(200);
    });
  });

  it('and replicas of both versions beside each other: they count together, and nothing is lost', async function () {
    const old = await buildOld(this);
    const simulator: Simulator = await startSimulator({ paceMs: 0 });
    const env = {
      PATH: process.env.PATH,
      ...gatewayEnvironment(simulator, { DASHBOARD_PASSWORD: '' }),
      REDIS_URL: redis.url,
      HOST: '127.0.0.1',
      PORT: '0',
      DEBUG_MODE: 'false',
    };
    const programs = [old, builtMain()].map((main) => startNode([main], { env }));
    try {
      const urls = await Promise.all(programs.map(urlOf));
      const total = async (url = '') => (await jsonOf(await fetch(`${url}/dashboard/stats`))).TotalRequests;
      let sent = LEFT.stats.TotalRequests;
      const conversations = await Promise.all(
        urls.flatMap((url) => Array.from({ length: 10 }, () => ask(url))),
      );
      sent += conversations.length;
      expect(conversations).to.deep.equal(Array.from({ length: 20 }, () => 200));
      await eventually(async () => {
        for (const url of urls) expect(await total(url)).to.equal(sent);
      });
      programs[0]?.kill('SIGTERM');
      expect((await programs[0]?.ended)?.code).to.equal(0);
      expect(await ask(`${urls[1]}`)).to.equal(200);
      await eventually(async () => expect(await total(urls[1])).to.equal(sent + 1));
    } finally {
      for (const program of programs) program.kill();
      await simulator.close();
    }
  });
});

/** Members and elements that this version has added are left out. */
function withoutNew(rows: Json[], known: readonly Json[]): Json[] {
  return rows.map((row, index) =>
    Object.fromEntries(Object.keys(known[index] ?? {}).map((name) => [name, row[name]])),
  );
}

async function ask(url: string): Promise<number> {
  const { status } = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer key-of-ann', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'GLM-4.5', stream: false, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  return status;
}

async function urlOf(program: Program): Promise<string> {
  const [, url] = await program.until(/listens on (http:\S+?);/);
  return `${url}`.replace('localhost', '127.0.0.1');
}

/** Compiles the last commit of 0.1.0. Skips the test where the history is not at hand. @returns the path of its entry */
async function buildOld(context: Mocha.Context): Promise<string> {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: PROJECT, maxBuffer: 2 ** 28, stdio: 'pipe' });
  const folder = mkdtempSync(join(tmpdir(), 'version-0.1.0-'));
  try {
    const raised = String(git('log', '--format=%H', '-S"version": "0.2.0"', '--', 'package.json')).trim();
    const archive = git(
      'archive',
      `${raised.split('\n').at(-1)}^`,
      'src',
      'views',
      'package.json',
      'tsconfig.json',
    );
    execFileSync('tar', ['x', '-C', folder], { input: archive });
  } catch {
    skip(context, 'the history of version 0.1.0 is not here');
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', folder, '--noCheck', '--outDir', join(folder, 'dist')]);
  return join(folder, 'dist', 'main.js');
}
