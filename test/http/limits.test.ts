import { expect } from 'chai';
import type { Store as LimitStore } from 'express-rate-limit';
import OpenAI from 'openai';
import supertest from 'supertest';
import { composedApp } from '../support/app.js';
import { chatBody, errorOf, type Json, jsonOf, KEY, RawClient, Rig, useGateway } from '../support/gateway.js';

const WORDS = { stream: false } as const;
const RATE_HEADERS = ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-ratelimit-limit-requests'];

/** One request from an address, as the one trusted proxy tells it. */
function from(rig: Rig, address: string, key = KEY): Promise<Response> {
  const headers = { 'x-forwarded-for': address, authorization: `Bearer ${key}` };
  return rig.ask('sim:say(ok)', { ...WORDS, headers });
}

async function statuses(asked: Promise<Response>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(asked)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('The public key’s limits', () => {
  const env = { PUBLIC_RATE_LIMIT: '3', PUBLIC_RATE_LIMIT_TOTAL: '5', TRUST_PROXY: '1' };
  const rig = useGateway({ form: 'zai', env });

  it('admit exactly the limit at once from one address, and report what is left', async () => {
    const responses = await Promise.all(times(10, () => from(rig, '192.0.2.1')));
    const admitted = responses.filter(({ status }) => status === 200);
    expect(admitted).to.have.length(3);
    const left = admitted.map(({ headers }) => headers.get('x-ratelimit-remaining-requests')).sort();
    expect(left).to.deep.equal(['0', '1', '2']);
    for (const { headers } of admitted) {
      expect(headers.get('x-ratelimit-limit-requests')).to.equal('3');
      expect(headers.get('x-ratelimit-reset-requests')).to.match(/^([1-5]?\d|60)s$/);
      expect(headers.get('ratelimit-policy'))
        .to.match(/"public-address"; q=3; w=60; pk=:\S+:/)
        .and.to.match(/"public-total"; q=5; w=60; pk=:\S+:/);
      expect(headers.get('ratelimit')).to.match(/"public-address"; r=\d; t=\d+.*"public-total"; r=\d; t=\d+/);
      expect(headers.get('retry-after')).to.equal(null);
    }
  });

  it('reject in OpenAI’s format, and say which limit it was and who gives out keys', async () => {
    const response = await from(rig, '192.0.2.1');
    expect(response.status).to.equal(429);
    expect(Number(response.headers.get('retry-after'))).to.be.within(1, 60);
    expect(response.headers.get('x-ratelimit-limit-requests')).to.equal('3');
    expect(response.headers.get('x-ratelimit-remaining-requests')).to.equal('0');
    expect(response.headers.get('ratelimit')).to.match(/^"public-address"; r=0; t=\d+$/);
    const error = await errorOf(response);
    expect(error).to.include({ type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null });
    expect(error.message)
      .to.contain('3 requests per minute from one address')
      .and.to.contain('a key of your own');
    expect(await rig.recordOf(response)).to.include({
      status: 429,
      outcome: 'rate_limited',
      code: 'rate_limit_exceeded',
      keyName: 'public',
      clientAddress: '192.0.2.1',
    });
  });

  it('do not count requests that the limit of the address rejected', async () => {
    // Three of five were admitted above, eight refused.
    expect(await statuses(times(2, () => from(rig, '192.0.2.2')))).to.deep.equal({ 200: 2 });
  });

  it('reject all callers once they have reached their common limit', async () => {
    const response = await from(rig, '192.0.2.3');
    expect(response.status).to.equal(429);
    expect((await errorOf(response)).message)
      .to.contain('together may make 5 requests per minute')
      .and.to.contain('a key of your own');
    expect(response.headers.get('x-ratelimit-limit-requests')).to.equal('5');
    expect(response.headers.get('x-ratelimit-remaining-requests')).to.equal('0');
  });

  it('are a RateLimitError for the openai SDK, with the headers for its wait', async () => {
    const asked = rig.sdk().chat.completions.create({ model: 'GLM-4.5', messages: [] as Json });
    const error = await asked.then(
      () => expect.fail('it was admitted'),
      (thrown: unknown) => thrown as InstanceType<typeof OpenAI.RateLimitError>,
    );
    expect(error).to.be.instanceOf(OpenAI.RateLimitError);
    expect(error.headers?.get('retry-after')).to.match(/^\d+$/);
  });

  it('do not apply to pages, probes and the list of models', async () => {
    for (const path of ['/', '/healthz', '/readyz', '/v1/models', '/v1/models/GLM-4.5']) {
      const { status, headers } = await fetch(`${rig.url}${path}`, {
        headers: { 'x-forwarded-for': '192.0.2.1', authorization: `Bearer ${KEY}` },
      });
      expect(status, path).to.equal(200);
      for (const name of RATE_HEADERS) expect(headers.get(name), `${path} ${name}`).to.equal(null);
    }
  });
});

describe('A limit', () => {
  const env = { PUBLIC_RATE_LIMIT: '1', API_KEYS: 'ann:key-of-ann', TRUST_PROXY: '1' };
  const rig = useGateway({ form: 'zai', env });

  it('counts before the body is read, even if the body is invalid', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    expect((await rig.post('{"half', { headers })).status).to.equal(400);
    const client = await RawClient.connect(rig.port);
    client.post('', ['X-Forwarded-For: 192.0.2.1'], 5_000_000_000);
    expect(await client.until(/\r\n\r\n.*}$/s)).to.match(/^HTTP\/1\.1 429 /);
    client.leave();
    const chats = rig.upstreamChats.length;
    expect((await from(rig, '192.0.2.1')).status).to.equal(429);
    expect(rig.upstreamChats).to.have.length(chats);
  });

  it('treats the IPv6 addresses of one /64 as one, and IPv4 in either form', async () => {
    const rests = ['::1', ':ffff:ffff:ffff:ffff', ':1:2:3:4'];
    expect(await statuses(rests.map((rest) => from(rig, `2001:db8:1:2${rest}`)))).to.deep.equal({
      200: 1,
      429: 2,
    });
    expect((await from(rig, '2001:db8:1:3::1')).status).to.equal(200);
    expect((await from(rig, '192.0.2.9')).status).to.equal(200);
    expect((await from(rig, '::ffff:192.0.2.9')).status).to.equal(429);
  });

  it('trusts exactly the entry of the one trusted proxy, if it is an address', async () => {
    expect((await from(rig, '10.9.9.1, 192.0.2.20')).status).to.equal(200);
    expect((await from(rig, '10.9.9.2, 192.0.2.20')).status).to.equal(429);
    // What is no address is one address: that of the proxy itself.
    const answers = await Promise.all(
      ['nonsense', '<script>', 'x'.repeat(5000)].map((address) => from(rig, address)),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 429, 429]);
    for (const answer of answers) expect((await rig.recordOf(answer)).clientAddress).to.equal('127.0.0.1');
  });

  it('of the public key does not touch a named one at the same address', async () => {
    expect((await from(rig, '192.0.2.1', 'key-of-ann')).status).to.equal(200);
  });
});

describe('Named keys’ limits', () => {
  const env = {
    API_KEYS: 'ann:key-of-ann,bob:key-of-bob,carol:key-of-carol',
    RATE_LIMIT: '2',
    RATE_LIMITS: 'bob=4,carol=0',
    TRUST_PROXY: '1',
  };
  const rig = useGateway({ form: 'zai', env });

  it('apply per name, over all addresses', async () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1'];
    expect(await statuses(addresses.map((address) => from(rig, address, 'key-of-ann')))).to.deep.equal({
      200: 2,
      429: 2,
    });
  });

  it('say that it is the key’s limit', async () => {
    const response = await from(rig, '192.0.2.1', 'key-of-ann');
    expect((await errorOf(response)).message).to.match(
      /^This key may make 2 requests per minute \(limit of the gateway for each key\)\. \(request id [\w-]+\)$/,
    );
    expect(response.headers.get('ratelimit-policy')).to.match(/^"named"; q=2; w=60; pk=:\S+:$/);
  });

  it('may differ for one name', async () => {
    const responses = await Promise.all(times(6, () => from(rig, '192.0.2.1', 'key-of-bob')));
    expect(responses.filter(({ status }) => status === 200)).to.have.length(4);
    expect(responses[0]?.headers.get('x-ratelimit-limit-requests')).to.equal('4');
    const refused = responses.find(({ status }) => status === 429) as Response;
    expect((await errorOf(refused)).message).to.contain('4 requests per minute (limit of the key)');
  });

  it('are off at 0, without headers', async () => {
    const responses = await Promise.all(times(20, () => from(rig, '192.0.2.1', 'key-of-carol')));
    for (const { status, headers } of responses) {
      expect(status).to.equal(200);
      for (const name of RATE_HEADERS) expect(headers.get(name)).to.equal(null);
    }
  });

  it('at 0 for the public key are off as well', async () => {
    const responses = await Promise.all(times(20, () => from(rig, '192.0.2.1')));
    for (const { status, headers } of responses) {
      expect(status).to.equal(200);
      for (const name of RATE_HEADERS) expect(headers.get(name)).to.equal(null);
    }
  });
});

describe('The limit of the whole gateway', () => {
  const env = { API_KEYS: 'ann:key-of-ann,bob:key-of-bob', RATE_LIMIT: '3', RATE_LIMIT_TOTAL: '5' };
  const rig = useGateway({ form: 'zai', env: { ...env, TRUST_PROXY: '1' } });

  it('admits exactly that many of all callers, and takes nothing for what a key’s own limit refuses', async () => {
    expect(await statuses(times(9, () => from(rig, '192.0.2.1', 'key-of-ann')))).to.deep.equal({
      200: 3,
      429: 6,
    });
    const others = ['key-of-bob', KEY, 'key-of-bob', KEY];
    expect(await statuses(others.map((key) => from(rig, '192.0.2.2', key)))).to.deep.equal({
      200: 2,
      429: 2,
    });
  });

  it('is named by the error, and told by the headers', async () => {
    const response = await from(rig, '192.0.2.1');
    expect((await errorOf(response)).message).to.match(
      /^All callers of this gateway together may make 5 requests per minute \(limit of the gateway\)\./,
    );
    expect(response.headers.get('x-ratelimit-limit-requests')).to.equal('5');
    expect(response.headers.get('x-ratelimit-remaining-requests')).to.equal('0');
    expect(response.headers.get('ratelimit')).to.match(/^"gateway"; r=0; t=\d+$/);
    expect(Number(response.headers.get('retry-after'))).to.be.within(1, 60);
  });

  it('is what a key is told to have where it is the tightest', async () => {
    const fresh = await new Rig().start({ form: 'zai', env: { ...env, RATE_LIMIT_TOTAL: '2' } });
    try {
      const headers = { authorization: 'Bearer key-of-ann' };
      const key = await (await fetch(`${fresh.url}/v1/key`, { headers })).json();
      expect(key).to.deep.include({ requests_per_minute: { limit: 2, set_by: 'gateway' } });
    } finally {
      await fresh.stop();
    }
  });
});

describe('Failed authentication', () => {
  const rig = useGateway({ form: 'zai', env: { TRUST_PROXY: '1', API_KEYS: 'ann:key-of-ann' } });
  const ADDRESS = '192.0.2.66';

  it('is a 401 for 20 times a minute from one address, then 429', async () => {
    const wrong = await Promise.all(times(23, () => from(rig, ADDRESS, 'wrong')));
    expect(wrong.filter(({ status }) => status === 401)).to.have.length(20);
    for (const response of wrong) {
      const { status, outcome, code } = await rig.recordOf(response);
      if (status === 401) expect([outcome, code]).to.deep.equal(['caller_error', 'invalid_api_key']);
      else expect([status, outcome]).to.deep.equal([429, 'rate_limited']);
    }
    const response = await from(rig, ADDRESS, 'wrong');
    expect(response.status).to.equal(429);
    expect(Number(response.headers.get('retry-after'))).to.be.within(1, 60);
    expect((await errorOf(response)).message).to.contain('Too many wrong API keys from this address');
  });

  it('of others never blocks a valid key at the same address', async () => {
    expect((await from(rig, ADDRESS)).status).to.equal(200);
    const named = await from(rig, ADDRESS, 'key-of-ann');
    expect(named.status).to.equal(200);
    for (const name of RATE_HEADERS) expect(named.headers.get(name)).to.equal(null);
  });

  it('is counted for each address', async () => {
    expect((await from(rig, '192.0.2.67', 'wrong')).status).to.equal(401);
  });
});

describe('X-Forwarded-For', () => {
  const warnings = (rig: Rig) =>
    rig.logLines.filter(({ level, msg }) => level === 40 && /TRUST_PROXY/.test(msg));

  describe('with TRUST_PROXY=0', () => {
    const rig = useGateway({ form: 'zai', env: { PUBLIC_RATE_LIMIT: '2' } });

    it('is ignored, with one warning', async () => {
      const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
      expect(await statuses(addresses.map((address) => from(rig, address)))).to.deep.equal({
        200: 2,
        429: 1,
      });
      await fetch(`${rig.url}/healthz`, { headers: { 'x-forwarded-for': '192.0.2.4' } });
      for (const { clientAddress } of rig.records) expect(clientAddress).to.equal('127.0.0.1');
      expect(warnings(rig)).to.have.length(1);
    });
  });

  describe('with TRUST_PROXY=1', () => {
    const rig = useGateway({ form: 'zai', env: { TRUST_PROXY: '1' } });

    it('causes no warning', async () => {
      expect((await from(rig, '192.0.2.1')).status).to.equal(200);
      expect(rig.records[0]?.clientAddress).to.equal('192.0.2.1');
      expect(warnings(rig)).to.deep.equal([]);
    });
  });
});

describe('A counter that fails', () => {
  it('fails no request, and is logged', async () => {
    const broken: LimitStore = {
      increment: () => Promise.reject(new Error('OOM command not allowed')),
      decrement: () => undefined,
      resetKey: () => undefined,
    };
    const lines: Json[] = [];
    const log = { error: (...args: unknown[]) => lines.push(args), warn: () => undefined } as Json;
    const app = composedApp({ limitStore: () => broken, log });
    const admitted = await supertest(app)
      .post('/v1/chat/completions')
      .set('authorization', 'Bearer sk-your-key')
      .set('content-type', 'application/json')
      .send(chatBody('hi', { model: 'nope' }));
    expect(admitted.status).to.equal(404);
    const refused = await supertest(app).post('/v1/chat/completions').set('authorization', 'Bearer wrong');
    expect(refused.status).to.equal(401);
    expect(lines.map(([{ limit }]) => limit)).to.deep.equal([
      'public-address',
      'public-total',
      'failed-authentication',
    ]);
  });
});

describe('Browsers', () => {
  const rig = useGateway({ form: 'zai', env: { PUBLIC_RATE_LIMIT: '1' } });

  it('may read the headers of limits', async () => {
    const response = await rig.ask('sim:say(x)', { ...WORDS, headers: { origin: 'https://app.example' } });
    const exposed = (response.headers.get('access-control-expose-headers') ?? '').split(',');
    expect(exposed).to.include.members(['x-ratelimit-remaining-requests', 'retry-after', 'x-request-id']);
    expect((await jsonOf(response)).choices).to.have.length(1);
  });
});
