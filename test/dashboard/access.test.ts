import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import type { Request } from 'express';
import { isDirect } from '../../src/dashboard/access.js';
import { errorOf, RawClient, type Rig, useGateway } from '../support/gateway.js';
import { skip } from '../support/skip.js';

const PATHS = [
  '/dashboard',
  '/dashboard/live',
  '/dashboard/keys.csv',
  '/dashboard/usage',
  '/dashboard/usage.csv',
  '/dashboard/usage/live',
  '/dashboard/stats',
  '/dashboard/requests',
  '/dashboard/requests/live',
  '/dashboard/requests/history',
  '/dashboard/team',
  '/dashboard/team/live',
  '/dashboard/events',
  '/dashboard/events.csv',
  '/dashboard/events/live',
  '/dashboard/upstreams',
  '/dashboard/upstreams/live',
];
const basic = (password: string, user = 'anybody') =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function get(rig: Rig, headers: Record<string, string> = {}, path = '/dashboard/stats'): Promise<Response> {
  return fetch(`${rig.url}${path}`, { headers });
}

/** The status of a request that is written as it stands. */
async function rawStatus(rig: Rig, lines: readonly string[], version = '1.1'): Promise<number> {
  const client = await RawClient.connect(rig.port);
  client.write(`GET /dashboard/stats HTTP/${version}`, ...lines, 'Connection: close', '', '');
  return Number(/^HTTP\/1\.1 (\d+) /.exec(await client.closed())?.[1]);
}

describe('The dashboard with a password', () => {
  const PASSWORD = 'pass:word-ok';
  const rig = useGateway({ form: 'zai', env: { DASHBOARD_PASSWORD: PASSWORD, TRUST_PROXY: '1' } });

  it('asks every visitor for it, including those from this machine', async () => {
    for (const path of PATHS) {
      const response = await get(rig, {}, path);
      expect(response.status).to.equal(401);
      expect(response.headers.get('www-authenticate')).to.match(/^Basic realm="[^"]+", charset="UTF-8"$/);
      expect(response.headers.get('cache-control')).to.equal('no-store');
      expect(await errorOf(response)).to.include({ code: 'dashboard_password_required' });
    }
  });

  it('accepts it with any user name', async () => {
    for (const user of ['', 'admin', 'ann', '张三', 'a b']) {
      for (const path of PATHS)
        expect((await get(rig, { authorization: basic(PASSWORD, user) }, path)).status, user).to.equal(200);
    }
  });

  it('accepts no other password', async () => {
    const wrong = [
      basic('wrong'),
      basic(''),
      basic(PASSWORD.slice(0, -1)),
      basic(`${PASSWORD} `),
      basic(PASSWORD.toUpperCase()),
      // A user name that is the password.
      `Basic ${Buffer.from(PASSWORD.replace(':', '')).toString('base64')}`,
      `Basic ${PASSWORD}`,
      `Bearer ${PASSWORD}`,
      'Basic',
      'Basic !!!!',
      `Basic ${'A'.repeat(6_000)}`,
    ];
    for (const [index, authorization] of wrong.entries()) {
      const headers = { authorization, 'x-forwarded-for': `192.0.2.${index}` };
      expect((await get(rig, headers)).status, authorization.slice(0, 50)).to.equal(401);
    }
    expect((await get(rig, { 'x-api-key': PASSWORD })).status).to.equal(401);
  });

  it('answers 429 after 20 wrong ones a minute from an address, even to the right one', async () => {
    const address = { 'x-forwarded-for': '192.0.2.200' };
    const answers = await Promise.all(
      Array.from({ length: 23 }, () => get(rig, { ...address, authorization: basic('wrong') })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).to.have.length(20);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).to.match(/^\d+$/);
    expect((await errorOf(refused as Response)).message).to.contain('wrong passwords');
    const right = await get(rig, { ...address, authorization: basic(PASSWORD) });
    expect(right.status).to.equal(429);
    expect([...right.headers.keys()]).to.deep.equal([...(refused?.headers.keys() ?? [])]);
    // From elsewhere it is taken.
    const elsewhere = { 'x-forwarded-for': '192.0.2.201', authorization: basic(PASSWORD) };
    expect((await get(rig, elsewhere)).status).to.equal(200);
    // Nothing was presented: nobody guesses.
    expect((await get(rig, address)).status).to.equal(401);
  });

  it('is independent of the limit of wrong API keys', async () => {
    const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': '192.0.2.200' };
    expect((await rig.ask('hi', { headers })).status).to.equal(401);
  });

  it('is neither cached nor readable from other origins', async () => {
    for (const path of PATHS) {
      const response = await get(
        rig,
        { authorization: basic(PASSWORD), origin: 'https://evil.example' },
        path,
      );
      expect(response.headers.get('cache-control')).to.equal('no-store');
      expect(response.headers.get('x-content-type-options')).to.equal('nosniff');
      expect(response.headers.get('content-security-policy')).to.contain("default-src 'self'");
      const cors = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
      expect(cors).to.deep.equal([]);
      const preflight = await fetch(`${rig.url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
      });
      expect(preflight.status).to.equal(405);
      expect(preflight.headers.get('access-control-allow-origin')).to.equal(null);
    }
  });

  it('does not print the password', () => {
    expect(rig.log).not.to.contain(PASSWORD).and.not.to.contain('dashboard password');
  });
});

describe('A dashboard password of spaces, Chinese and emoji', () => {
  const PASSWORD = 'café  电池 龙: 🔋👩‍💻';
  const rig = useGateway({ form: 'zai', env: { DASHBOARD_PASSWORD: PASSWORD, TRUST_PROXY: '1' } });
  const judgeStatus = async (authorization: string, address = '192.0.2.1') =>
    (await get(rig, { authorization, 'x-forwarded-for': address })).status;

  it('is accepted as browsers and curl send it', async () => {
    for (const user of ['', '张三', 'a b'])
      expect(await judgeStatus(basic(PASSWORD, user)), user).to.equal(200);
    const bytes = Buffer.from(`x:${PASSWORD}`).toString('base64');
    expect(await rawStatus(rig, ['Host: localhost', `Authorization: basic  ${bytes}`])).to.equal(200);
  });

  it('is accepted in any Unicode normalization', async () => {
    expect(PASSWORD.normalize('NFD')).not.to.equal(PASSWORD);
    expect(await judgeStatus(basic(PASSWORD.normalize('NFD')))).to.equal(200);
  });

  it('is refused with a character more or less', async () => {
    for (const [index, wrong] of [
      PASSWORD.replace('  ', ' '),
      PASSWORD.replace('电', '電'),
      PASSWORD.replace('\u200d', ''),
      PASSWORD.slice(0, -1),
      Buffer.from(PASSWORD).toString('latin1'),
    ].entries())
      expect(await judgeStatus(basic(wrong), `192.0.2.${index + 10}`), wrong).to.equal(401);
  });
});

describe('A dashboard password with an umlaut', () => {
  const rig = useGateway({ form: 'zai', env: { DASHBOARD_PASSWORD: 'grüße', TRUST_PROXY: '1' } });

  it('is accepted in Latin-1 too, as some libraries send it', async () => {
    for (const encoding of ['utf8', 'latin1'] as const) {
      const authorization = `Basic ${Buffer.from('x:grüße', encoding).toString('base64')}`;
      expect((await get(rig, { authorization })).status, encoding).to.equal(200);
    }
  });
});

describe('The dashboard without a configured password', () => {
  const rig = useGateway({ form: 'zai' });
  const other = useGateway({ form: 'zai' });
  const printed = ({ log }: Rig) => /your own\): (\S+?)"/.exec(log)?.[1] ?? '';

  it('is open to callers straight from this machine, by every loopback name', async () => {
    for (const path of PATHS) expect((await get(rig, {}, path)).status).to.equal(200);
    for (const host of ['localhost', 'LOCALHOST:9090', '127.0.0.1:1', '127.8.9.10', '[::1]:80', '[::1]'])
      expect(await rawStatus(rig, [`Host: ${host}`]), host).to.equal(200);
  });

  const proxied = [
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: localhost',
    'x-forwarded-anything: 1',
    'Forwarded: for=127.0.0.1',
    'Via: 1.1 proxy',
    'X-Real-IP: 127.0.0.1',
    'Via:',
  ];
  for (const header of proxied) {
    it(`asks for a password where a proxy shows: ${header}`, async () => {
      expect(await rawStatus(rig, ['Host: localhost', header])).to.equal(401);
    });
  }

  it('asks for a password over HTTP/1.0, as simple proxies speak it', async () => {
    expect(await rawStatus(rig, ['Host: localhost'], '1.0')).to.equal(401);
  });

  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.evil',
    'localhost@evil',
    'evil:localhost',
    '[::1].evil',
    '::1',
    '0.0.0.0',
    '10.0.0.1',
    '',
  ];
  for (const host of foreign) {
    it(`asks for a password under a foreign name (DNS rebinding): ${host || 'none'}`, async () => {
      expect(await rawStatus(rig, [`Host: ${host}`])).to.equal(401);
    });
  }

  it('prints its generated password once, and accepts it from any visitor', async () => {
    expect(printed(rig)).to.match(/^[\w-]{16}$/);
    expect(rig.log.split('dashboard password')).to.have.length(2);
    expect(
      await rawStatus(rig, ['Host: evil.example', `Authorization: ${basic(printed(rig))}`, 'Via: 1.1 proxy']),
    ).to.equal(200);
    const wrong = `Authorization: ${basic('wrong')}`;
    expect(await rawStatus(rig, ['Host: evil.example', wrong])).to.equal(401);
    // Whoever is straight here needs none, not even a right one.
    expect(await rawStatus(rig, ['Host: localhost', wrong])).to.equal(200);
  });

  it('generates another password at the next start', () => {
    expect(printed(other))
      .to.match(/^[\w-]{16}$/)
      .and.not.to.equal(printed(rig));
  });
});

describe('The dashboard at an address of the network', () => {
  const rig = useGateway({ form: 'zai', env: { HOST: '0.0.0.0' } });

  it('asks for a password, though the connection comes from the same machine', async function () {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    if (address === undefined) return skip(this, 'this machine has only loopback addresses');
    for (const host of [address, 'localhost']) {
      const client = await RawClient.connect(rig.port, address);
      client.write('GET /dashboard/stats HTTP/1.1', `Host: ${host}`, 'Connection: close', '', '');
      expect(await client.closed(), host).to.match(/^HTTP\/1\.1 401 /);
    }
  });
});

describe('A dashboard that is switched off', () => {
  const rig = useGateway({ form: 'zai', env: { DASHBOARD_ENABLED: 'false' } });

  it('answers 404, and prints no password', async () => {
    for (const path of PATHS) expect((await get(rig, {}, path)).status).to.equal(404);
    expect(rig.log).not.to.contain('dashboard password');
  });
});

describe('A caller', () => {
  const caller = (remoteAddress?: string, headers: Record<string, string> = {}, httpVersion = '1.1') => {
    const all: Record<string, string> = { host: 'localhost:9090', ...headers };
    return isDirect({
      socket: { remoteAddress },
      headers: all,
      httpVersion,
      get: (name: string) => all[name],
    } as unknown as Request);
  };

  it('counts as local only if its connection comes from a loopback address', () => {
    for (const peer of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
      expect(caller(peer), peer).to.equal(true);
    for (const peer of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '::', '0.0.0.0', undefined, ''])
      expect(caller(peer), String(peer)).to.equal(false);
  });

  it('does not count as local if any header shows a proxy', () => {
    expect(caller('127.0.0.1', { via: '' })).to.equal(false);
    expect(caller('127.0.0.1', {}, '1.0')).to.equal(false);
    expect(caller('127.0.0.1', {}, '2.0')).to.equal(false);
  });
});
