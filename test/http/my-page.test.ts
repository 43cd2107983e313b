/** GET /me: what a member sees of the own key, and nobody else does. */
import { expect } from 'chai';
import { makeProof, PROOF_HEADER } from '../../src/http/session-proof.js';
import { jsonOf, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { ADMIN, admin, newKey } from '../support/team.js';

describe('My page', () => {
  const rig = useGateway({
    form: 'zai',
    env: { ADMIN_PASSWORD: ADMIN, API_KEYS: 'old:key-of-the-environment' },
  });
  const openSession = (key: string) =>
    fetch(`${rig.url}/me/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
  async function logIn(key: string) {
    const response = await openSession(key);
    expect(response.status).to.equal(201);
    return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
  }
  const show = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${rig.url}/me`, { headers });
    return { response, html: await response.text() };
  };

  it('asks for a key without a session, and tells nothing', async () => {
    await newKey(rig.url, { member: 'alice' });
    for (const headers of [{}, { cookie: `ztoapi=${'x'.repeat(43)}` }]) {
      const { response, html } = await show(headers);
      expect(response.status).to.equal(200);
      expect(html).to.contain('id="open"').and.not.contain('alice');
    }
  });

  it('is kept by no cache, and other origins may neither read nor frame it', async () => {
    const { key } = await newKey(rig.url, { member: 'alice' });
    const { response, html } = await show({ ...(await logIn(key)), origin: 'https://evil.example' });
    expect(html).to.contain('alice').and.not.contain(key);
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    expect(response.headers.get('content-security-policy')).to.contain("frame-ancestors 'none'");
  });

  it('shows rights, use and errors of the own key only', async () => {
    const bob = await newKey(rig.url, { member: 'bob', models: ['glm-4.*'], requests_per_minute: 50 });
    const other = await newKey(rig.url, { member: 'carol' });
    const ask = (key: string, model: string) =>
      fetch(`${rig.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'sim:say(secret-answer)' }] }),
      });
    expect((await ask(bob.key, 'glm-4.6')).status).to.equal(200);
    expect((await ask(bob.key, 'glm-5')).status).to.equal(403);
    const mine = await logIn(bob.key);
    await until(async () => /id="use-hour">.*?<td class="number">2</.test((await show(mine)).html));
    const { html } = await show(mine);
    expect(html).to.match(/id="use-day">.*?<td class="number">2<.*<td class="number">1<\/td><\/tr>/);
    expect(html).to.contain('glm-4.*').and.contain('>50 ').and.contain('<code>model_not_allowed</code>');
    expect(html).to.contain('None of your requests is waiting').and.not.contain('secret-answer');
    const { html: hers } = await show(await logIn(other.key));
    expect(hers).to.not.contain('model_not_allowed');
    expect(hers).to.match(/id="use-day">.*?<td class="number">0</);
  });

  it('shows nothing of an earlier key that had the same name', async () => {
    const first = await newKey(rig.url, { member: 'eve', name: 'laptop' });
    await (await rig.ask('sim:say(hi)', { headers: { authorization: `Bearer ${first.key}` } })).text();
    const before = await logIn(first.key);
    await until(async () => /id="use-day">.*?<td class="number">1</.test((await show(before)).html));
    expect((await admin(rig.url, 'DELETE', `/keys/${first.id}`)).status).to.be.below(300);
    const second = await newKey(rig.url, { member: 'eve', name: 'laptop' });
    expect((await show(await logIn(second.key))).html).to.match(/id="use-day">.*?<td class="number">0</);
  });

  it('shows what is left of a budget', async () => {
    const budgets = [
      { tokens: 2000, period: 'day' },
      { money: 12.5, currency: 'USD', period: 'total' },
    ];
    const { key } = await newKey(rig.url, { member: 'dan', budgets, max_in_flight: 2 });
    const headers = { authorization: `Bearer ${key}` };
    await (await rig.ask('sim:say(hi)', { headers })).text();
    const mine = await logIn(key);
    await until(async () => /1,9\d\d tokens left/.test((await show(mine)).html));
    const { html } = await show(mine);
    expect(html).to.contain('2,000 tokens a day').and.contain('12.5 USD in total').and.contain('starts anew');
    expect(html).to.match(/<meter min="0" max="2000" high="1600" optimum="0" value="\d+" aria-label="2,000/);
    expect(html).to.match(/Requests at a time<\/dt>\s*<dd>2 /);
  });

  it('shows a key of the environment its own use, and nothing to change', async () => {
    const mine = await logIn('key-of-the-environment');
    const headers = { authorization: 'Bearer key-of-the-environment', 'content-type': 'application/json' };
    const body = JSON.stringify({ model: 'none', messages: [{ role: 'user', content: 'hi' }] });
    await fetch(`${rig.url}/v1/chat/completions`, { method: 'POST', headers, body });
    await until(async () => /id="use-hour">.*?<td class="number">1</.test((await show(mine)).html));
    const { html } = await show(mine);
    expect(html).to.contain('<strong>old</strong>').and.contain('<code>model_not_found</code>');
    expect(html).to.contain('can only be changed there').and.not.contain('id="rotate"');
    expect(html).to.not.contain('key-of-the-environment');
    const asPage = { ...mine, [PROOF_HEADER]: makeProof(mine.cookie.split('=')[1] ?? '') };
    const own = await fetch(`${rig.url}/me/key`, { headers: asPage });
    expect(await jsonOf(own)).to.include({ name: 'old', source: 'environment' });
    const rotated = await fetch(`${rig.url}/me/key/rotate`, {
      method: 'POST',
      headers: { ...asPage, origin: rig.url, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(rotated.status).to.equal(403);
    expect((await jsonOf(rotated)).error.code).to.equal('key_not_managed');
  });
});
