/** Keys that are made at run time, on the path of requests. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { errorOf, jsonOf, Rig, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { ADMIN, admin, newKey } from '../support/team.js';

const ENV = { ADMIN_PASSWORD: ADMIN, API_KEYS: 'env:key-of-the-environment' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('A managed key', () => {
  const rig = useGateway({ form: 'zai', env: { ...ENV, RATE_LIMIT: '0' } });
  const ask = (key: string, options = {}) =>
    rig.ask('sim:say(ok)', { headers: bearer(key), stream: false, ...options });

  it('works at once, in both headers, and is counted under its name', async () => {
    const { id, key, name } = await newKey(rig.url, { member: 'alice' });
    expect(name).to.equal('alice');
    const response = await ask(key);
    expect(response.status).to.equal(200);
    expect(await rig.recordOf(response)).to.include({ keyName: 'alice', keyId: id, member: 'alice' });
    const other = await rig.ask('sim:say(ok)', {
      headers: { authorization: '', 'x-api-key': key },
      stream: false,
    });
    expect(other.status).to.equal(200);
  });

  it('that was imported goes on counting where the key of the environment ended, whatever its secret', async () => {
    const key = 'a-key-that-api-keys-had';
    await admin(rig.url, 'POST', '/keys/import', { keys: [{ name: 'old', key }] });
    const expected = { keyName: 'old', keyId: 'env:old', member: 'old' };
    expect(await rig.recordOf(await ask(key))).to.include(expected);
    const [{ id }] = (await admin(rig.url, 'GET', '/keys')).body.data.filter(
      ({ name }: { name: string }) => name === 'old',
    );
    const rotated = await admin(rig.url, 'POST', `/keys/${id}/rotate`, {});
    expect(await rig.recordOf(await ask(rotated.body.key))).to.include(expected);
    await admin(rig.url, 'DELETE', `/keys/${id}`);
    const fresh = await newKey(rig.url, { member: 'old', name: 'old' });
    expect(await rig.recordOf(await ask(fresh.key))).to.include({ keyName: 'old', keyId: fresh.id });
  });

  it('is refused when it is removed, disabled or replaced, and works again when it is enabled', async () => {
    const { id, key } = await newKey(rig.url, { member: 'bob' });
    await admin(rig.url, 'PATCH', `/keys/${id}`, { state: 'disabled' });
    const refused = await ask(key);
    expect(refused.status).to.equal(401);
    expect(refused.headers.get('x-should-retry')).to.equal('false');
    expect((await errorOf(refused)).code).to.equal('key_revoked');
    await admin(rig.url, 'PATCH', `/keys/${id}`, { state: 'active' });
    expect((await ask(key)).status).to.equal(200);
    const rotated = await admin(rig.url, 'POST', `/keys/${id}/rotate`, {});
    expect((await ask(key)).status).to.equal(401);
    expect((await ask(rotated.body.key)).status).to.equal(200);
    await admin(rig.url, 'DELETE', '/members/bob');
    expect((await ask(rotated.body.key)).status).to.equal(401);
  });

  it('keeps no response for later requests where key or member is set to never', async () => {
    const respond = async (key: string, fields: object = {}) => {
      const response = await fetch(`${rig.url}/v1/responses`, {
        method: 'POST',
        headers: { ...bearer(key), 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'GLM-4.5', input: 'sim:say(ok)', ...fields }),
      });
      return { status: response.status, body: await jsonOf(response) };
    };
    const { id, key } = await newKey(rig.url, { member: 'quiet' });
    const kept = await respond(key);
    expect(kept.body.store).to.equal(true);
    await admin(rig.url, 'PATCH', `/keys/${id}`, { keep_responses: false });
    const own = await fetch(`${rig.url}/v1/key`, { headers: bearer(key) });
    expect((await jsonOf(own)).keep_responses).to.equal(false);
    const { body } = await respond(key);
    expect(body.store).to.equal(false);
    const found = await fetch(`${rig.url}/v1/responses/${kept.body.id}`, { headers: bearer(key) });
    expect(found.status).to.equal(404);
    expect((await respond(key, { previous_response_id: kept.body.id })).status).to.equal(400);
    await admin(rig.url, 'PATCH', `/keys/${id}`, { keep_responses: null });
    await admin(rig.url, 'PATCH', '/members/quiet', { keep_responses: false });
    expect((await respond(key)).body.store).to.equal(false);
    await admin(rig.url, 'PATCH', '/members/quiet', { keep_responses: true });
    expect((await respond(key)).body.store).to.equal(true);
    expect((await respond(key, { previous_response_id: kept.body.id })).status).to.equal(200);
  });

  it('keeps its old secret during the grace period of a rotation', async () => {
    const { id, key } = await newKey(rig.url, { member: 'grace' });
    const { body } = await admin(rig.url, 'POST', `/keys/${id}/rotate`, { grace_seconds: 60 });
    expect(body.id).to.equal(id);
    for (const secret of [key, body.key]) {
      const response = await ask(secret);
      expect(response.status).to.equal(200);
      expect((await rig.recordOf(response)).keyName).to.equal('grace');
    }
  });

  it('that has expired is told so', async () => {
    const soon = new Date(Date.now() + 300).toISOString();
    const { key } = await newKey(rig.url, { member: 'late', expires_at: soon });
    await until(() => Date.now() > Date.parse(soon));
    const response = await ask(key);
    expect(response.status).to.equal(401);
    expect((await errorOf(response)).code).to.equal('key_expired');
  });

  it('counts the days to its expiry from its first use', async () => {
    const { id, key } = await newKey(rig.url, { member: 'days', expires_days: 30 });
    expect((await admin(rig.url, 'GET', `/keys/${id}`)).body).to.include({
      first_used_at: null,
      expires_at: null,
    });
    expect((await ask(key)).status).to.equal(200);
    await until(async () => (await admin(rig.url, 'GET', `/keys/${id}`)).body.first_used_at !== null);
    const { first_used_at, expires_at } = (await admin(rig.url, 'GET', `/keys/${id}`)).body;
    expect(Date.parse(expires_at) - Date.parse(first_used_at)).to.equal(30 * 24 * 60 * 60 * 1000);
  });

  it('ends its waiting and open requests when it is removed', async () => {
    const { id, key } = await newKey(rig.url, { member: 'open' });
    const response = await ask(key, { stream: true, messages: [{ role: 'user', content: 'sim:stall' }] });
    const reader = response.text();
    const pending = ask(key, { messages: [{ role: 'user', content: 'sim:stall' }] });
    await until(
      () => rig.upstreamChats.filter(({ body }) => JSON.stringify(body).includes('sim:stall')).length >= 2,
    );
    await admin(rig.url, 'DELETE', `/keys/${id}`);
    expect(await reader).to.contain('"code":"key_revoked"');
    const whole = await pending;
    expect(whole.status).to.equal(401);
    expect((await errorOf(whole)).code).to.equal('key_revoked');
  });

  it('may use only its models, and sees only those', async () => {
    const { key } = await newKey(rig.url, { member: 'few', models: ['glm-4.5'] });
    expect((await ask(key, { model: 'GLM-4.5' })).status).to.equal(200);
    for (const path of ['/v1/chat/completions', '/v1/embeddings']) {
      const response = await fetch(rig.url + path, {
        method: 'POST',
        headers: { ...bearer(key), 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'glm-4.6', input: 'x', messages: [{ role: 'user', content: 'x' }] }),
      });
      expect(response.status, path).to.equal(403);
      const error = await errorOf(response);
      expect(error).to.include({ code: 'model_not_allowed', param: 'model' });
      expect(error.message).to.match(/^This key may not use the model glm-4\.6\. Allowed: glm-4\.5\.$/i);
    }
    const names = async (headers = {}) =>
      (await jsonOf(await fetch(`${rig.url}/v1/models`, { headers }))).data.map(
        ({ id }: { id: string }) => id,
      );
    expect(await names(bearer(key))).to.deep.equal(['GLM-4.5']);
    expect((await names()).length).to.be.greaterThan(3);
    expect((await names(bearer('wrong'))).length).to.be.greaterThan(3);
    expect((await fetch(`${rig.url}/v1/models/glm-4.6`, { headers: bearer(key) })).status).to.equal(404);
  });

  it('has the tightest limit of key and member, which the error names', async () => {
    await admin(rig.url, 'POST', '/members', { id: 'limited', requests_per_minute: 3 });
    const one = await newKey(rig.url, { member: 'limited', requests_per_minute: 2 });
    const two = await newKey(rig.url, { member: 'limited' });
    expect((await ask(one.key)).headers.get('x-ratelimit-limit-requests')).to.equal('2');
    expect((await ask(one.key)).status).to.equal(200);
    const ofKey = await ask(one.key);
    expect(ofKey.status).to.equal(429);
    expect((await errorOf(ofKey)).message).to.contain(
      'This key may make 2 requests per minute (limit of the key)',
    );
    expect((await ask(two.key)).status).to.equal(200);
    const ofMember = await ask(two.key);
    expect(ofMember.status).to.equal(429);
    expect((await errorOf(ofMember)).message).to.contain('All keys of limited together may make 3 requests');
  });

  it('can read its own rights', async () => {
    const { id, key } = await newKey(rig.url, { member: 'few', models: ['glm-4.5'], requests_per_minute: 9 });
    const own = await jsonOf(await fetch(`${rig.url}/v1/key`, { headers: bearer(key) }));
    expect(own).to.deep.include({
      id,
      member: 'few',
      name: 'few-2',
      models: [{ allowed: ['glm-4.5'], set_by: 'key' }],
      requests_per_minute: { limit: 9, set_by: 'key' },
    });
    const ofEnvironment = await fetch(`${rig.url}/v1/key`, { headers: bearer('key-of-the-environment') });
    expect(await jsonOf(ofEnvironment)).to.include({ name: 'env', source: 'environment' });
    expect((await fetch(`${rig.url}/v1/key`)).status).to.equal(401);
  });

  it('that is mistyped, cut or of another gateway gets the same 401 as any wrong key', async () => {
    const { key } = await newKey(rig.url, { member: 'alice' });
    const wrong = [key.slice(0, -1), `${key}x`, key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))];
    for (const given of wrong) {
      const response = await ask(given);
      expect(response.status).to.equal(401);
      expect((await errorOf(response)).code).to.equal('invalid_api_key');
    }
  });

  it('shares a place in the queue with the other keys of its member', async () => {
    const { requestSlot } = await import('../../src/http/request-slot.js');
    const member = { id: 'alice' };
    const caller = {
      keyName: 'alice-2',
      isPublic: false,
      managed: { member, rights: { class: 'batch', weight: 4 } },
    };
    const timing = { queueTimeoutMs: 1, queueStreamTimeoutMs: 2 };
    const slot = requestSlot({}, false, { caller, clientAddress: '::1' } as never, timing);
    expect(slot).to.include({ flow: 'key alice', class: 'batch', weight: 4 });
  });
});

describe('The well-known key', () => {
  it('ends with the first managed key, and stays so when the last is removed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ztoapi-team-'));
    const env = { DEFAULT_KEY: '', ADMIN_PASSWORD: ADMIN, DATA_DIR: folder };
    const start = () => new Rig().start({ form: 'zai', env });
    let rig = await start();
    const wellKnown = async () => (await rig.ask('sim:say(ok)', { headers: bearer('sk-your-key') })).status;
    const docs = async () => (await fetch(`${rig.url}/docs?lang=en`)).text();
    const limit = 'Public key, all clients together';
    try {
      expect(await wellKnown()).to.equal(200);
      expect(await docs()).to.contain(limit);
      const { id } = await newKey(rig.url, { member: 'alice' });
      expect(await wellKnown()).to.equal(401);
      expect(await docs()).not.to.contain(limit);
      await admin(rig.url, 'DELETE', `/keys/${id}`);
      expect(await wellKnown()).to.equal(401);
      await rig.stop();
      rig = await start();
      expect(await wellKnown()).to.equal(401);
    } finally {
      await rig.stop();
    }
  });

  it('stays where it is another one', async () => {
    const rig = await new Rig().start({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });
    await newKey(rig.url, { member: 'alice' });
    expect((await rig.ask('sim:say(ok)')).status).to.equal(200);
    await rig.stop();
  });
});

describe('A team without Redis', () => {
  it('is there again after a restart, with its keys, audit and password', async () => {
    const env = { DATA_DIR: mkdtempSync(join(tmpdir(), 'ztoapi-team-')) };
    let rig = await new Rig().start({ form: 'zai', env });
    await until(() => rig.log.includes('admin password'));
    const password = /shown only now.*: (\S+?)"/.exec(rig.log)?.[1] ?? '';
    const headers = { authorization: `Bearer ${password}` };
    const made = await admin(rig.url, 'POST', '/keys', { member: 'alice' }, headers);
    expect(made.status).to.equal(201);
    await rig.stop();
    rig = await new Rig().start({ form: 'zai', env });
    expect((await rig.ask('sim:say(ok)', { headers: bearer(made.body.key) })).status).to.equal(200);
    const audit = await admin(rig.url, 'GET', '/audit', undefined, headers);
    expect(audit.body.data.map(({ action }: { action: string }) => action)).to.deep.equal([
      'key.create',
      'member.create',
    ]);
    expect(rig.log).not.to.contain('admin password');
    await rig.stop();
  });
});
