/** The team's administration: who may change what, and what the answers hold. */
import { expect } from 'chai';
import { useGateway } from '../support/gateway.js';
import { ADMIN, admin, newKey } from '../support/team.js';

const basic = (password: string) => ({ authorization: `Basic ${btoa(`lead:${password}`)}` });

describe('The admin API', () => {
  const rig = useGateway({
    form: 'zai',
    env: { ADMIN_PASSWORD: ADMIN, API_KEYS: 'env:key-of-the-environment' },
  });

  it('wants the admin’s password, from this machine too', async () => {
    const keys = {
      none: {},
      wrong: { authorization: 'Bearer wrong' },
      'a key': { authorization: 'Bearer key-of-the-environment' },
    };
    for (const [what, headers] of Object.entries(keys)) {
      const { status, body, headers: answered } = await admin(rig.url, 'GET', '/members', undefined, headers);
      expect(status, what).to.equal(401);
      expect(body.error.code, what).to.equal('admin_password_required');
      expect(answered.get('www-authenticate')).to.equal('Basic realm="ZtoApi team", charset="UTF-8"');
    }
  });

  const own = () => rig.url;
  const origins: [what: string, headers: () => Record<string, string>, status: number][] = [
    ['Bearer without an origin', () => ({ authorization: `Bearer ${ADMIN}` }), 201],
    ['Bearer from the own page', () => ({ authorization: `Bearer ${ADMIN}`, origin: own() }), 201],
    [
      'Bearer from another page',
      () => ({ authorization: `Bearer ${ADMIN}`, origin: 'https://evil.example' }),
      403,
    ],
    ['Basic from the own page', () => ({ ...basic(ADMIN), origin: own() }), 201],
    [
      'Basic from the own page, as browsers say',
      () => ({ ...basic(ADMIN), origin: own(), 'sec-fetch-site': 'same-origin' }),
      201,
    ],
    ['Basic without an origin', () => basic(ADMIN), 403],
    [
      'Basic from another port of this machine',
      () => ({ ...basic(ADMIN), origin: 'http://localhost:1' }),
      403,
    ],
    ['Basic from another origin', () => ({ ...basic(ADMIN), origin: 'https://evil.example' }), 403],
    ['Basic from a page without an origin', () => ({ ...basic(ADMIN), origin: 'null' }), 403],
    [
      'Basic from a frame of another site',
      () => ({ ...basic(ADMIN), origin: own(), 'sec-fetch-site': 'cross-site' }),
      403,
    ],
    ['Basic with a wrong password', () => ({ ...basic('wrong'), origin: own() }), 401],
  ];
  for (const [index, [what, headers, status]] of origins.entries()) {
    it(`answers a change by ${what} with ${status}`, async () => {
      const answer = await admin(rig.url, 'POST', '/members', { id: `member-${index}` }, headers());
      expect(answer.status).to.equal(status);
      const { body } = await admin(rig.url, 'GET', '/members');
      const ids = body.data.map(({ id }: { id: string }) => id);
      expect(ids.includes(`member-${index}`)).to.equal(status === 201);
    });
  }

  it('lets no other page read', async () => {
    const headers = { authorization: `Bearer ${ADMIN}`, origin: 'https://elsewhere.example' };
    const { headers: answered } = await admin(rig.url, 'GET', '/members', undefined, headers);
    expect([...answered.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    expect(answered.get('cache-control')).to.equal('no-store');
    const preflight = await fetch(`${rig.url}/admin/keys`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).to.equal(405);
    expect(preflight.headers.get('access-control-allow-origin')).to.equal(null);
  });

  it('names its own field where other gateways have another name', async () => {
    for (const field of ['budget', 'max_budget', 'in_flight', 'max_parallel_requests']) {
      const { status, body } = await admin(rig.url, 'POST', '/keys', { member: 'alice', [field]: 20 });
      expect(status, field).to.equal(400);
      expect(body.error).to.include({ code: 'unsupported_parameter', param: field });
      expect(body.error.message).to.match(/is called (budgets|max_in_flight) here/);
    }
  });

  it('keeps budgets and limits as they were set, and clears them with null', async () => {
    const budgets = [
      { tokens: 2_000, period: 'day', hard: false },
      { money: 0.1, currency: 'CNY', period: 'month', hard: true },
    ];
    const { body: key } = await admin(rig.url, 'POST', '/keys', {
      member: 'with-budgets',
      budgets,
      tokens_per_minute: 9_000,
      max_in_flight: 3,
    });
    expect(key).to.deep.include({ budgets, tokens_per_minute: 9_000, max_in_flight: 3 });
    const cleared = { budgets: null, tokens_per_minute: null, max_in_flight: null };
    const { body: after } = await admin(rig.url, 'PATCH', `/keys/${key.id}`, cleared);
    expect(after).to.deep.include({ ...cleared, budgets: [] });
  });

  const wrong: [field: string, body: object, message: RegExp][] = [
    ['expires_at', { expires_at: '2020-01-31' }, /must be in the future/],
    ['expires_at', { expires_at: '2099-02-30' }, /must be a day/],
    ['expires_at', { expires_at: 'tomorrow' }, /must be a day/],
    ['modles', { modles: ['glm'] }, /is not a field of this request; there are member, name,/],
    ['member', { member: 'a b' }, /letters/],
    ['models', { models: [] }, /small|>=1/],
    ['budgets', { budgets: [{ period: 'day' }] }, /must have either tokens, or money and currency/],
    ['budgets', { budgets: [{ tokens: 1, money: 1, currency: 'USD', period: 'day' }] }, /must have either/],
    [
      'budgets',
      {
        budgets: [
          { tokens: 1, period: 'day' },
          { tokens: 2, period: 'day' },
        ],
      },
      /must have one entry for tokens per day/,
    ],
  ];
  for (const [param, fields, message] of wrong) {
    it(`says what is wrong with ${JSON.stringify(fields)}`, async () => {
      const { status, body } = await admin(rig.url, 'POST', '/keys', { member: 'alice', ...fields });
      expect(status).to.equal(400);
      expect(body.error.param).to.match(new RegExp(`^${param}`));
      expect(body.error.message).to.match(message);
    });
  }

  it('lets a day of expiry last to its end', async () => {
    const { body } = await admin(rig.url, 'POST', '/keys', { member: 'day', expires_at: '2099-01-31' });
    expect(body.expires_at).to.equal('2099-02-01T00:00:00.000Z');
    const cleared = await admin(rig.url, 'PATCH', `/keys/${body.id}`, { expires_at: null, note: 'kept' });
    expect(cleared.body).to.include({ expires_at: null, note: 'kept' });
  });

  it('refuses names that are taken, and ids that are not there', async () => {
    await admin(rig.url, 'POST', '/members', { id: 'twice' });
    expect((await admin(rig.url, 'POST', '/members', { id: 'twice' })).status).to.equal(409);
    for (const name of ['env', 'public', 'none'])
      expect((await admin(rig.url, 'POST', '/keys', { member: 'alice', name })).status, name).to.equal(409);
    for (const [method, path] of [
      ['GET', '/members/nobody'],
      ['PATCH', '/keys/00000000'],
      ['DELETE', '/members/nobody'],
      ['POST', '/keys/00000000/rotate'],
    ] as const)
      expect(
        (await admin(rig.url, method, path, method === 'GET' || method === 'DELETE' ? undefined : {})).status,
        path,
      ).to.equal(404);
  });

  it('lists the keys of the environment by name, and shows no secret twice', async () => {
    const { key } = await newKey(rig.url, { member: 'listed' });
    const { body } = await admin(rig.url, 'GET', '/keys');
    expect(body.data.slice(0, 2)).to.deep.equal([
      { id: null, name: 'public', member: null, source: 'environment', state: 'active' },
      { id: null, name: 'env', member: null, source: 'environment', state: 'active' },
    ]);
    const all = JSON.stringify([body, (await admin(rig.url, 'GET', '/audit')).body]);
    expect(all)
      .to.contain(key.slice(-4))
      .and.not.to.contain(key.slice(0, -4))
      .and.not.to.contain('key-of-the');
  });

  it('takes an open invite back', async () => {
    const { url } = (await admin(rig.url, 'POST', '/invites', { member: 'not-yet' })).body;
    const removed = await admin(rig.url, 'DELETE', '/invites/not-yet');
    expect(removed.body).to.deep.equal({ id: 'not-yet', deleted: true });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ token: url.split('#')[1] });
    expect((await fetch(`${rig.url}/join`, { method: 'POST', headers, body })).status).to.equal(404);
    expect((await admin(rig.url, 'DELETE', '/invites/not-yet')).status).to.equal(404);
    expect((await admin(rig.url, 'GET', '/members/not-yet')).status).to.equal(200);
    const [entry] = (await admin(rig.url, 'GET', '/audit?limit=1')).body.data;
    expect(entry).to.include({ action: 'invite.remove', target: 'not-yet' });
  });

  it('notes in the audit who has changed what', async () => {
    const { id } = await newKey(rig.url, { member: 'noted', models: ['glm-4.*'] });
    await admin(rig.url, 'DELETE', `/keys/${id}`);
    const { body } = await admin(rig.url, 'GET', '/audit?limit=2');
    expect(body.data).to.have.length(2);
    expect(body.data[0]).to.include({
      actor: 'admin',
      address: '127.0.0.1',
      action: 'key.remove',
      target: 'noted/noted',
    });
    expect(body.data[1]).to.deep.include({ action: 'key.create', changes: { models: ['glm-4.*'] } });
    expect((await admin(rig.url, 'GET', '/audit?limit=0')).status).to.equal(400);
  });

  it('opens the dashboard with the same password', async () => {
    const headers = { ...basic(ADMIN), 'x-forwarded-for': '192.0.2.1' };
    expect((await fetch(`${rig.url}/dashboard/stats`, { headers })).status).to.equal(200);
    expect(
      (await fetch(`${rig.url}/dashboard/stats`, { headers: { ...headers, ...basic('wrong') } })).status,
    ).to.equal(401);
  });

  it('writes no secret to the log', () => {
    expect(rig.log).not.to.match(/sk-zto-|password-of-the-admin|key-of-the-environment/);
  });
});

describe('Wrong passwords of the admin', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN } });

  it('are limited, and after too many the right one is refused as well', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt += 1)
      statuses.push(
        (await admin(rig.url, 'GET', '/members', undefined, { authorization: 'Bearer wrong' })).status,
      );
    expect(new Set(statuses.slice(0, 20))).to.deep.equal(new Set([401]));
    expect(statuses[20]).to.equal(429);
    expect((await admin(rig.url, 'GET', '/members')).status).to.equal(429);
  });
});
