import { request } from 'node:http';
import { expect } from 'chai';
import { WELL_KNOWN_KEY } from '../../src/config/config.js';
import { useGateway } from '../support/gateway.js';

interface Answer {
  readonly status: number;
  readonly allowed: string | undefined;
  readonly vary: string;
  readonly body: string;
}

/** fetch() does not let a test write its own Host. */
function get(
  port: number,
  headers: Record<string, string>,
  path = '/v1/models',
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (res) => {
      let body = '';
      for await (const bytes of res) body += bytes;
      const { 'access-control-allow-origin': allowed, vary = '' } = res.headers;
      resolve({ status: res.statusCode ?? 0, allowed, vary, body });
    })
      .on('error', reject)
      .end();
  });
}

describe('Web pages and a gateway whose key is the well-known one', () => {
  const rig = useGateway({
    form: 'zai',
    env: { DEFAULT_KEY: WELL_KNOWN_KEY, PUBLIC_URL: 'https://ai.example.com' },
  });
  const local = () => `localhost:${rig.port}`;

  const allowed = [
    'http://localhost:3000',
    'http://127.0.0.1:5173',
    'http://[::1]:8080',
    'https://app.localhost',
    'tauri://localhost',
    'https://ai.example.com',
  ];
  for (const origin of allowed) {
    it(`lets pages of ${origin} call`, async () => {
      const answer = await get(rig.port, { host: local(), origin });
      expect(answer).to.include({ status: 200, allowed: origin });
      expect(answer.vary).to.match(/origin/i);
    });
  }

  const refused = [
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'https://ai.example.com.evil.example',
    'http://ai.example.com',
    'https://[::1].evil.example',
    'file://',
  ];
  for (const origin of refused) {
    it(`does not let pages of ${origin} call`, async () => {
      const preflight = { host: local(), origin, 'access-control-request-method': 'POST' };
      for (const answer of [
        await get(rig.port, { host: local(), origin }),
        await get(rig.port, preflight, '/v1/chat/completions', 'OPTIONS'),
      ]) {
        expect(answer.allowed).to.equal(undefined);
        expect(answer.vary).to.match(/origin/i);
      }
    });
  }

  it('logs a refused origin once, with the line that allows it', () => {
    const lines = rig.logLines.filter(({ msg }) => msg.includes('https://evil.example may not call'));
    expect(lines).to.have.length(1);
    expect(lines[0].msg).to.contain('CORS_ORIGINS=https://evil.example');
  });

  const hosts: [host: string, headers: Record<string, string>, status: number][] = [
    ['rebound.example', { 'sec-fetch-site': 'same-origin' }, 403],
    ['rebound.example', { origin: 'http://rebound.example' }, 403],
    ['localhost.example', { 'sec-fetch-site': 'same-origin' }, 403],
    ['127.0.0.1.example', { 'sec-fetch-site': 'none' }, 403],
    ['localhost@rebound.example', { 'sec-fetch-site': 'same-origin' }, 403],
    ['ai.example.com', { 'sec-fetch-site': 'same-origin' }, 200],
    ['192.168.1.7', { 'sec-fetch-site': 'same-origin' }, 200],
    ['[fe80::1]', { 'sec-fetch-site': 'same-origin' }, 200],
    ['LOCALHOST', { 'sec-fetch-site': 'same-origin' }, 200],
    ['gateway.lan', {}, 200],
    ['gateway.lan', { 'sec-fetch-mode': 'cors' }, 200],
  ];
  for (const [host, headers, status] of hosts) {
    it(`answers ${status} to Host ${host} with ${JSON.stringify(headers)}`, async () => {
      const answer = await get(rig.port, { host: `${host}:${rig.port}`, ...headers });
      expect(answer.status).to.equal(status);
      if (status === 403) {
        expect(JSON.parse(answer.body).error).to.include({ code: 'host_not_allowed' });
        expect(answer.body).to.contain('DEFAULT_KEY').and.contain('PUBLIC_URL');
      }
    });
  }

  it('shows its pages and its health by any name', async () => {
    for (const path of ['/', '/docs', '/healthz']) {
      const answer = await get(rig.port, { host: 'rebound.example', 'sec-fetch-site': 'none' }, path);
      expect(answer.status, path).to.equal(200);
    }
  });

  it('shows PUBLIC_URL in its pages, whatever the Host header', async () => {
    const page = await get(rig.port, { host: local(), accept: 'text/html' }, '/');
    expect(page.body).to.contain('https://ai.example.com/v1').and.not.contain(`${local()}/v1`);
  });
});

describe('CORS_ORIGINS=* beside the well-known key', () => {
  const rig = useGateway({ form: 'zai', env: { DEFAULT_KEY: WELL_KNOWN_KEY, CORS_ORIGINS: '*' } });

  it('lets every page call, by every name', async () => {
    const headers = {
      host: 'rebound.example',
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    };
    expect(await get(rig.port, headers)).to.include({ status: 200, allowed: '*' });
  });
});
