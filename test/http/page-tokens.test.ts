/** The page token of a session: the playground asks with it, and it does nothing else. */
import { expect } from 'chai';
import { makeProof, PROOF_HEADER } from '../../src/http/session-proof.js';
import { jsonOf, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { ADMIN, admin, newKey } from '../support/team.js';

describe('A page token', () => {
  const rig = useGateway({
    form: 'zai',
    env: {
      ADMIN_PASSWORD: ADMIN,
      API_KEYS: 'old:key-of-the-environment,small:key-with-a-budget',
      BUDGETS: 'small=40tokens/total',
    },
  });

  async function logIn(key: string): Promise<{ cookie: string; token: string }> {
    const response = await fetch(`${rig.url}/me/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { cookie, token: await readToken({ cookie }) };
  }
  async function readToken(headers: Record<string, string>): Promise<string> {
    const response = await fetch(`${rig.url}/playground`, { headers });
    const token = /id="key"[^>]* value="(zto-page-[^"]*)"/.exec(await response.text())?.[1] ?? '';
    if (token) expect(response.headers.get('cache-control')).to.equal('no-store');
    return token;
  }
  const ask = (token: string, model = 'glm-4.6', path = '/v1/chat/completions') =>
    fetch(rig.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'hi', messages: [{ role: 'user', content: 'hi' }] }),
    });

  it('asks as its key, with the key’s models', async () => {
    const { id, key } = await newKey(rig.url, { member: 'alice', models: ['glm-4.6'] });
    const { token } = await logIn(key);
    expect((await ask(token)).status).to.equal(200);
    expect((await ask(token, 'glm-5')).status).to.equal(403);
    const own = await fetch(`${rig.url}/v1/key`, { headers: { 'x-api-key': token } });
    expect(await jsonOf(own)).to.include({ id, member: 'alice' });
    await until(() => rig.records.filter(({ keyId }) => keyId === id).length === 2);
  });

  it('is there without a session for nobody, and is no session', async () => {
    const { cookie, token } = await logIn((await newKey(rig.url, { member: 'alice' })).key);
    expect(await readToken({})).to.equal('');
    expect(await readToken({ cookie: `ztoapi=${'x'.repeat(43)}` })).to.equal('');
    expect(await readToken({ cookie })).to.equal(token);
    const [, id = '', secret = ''] = /^zto-page-(.{64})-(.{43})$/.exec(token) ?? [];
    for (const value of [token, id, secret]) {
      const response = await fetch(`${rig.url}/me/key`, { headers: { cookie: `ztoapi=${value}` } });
      expect(response.status).to.equal(401);
    }
    const members = await admin(rig.url, 'GET', '/members', undefined, { authorization: `Bearer ${token}` });
    expect(members.status).to.equal(401);
  });

  it('ends with its session, and with its key', async () => {
    const { id, key } = await newKey(rig.url, { member: 'alice' });
    const first = await logIn(key);
    const second = await logIn(key);
    const proof = makeProof(first.cookie.split('=')[1] ?? '');
    const headers = { cookie: first.cookie, origin: rig.url, [PROOF_HEADER]: proof };
    const out = { method: 'DELETE', headers };
    expect((await fetch(`${rig.url}/me/session`, out)).status).to.equal(200);
    expect((await ask(first.token)).status).to.equal(401);
    expect((await ask(second.token)).status).to.equal(200);
    await admin(rig.url, 'POST', `/keys/${id}/rotate`, { grace_seconds: 60 });
    await until(async () => (await ask(second.token)).status === 401);
    expect((await ask(key)).status).to.equal(200);
  });

  it('stands for a key of the environment as well', async () => {
    const { token } = await logIn('key-of-the-environment');
    expect((await ask(token)).status).to.equal(200);
    await until(() => rig.records.some(({ keyId, status }) => keyId === 'env:old' && status === 200));
  });

  it('spends the budget of its key', async () => {
    const { token } = await logIn('key-with-a-budget');
    const first = await ask(token);
    expect(first.headers.get('x-budget-remaining')).to.equal('40 tokens');
    let response = first;
    for (let more = 0; response.status === 200 && more < 20; more += 1) response = await ask(token);
    expect((await jsonOf(response)).error.code).to.equal('budget_exceeded');
    expect((await jsonOf(await ask('key-with-a-budget'))).error.code).to.equal('budget_exceeded');
  });

  it('keeps no response: only the key itself could open it', async () => {
    const { token } = await logIn('key-of-the-environment');
    const { id } = await jsonOf(await ask(token, 'glm-4.6', '/v1/responses'));
    const headers = { authorization: 'Bearer key-of-the-environment' };
    expect((await fetch(`${rig.url}/v1/responses/${id}`, { headers })).status).to.equal(404);
  });

  it('that is wrong counts as a wrong key', async () => {
    const { token } = await logIn((await newKey(rig.url, { member: 'alice' })).key);
    const wrong = `${token.slice(0, -43)}${'x'.repeat(43)}`;
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt += 1) statuses.push((await ask(wrong)).status);
    expect(statuses[0]).to.equal(401);
    expect(statuses[20]).to.equal(429);
  });
});
