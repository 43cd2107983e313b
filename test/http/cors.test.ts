import { expect } from 'chai';
import { useGateway } from '../support/gateway.js';

const ORIGIN = 'https://app.example.com';

describe('Browsers', () => {
  const rig = useGateway({ form: 'zai' });

  const preflight = (path: string, origin = ORIGIN) =>
    fetch(`${rig.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os,x-codex-y,session_id',
      },
    });

  it('may send any header from any origin, by preflight without a key', async () => {
    const { status, headers } = await preflight('/v1/chat/completions');
    expect(status).to.equal(204);
    expect(headers.get('access-control-allow-origin')).to.equal('*');
    expect(headers.get('access-control-allow-headers')).to.equal(
      'authorization,content-type,x-stainless-os,x-codex-y,session_id',
    );
    expect(headers.get('access-control-allow-methods')).to.contain('POST');
    expect(Number(headers.get('access-control-max-age'))).to.be.greaterThan(0);
    expect(headers.get('vary')).to.match(/access-control-request-headers/i);
  });

  it('may read answers, errors and useful headers', async () => {
    for (const response of [
      await rig.ask('sim:say(x)', { headers: { origin: ORIGIN } }),
      await rig.ask('sim:say(x)', { stream: true, headers: { origin: ORIGIN } }),
      await rig.ask('x', { headers: { origin: ORIGIN, authorization: 'Bearer wrong' } }),
      await fetch(`${rig.url}/v1/models/%ff`, { headers: { origin: ORIGIN } }),
    ]) {
      expect(response.headers.get('access-control-allow-origin')).to.equal('*');
      const exposed = response.headers.get('access-control-expose-headers')?.split(',');
      expect(exposed).to.include.members([
        'x-request-id',
        'retry-after',
        'x-should-retry',
        'x-ratelimit-remaining-requests',
      ]);
      await response.text();
    }
  });

  it('are never allowed to send cookies', async () => {
    for (const response of [
      await preflight('/v1/models'),
      await fetch(`${rig.url}/v1/models`, { headers: { origin: ORIGIN } }),
    ])
      expect(response.headers.get('access-control-allow-credentials')).to.equal(null);
  });

  it('have no such permission outside /v1', async () => {
    for (const path of ['/', '/healthz']) {
      const response = await fetch(`${rig.url}${path}`, { headers: { origin: ORIGIN } });
      expect(response.headers.get('access-control-allow-origin'), path).to.equal(null);
    }
  });
});

describe('CORS_ORIGINS', () => {
  const rig = useGateway({ form: 'zai', env: { CORS_ORIGINS: `${ORIGIN},http://localhost:3000` } });
  const allowed = async (origin: string) => {
    const { headers } = await fetch(`${rig.url}/v1/models`, { headers: { origin } });
    expect(headers.get('access-control-allow-credentials')).to.equal(null);
    expect(headers.get('vary')).to.match(/origin/i);
    return headers.get('access-control-allow-origin');
  };

  it('allows exactly its origins', async () => {
    expect(await allowed(ORIGIN)).to.equal(ORIGIN);
    expect(await allowed('http://localhost:3000')).to.equal('http://localhost:3000');
    for (const origin of ['https://evil.example.com', `${ORIGIN}.evil.com`, 'http://app.example.com', 'null'])
      expect(await allowed(origin), origin).to.equal(null);
  });
});
