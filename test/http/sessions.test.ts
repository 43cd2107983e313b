/** Sessions: a page shows a key once, and a cookie stands for it. */
import { expect } from 'chai';
import { makeProof, PROOF_HEADER } from '../../src/http/session-proof.js';
import { jsonOf, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { ADMIN, admin, newKey } from '../support/team.js';

describe('A session', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN, TRUST_PROXY: '1' } });

  const me = (method: string, path: string, headers: Record<string, string> = {}, body?: object) =>
    fetch(`${rig.url}/me${path}`, {
      method,
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  async function logIn(key: string, headers: Record<string, string> = {}): Promise<string> {
    const response = await me('POST', '/session', headers, { key });
    expect(response.status).to.equal(201);
    return response.headers.get('set-cookie') ?? '';
  }
  /** What the session's own pages send. */
  const cookieOf = (header: string) => {
    const [cookie = ''] = header.split(';');
    return { cookie, [PROOF_HEADER]: makeProof(cookie.split('=')[1] ?? '') };
  };

  it('stands for the key that was shown', async () => {
    const { id, key } = await newKey(rig.url, { member: 'alice' });
    const cookie = cookieOf(await logIn(key));
    const own = await me('GET', '/key', cookie);
    expect(await jsonOf(own)).to.include({ id, member: 'alice', source: 'managed' });
    expect(own.headers.get('cache-control')).to.equal('no-store');
    expect((await me('GET', '/key')).status).to.equal(401);
    expect((await me('GET', '/key', { cookie: `ztoapi=${'x'.repeat(43)}` })).status).to.equal(401);
  });

  it('is out of reach of scripts and of other sites, and of other hosts over HTTPS', async () => {
    const { key } = await newKey(rig.url, { member: 'alice' });
    expect(await logIn(key)).to.match(
      /^ztoapi=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const overHttps = await logIn(key, { 'x-forwarded-proto': 'https' });
    expect(overHttps).to.match(/^__Host-ztoapi=[\w-]{43}; .*HttpOnly; SameSite=Strict; Secure$/);
  });

  it('ends by logging out', async () => {
    const { key } = await newKey(rig.url, { member: 'alice' });
    const cookie = cookieOf(await logIn(key));
    const out = await me('DELETE', '/session', { ...cookie, origin: rig.url });
    expect(out.status).to.equal(200);
    expect(out.headers.get('set-cookie')).to.match(/^ztoapi=; Max-Age=0;/);
    expect((await me('GET', '/key', cookie)).status).to.equal(401);
  });

  for (const [what, end] of [
    ['disabled', (id: string) => admin(rig.url, 'PATCH', `/keys/${id}`, { state: 'disabled' })],
    ['removed', (id: string) => admin(rig.url, 'DELETE', `/keys/${id}`)],
    [
      'rotated, during the grace period too',
      (id: string) => admin(rig.url, 'POST', `/keys/${id}/rotate`, { grace_seconds: 60 }),
    ],
  ] as const) {
    it(`ends when its key is ${what}`, async () => {
      const { id, key } = await newKey(rig.url, { member: 'bob' });
      const cookie = cookieOf(await logIn(key));
      expect((await me('GET', '/key', cookie)).status).to.equal(200);
      await end(id);
      await until(async () => (await me('GET', '/key', cookie)).status === 401);
    });
  }

  it('of a member with the admin role opens the dashboard and changes the team, the dashboard’s Basic beside it', async () => {
    const { key } = await newKey(rig.url, { member: 'lead' });
    const cookie = cookieOf(await logIn(key));
    const elsewhere = { ...cookie, 'x-forwarded-for': '192.0.2.7' };
    const looks = async () => (await fetch(`${rig.url}/dashboard/team`, { headers: elsewhere })).status;
    expect(await looks()).to.equal(401);
    await admin(rig.url, 'PATCH', '/members/lead', { role: 'admin' });
    await until(async () => (await looks()) === 200);
    const headers = { ...cookie, origin: rig.url, authorization: `Basic ${btoa('team:another-password')}` };
    const { status } = await admin(rig.url, 'POST', '/members', { id: 'made-by-lead' }, headers);
    expect(status).to.equal(201);
    const { body } = await admin(rig.url, 'GET', '/audit?limit=1');
    expect(body.data[0]).to.include({ actor: 'lead', target: 'made-by-lead' });
  });

  it('works only with the proof that its own pages hold, which no script can fetch', async () => {
    const { key } = await newKey(rig.url, { member: 'guarded' });
    await admin(rig.url, 'PATCH', '/members/guarded', { role: 'admin' });
    const { cookie } = cookieOf(await logIn(key));
    const own = { cookie, origin: rig.url, 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' };
    for (const headers of [own, { ...own, [PROOF_HEADER]: makeProof('another') }]) {
      expect((await me('GET', '/key', headers)).status).to.equal(403);
      expect((await me('POST', '/key/rotate', headers, {})).status).to.equal(403);
      expect((await me('DELETE', '/session', headers)).status).to.equal(403);
      expect((await admin(rig.url, 'GET', '/keys', undefined, headers)).status).to.equal(403);
      expect((await admin(rig.url, 'POST', '/members', { id: 'x' }, headers)).status).to.equal(403);
    }
    const proof = makeProof(cookie.split('=')[1] ?? '');
    const away = { cookie, 'x-forwarded-for': '192.0.2.7' };
    for (const path of ['/me', '/dashboard/team', '/dashboard']) {
      const read = (destination: string) =>
        fetch(rig.url + path, { headers: { ...away, 'sec-fetch-dest': destination } });
      const opened = await read('document');
      expect(opened.headers.get('cross-origin-opener-policy')).to.equal('noopener-allow-popups');
      expect(await opened.text(), path).to.contain(proof);
      for (const destination of ['empty', 'iframe', 'script', 'object'])
        expect(await (await read(destination)).text(), destination).not.to.match(/data-proof|guarded/);
    }
    const live = (headers: Record<string, string>) =>
      fetch(`${rig.url}/dashboard/live`, { headers: { ...away, 'sec-fetch-dest': 'empty', ...headers } });
    expect((await live({})).status).to.equal(401);
    expect((await live({ [PROOF_HEADER]: proof })).status).to.equal(200);
    expect((await live({ [PROOF_HEADER]: makeProof('another') })).status).to.equal(401);
  });

  it('rotates its own key, from the gateway’s own pages only', async () => {
    const { key } = await newKey(rig.url, { member: 'cid' });
    const cookie = cookieOf(await logIn(key));
    for (const origin of [undefined, 'https://evil.example', 'http://localhost:1'])
      expect(
        (await me('POST', '/key/rotate', { ...cookie, ...(origin ? { origin } : {}) }, {})).status,
      ).to.equal(403);
    const rotated = await me('POST', '/key/rotate', { ...cookie, origin: rig.url }, { grace_seconds: 60 });
    const fresh = (await jsonOf(rotated)).key;
    expect(await rig.say('sim:say(hi)', { headers: { authorization: `Bearer ${fresh}` } })).to.equal('hi');
    const { body } = await admin(rig.url, 'GET', '/audit?limit=1');
    expect(body.data[0]).to.include({ actor: 'cid', action: 'key.rotate' });
  });

  it('of a member with the admin role may change the team, and of another may not', async () => {
    await admin(rig.url, 'POST', '/members', { id: 'lead', role: 'admin' });
    const lead = cookieOf(await logIn((await newKey(rig.url, { member: 'lead' })).key));
    const other = cookieOf(await logIn((await newKey(rig.url, { member: 'alice' })).key));
    const make = (headers: Record<string, string>) =>
      admin(rig.url, 'POST', '/members', { id: 'made' }, headers);
    expect((await make({ ...other, origin: rig.url })).status).to.equal(401);
    expect((await make(lead)).status).to.equal(403);
    expect((await make({ ...lead, origin: 'https://evil.example' })).status).to.equal(403);
    expect((await make({ ...lead, origin: rig.url })).status).to.equal(201);
    const { body } = await admin(rig.url, 'GET', '/audit?limit=1', undefined, lead);
    expect(body.data[0]).to.include({ actor: 'lead', action: 'member.create', target: 'made' });
  });

  it('is not opened with a wrong key, and wrong keys are limited', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt += 1)
      statuses.push((await me('POST', '/session', {}, { key: `wrong-key-${attempt}` })).status);
    expect(new Set(statuses.slice(0, 20))).to.deep.equal(new Set([401]));
    expect(statuses[20]).to.equal(429);
  });
});
