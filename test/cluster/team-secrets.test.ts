/** A key, an invite, a session and passwords as canaries behind the real balancer: nothing that is kept or told has them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { freePort, haproxy, type Part } from '../../scripts/cluster.mjs';
import { makeProof, PROOF_HEADER } from '../../src/http/session-proof.js';
import { type Json, Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis, until } from '../support/redis.js';

const ADMIN = 'canary-password-of-the-admin';
const PAGES = ['/', '/docs', '/playground', '/me', '/join', '/openapi.json', '/readyz'];
const DASHBOARD = ['', '/requests', '/team', '/upstreams', '/events', '/stats', '/keys.csv'];

describe('Secrets of a team', () => {
  let server: RedisServer;
  let redis: Redis;
  let balancer: Part | undefined;
  let rig: Rig | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ztoapi-canary-'));

  before(async function () {
    needs(this, 'redis-server', 'haproxy');
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterEach(async () => {
    await balancer?.stop('SIGKILL');
    await rig?.stop();
  });
  after(async () => {
    redis?.disconnect();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [where, state, readStore] of [
    ['Redis', () => ({ REDIS_URL: server.url }), async () => dump(redis)],
    ['DATA_DIR', () => ({ DATA_DIR: join(folder, 'data') }), async () => readFolder(join(folder, 'data'))],
  ] as const)
    it(`are in no log, the balancer’s included, no page, metric or stored value (${where})`, async () => {
      const lines: string[] = [];
      rig = await new Rig().start({
        form: 'zai',
        env: { ADMIN_PASSWORD: ADMIN, METRICS_PORT: '0', TRUST_PROXY: '1', ...state() },
      });
      const gateway = { name: 'gateway', url: rig.url.replace('localhost', '127.0.0.1') };
      const on = { line: (...words: string[]) => lines.push(words.join(' ')), end: () => undefined };
      balancer = await haproxy(await freePort(), [gateway], folder, on);
      await balancer.start();
      const { url } = balancer;
      const secrets = await useTeam(url);
      const { log } = rig;
      await until(() => lines.some((line) => line.includes('/me/key')));
      const metrics = /http:\/\/[\d.a-z]+:\d+\/metrics/.exec(log)?.[0] ?? '';
      const headers = { authorization: `Basic ${btoa(`team:${ADMIN}`)}` };
      const addresses = [
        ...PAGES.map((path) => url + path),
        metrics,
        ...DASHBOARD.map((path) => `${url}/dashboard${path}`),
      ];
      const pages = await Promise.all(
        addresses.map(async (address) => {
          const response = await fetch(address, { headers: address.includes('/dashboard') ? headers : {} });
          expect(response.status, address).to.equal(200);
          return response.text();
        }),
      );
      await until(
        async () => (await readStore()).includes('"audit') || (await readStore()).includes('invite.accept'),
      );
      const seen = {
        log: rig.log,
        balancer: lines.join('\n'),
        pages: pages.join('\n'),
        store: await readStore(),
      };
      // There is something to look through.
      expect(seen.balancer).to.contain('/join').and.contain('/admin/keys');
      expect(seen.store).to.contain('canary-member');
      expect(seen.pages).to.contain('canary-member');
      for (const [what, secret] of Object.entries(secrets)) {
        expect(secret, what).to.have.length.of.at.least(20);
        for (const [place, text] of Object.entries(seen))
          expect(text.includes(secret), `the ${what} in the ${place}`).to.equal(false);
      }
    });
});

/** Does what leads and members do. @returns what nobody but them may have */
async function useTeam(url: string): Promise<Record<string, string>> {
  const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
  };
  const lead = { authorization: `Bearer ${ADMIN}` };
  const { body: made } = await send('POST', '/admin/keys', lead, { member: 'canary-member' });
  const { body: rotated } = await send('POST', `/admin/keys/${made.id}/rotate`, lead, { grace_seconds: 600 });
  const { body: invited } = await send('POST', '/admin/invites', lead, { member: 'canary-guest' });
  const invite = String(invited.url).split('#')[1] ?? '';
  const { body: joined } = await send('POST', '/join', {}, { token: invite });
  const { body: open } = await send('POST', '/admin/invites', lead, { member: 'canary-later' });
  const session = await send('POST', '/me/session', { origin: url }, { key: joined.key });
  const [, token = ''] = /ztoapi=([\w-]{43})/.exec(session.headers.get('set-cookie') ?? '') ?? [];
  const own = { cookie: `ztoapi=${token}`, [PROOF_HEADER]: makeProof(token) };
  expect((await send('GET', '/me/key', own)).status).to.equal(200);
  const playground = await (await fetch(`${url}/playground`, { headers: own })).text();
  const [, pageToken = ''] = /zto-page-[\da-f]{64}-([\w-]{43})/.exec(playground) ?? [];
  for (const key of [made.key, rotated.key, joined.key, `${joined.key.slice(0, -1)}!`])
    await send(
      'POST',
      '/v1/chat/completions',
      { authorization: `Bearer ${key}` },
      {
        model: 'glm-4.6',
        messages: [{ role: 'user', content: 'sim:say(ok)' }],
      },
    );
  await send('GET', '/admin/keys', { authorization: `Bearer ${ADMIN}-wrong` });
  const inner = (key: string) => key.slice(15, 47);
  return {
    'first secret': inner(made.key),
    'second secret': inner(rotated.key),
    'secret from the invite': inner(joined.key),
    'used invite': invite,
    'open invite': String(open.url).split('#')[1] ?? '',
    session: token,
    'page token': pageToken,
    'proof of the session': makeProof(token),
    'password of the admin': ADMIN,
  };
}

/** Everything that Redis holds, as text. */
async function dump(redis: Redis): Promise<string> {
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1'),
  };
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map(async (key) => [key, await read[await redis.type(key)]?.(key)]));
  return JSON.stringify(values);
}

function readFolder(path: string): string {
  return readdirSync(path)
    .map((file) => readFileSync(join(path, file), 'latin1'))
    .join('\n');
}
