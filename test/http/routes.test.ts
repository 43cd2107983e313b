import { expect } from 'chai';
import type { Express } from 'express';
import supertest from 'supertest';
import { composedApp } from '../support/app.js';
import { errorOf, type Json, jsonOf, KEY, RawClient, useGateway } from '../support/gateway.js';

/** What a stranger may fetch. A new route under /v1 that answers without a key fails here. */
const OPEN_TO_ALL = [
  'GET /',
  'GET /assets/:file',
  'GET /docs',
  'GET /health',
  'GET /healthz',
  'GET /join',
  'GET /me',
  'GET /openapi.json',
  'GET /playground',
  'GET /readyz',
  'GET /v1/models',
  'GET /v1/models/*id',
  'POST /join',
  'POST /me/session',
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What the page of a team may show to whoever sits at the machine, where no password was chosen. */
const OPEN_FROM_HERE = [
  'GET /dashboard',
  'GET /dashboard/events',
  'GET /dashboard/events.csv',
  'GET /dashboard/events/live',
  'GET /dashboard/keys.csv',
  'GET /dashboard/live',
  'GET /dashboard/requests',
  'GET /dashboard/requests/history',
  'GET /dashboard/requests/live',
  'GET /dashboard/stats',
  'GET /dashboard/team',
  'GET /dashboard/team/live',
  'GET /dashboard/usage',
  'GET /dashboard/usage.csv',
  'GET /dashboard/usage/live',
  'GET /dashboard/upstreams',
  'GET /dashboard/upstreams/live',
];

const ADMIN_ROUTES: Record<string, string> = {
  '/admin/alerts/test': 'POST',
  '/admin/audit': 'GET, HEAD',
  '/admin/invites': 'GET, HEAD, POST',
  '/admin/invites/:id': 'DELETE',
  '/admin/keys': 'GET, HEAD, POST',
  '/admin/keys/:id': 'GET, HEAD, PATCH, DELETE',
  '/admin/keys/:id/rotate': 'POST',
  '/admin/keys/import': 'POST',
  '/admin/members': 'GET, HEAD, POST',
  '/me/key': 'GET, HEAD',
  '/me/key/rotate': 'POST',
  '/me/session': 'POST, DELETE',
  '/admin/members/:id': 'GET, HEAD, PATCH, DELETE',
};

function allowed(path: string): string {
  if (/^\/(admin|me)\//.test(path)) return ADMIN_ROUTES[path] ?? 'a row in ADMIN_ROUTES';
  if (path.startsWith('/v1/organization/')) return 'GET, HEAD';
  if (path === '/v1/key') return 'GET, HEAD';
  if (path === '/join') return 'GET, HEAD, POST';
  if (path === '/v1/responses/:id') return 'GET, HEAD, DELETE';
  if (path === '/v1/responses/:id/input_items') return 'GET, HEAD';
  return /^\/v1\/(?!models)/.test(path) ? 'POST' : 'GET, HEAD';
}

describe('The table of routes', () => {
  const app = composedApp();
  const paths = pathsOf(app);

  it('requires a key except where none is intended', async () => {
    expect(paths).to.include.members([
      '/v1/chat/completions',
      '/dashboard/team',
      '/admin/members/:id',
      '/me/key',
    ]);
    const withPassword = composedApp({ env: { DASHBOARD_PASSWORD: 'chosen' } });
    expect(await openRoutes(withPassword)).to.deep.equal(OPEN_TO_ALL);
    expect(await openRoutes(app)).to.deep.equal([...OPEN_TO_ALL, ...OPEN_FROM_HERE].sort());
  });

  it('answers other methods with 405 and Allow, in the shape of OpenAI', async () => {
    for (const path of paths) {
      const response = await supertest(app).propfind(path.replace('*id', 'x'));
      expect(response.status, path).to.equal(405);
      expect(response.headers.allow, path).to.equal(allowed(path));
      expect(response.body.error).to.include({ type: 'invalid_request_error', code: 'method_not_allowed' });
    }
  });

  it('is the same as in the messages for wrong base URLs and unknown paths', async () => {
    const posted = paths.filter((path) => path.startsWith('/v1/') && allowed(path) === 'POST');
    expect(posted).to.include.members(['/v1/chat/completions', '/v1/embeddings']);
    for (const path of posted) {
      const { body } = await supertest(app).post(`/v1${path}`);
      expect(body.error.message).to.match(new RegExp(`, so that it asks for ${path}\\.$`));
    }
    const { body } = await supertest(app).post('/v1/nothing');
    const isTop = (path: string) => !posted.some((other) => path.startsWith(`${other}/`));
    for (const path of posted.filter(isTop)) expect(body.error.message).to.match(new RegExp(` ${path}\\b`));
  });

  it('answers HEAD like GET, without a body', async () => {
    for (const path of ['/', '/docs', '/playground', '/openapi.json', '/healthz', '/readyz', '/v1/models']) {
      const response = await supertest(app).head(path);
      expect(response.status, path).to.equal(200);
      expect(response.text, path).to.equal(undefined);
    }
    expect((await supertest(app).head('/v1/chat/completions')).status).to.equal(405);
  });
});

describe('Paths', () => {
  const rig = useGateway({ form: 'zai' });

  it('route with a query string', async () => {
    const body = JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: 'sim:say(ok)' }] });
    const headers = { authorization: 'Bearer test-key-of-the-public', 'content-type': 'application/json' };
    const url = `${rig.url}/v1/chat/completions?beta=true&a[b]=c`;
    const response = await fetch(url, { method: 'POST', headers, body });
    expect(response.status).to.equal(200);
    expect((await rig.recordOf(response)).path).to.equal('/v1/chat/completions');
    expect((await fetch(`${rig.url}/v1/models?limit=1`)).status).to.equal(200);
  });

  it('that do not exist are a 404 in OpenAI’s format', async () => {
    for (const path of ['/nothing', '/v1', '/v1/', '/v1/engines', '/%ff', '/..%2fetc', '/v1/models%2fx']) {
      const client = await RawClient.connect(rig.port);
      client.write(`GET ${path} HTTP/1.1`, 'Host: gateway', 'Connection: close', '', '');
      const text = await client.closed();
      expect(text, path).to.match(/^HTTP\/1\.1 404 .*\r\nContent-Type: application\/json/is);
      expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '').error, path).to.have.all.keys(
        'message',
        'type',
        'param',
        'code',
      );
    }
  });

  it('without /v1 are a 404 that mentions it', async () => {
    const told: [path: string, baseUrl: string, asksFor: string][] = [
      ['/chat/completions', `${rig.url}/v1`, '/v1/chat/completions'],
      ['/v1/v1/chat/completions', `${rig.url}/v1`, '/v1/chat/completions'],
      ['/openai/v1/chat/completions', `${rig.url}/v1`, '/v1/chat/completions'],
      ['/api/v1/chat/completions?x=1', `${rig.url}/v1`, '/v1/chat/completions'],
      ['/api/paas/v4/chat/completions', `${rig.url}/v1`, '/v1/chat/completions'],
      ['/v1/chat/completions/chat/completions', `${rig.url}/v1`, '/v1/chat/completions'],
      ['/completions', `${rig.url}/v1`, '/v1/completions'],
      ['/responses', `${rig.url}/v1`, '/v1/responses'],
      ['/v2/responses/input_tokens', `${rig.url}/v1`, '/v1/responses/input_tokens'],
      ['/messages', rig.url, '/v1/messages'],
      ['/v1/v1/messages?beta=true', rig.url, '/v1/messages'],
      ['/anthropic/v1/messages/count_tokens', rig.url, '/v1/messages/count_tokens'],
      ['/models', `${rig.url}/v1`, '/v1/models'],
    ];
    for (const [path, baseUrl, asksFor] of told) {
      const method = path === '/models' ? 'GET' : 'POST';
      const response = await fetch(`${rig.url}${path}`, { method });
      expect(response.status, path).to.equal(404);
      const { message, code } = await errorOf(response);
      expect(code, path).to.equal('unknown_url');
      expect(message, path).to.equal(
        `There is nothing at ${method} ${path.split('?')[0]}. Set the base URL of your client to ${baseUrl}, so that it asks for ${asksFor}.`,
      );
    }
  });

  it('of OpenAI that the gateway does not have are a 404 that lists its own', async () => {
    const { message } = await errorOf(await fetch(`${rig.url}/v1/images/generations`, { method: 'POST' }));
    expect(message).to.match(
      /^There is nothing at POST \/v1\/images\/generations\. This gateway offers \/v1\/chat\/completions, /,
    );
    const elsewhere = await errorOf(await fetch(`${rig.url}/else`, { method: 'POST' }));
    expect(elsewhere.message).to.equal(
      `There is nothing at POST /else. ${rig.url}/docs lists what there is.`,
    );
  });

  it('that do not exist are a 404 in Anthropic’s format for its SDKs', async () => {
    const headers = { 'anthropic-version': '2023-06-01' };
    const body = await jsonOf(await fetch(`${rig.url}/v1/v1/messages`, { method: 'POST', headers }));
    expect(body.type).to.equal('error');
    expect(body.error).to.include({ type: 'not_found_error', code: 'unknown_url' });
    expect(body.error.message).to.contain(`Set the base URL of your client to ${rig.url}, so`);
  });

  it('may have several slashes instead of one', async () => {
    const body = JSON.stringify({ model: 'GLM-4.5', messages: [{ role: 'user', content: 'sim:say(ok)' }] });
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    for (const path of ['/v1//chat/completions', '//v1/chat/completions?a=//b', '/v1/chat///completions//']) {
      const response = await fetch(`${rig.url}${path}`, { method: 'POST', headers, body });
      expect(response.status, path).to.equal(200);
      expect((await rig.recordOf(response)).path, path).to.equal('/v1/chat/completions');
    }
    for (const path of ['/v1//models', '//v1//models/GLM-4.5', '///healthz']) {
      expect((await fetch(`${rig.url}${path}`)).status, path).to.equal(200);
    }
  });

  it('that do not decode are a 400', async () => {
    const response = await fetch(`${rig.url}/v1/models/%ff`);
    expect(response.status).to.equal(400);
    expect((await errorOf(response)).code).to.equal('invalid_url');
  });

  it('may end in a slash', async () => {
    expect((await fetch(`${rig.url}/v1/models/`)).status).to.equal(200);
  });

  it('do not reveal the server’s software', async () => {
    for (const path of ['/', '/v1/models', '/nothing']) {
      const { headers } = await fetch(`${rig.url}${path}`);
      expect(headers.get('x-powered-by')).to.equal(null);
    }
  });
});

describe('Health', () => {
  const rig = useGateway({ form: 'zai' });

  it('has a small fixed body', async () => {
    for (const path of ['/healthz', '/health']) {
      expect(await (await fetch(`${rig.url}${path}`)).text()).to.equal('{"status":"ok"}');
    }
    expect(await (await fetch(`${rig.url}/readyz`)).text()).to.equal('{"status":"ready"}');
  });

  it('is not recorded', () => {
    expect(rig.records).to.deep.equal([]);
  });
});

describe('Request ids', () => {
  const rig = useGateway({ form: 'zai' });
  const idFor = async (id: string) =>
    (await fetch(`${rig.url}/healthz`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');

  it('are kept if given, and are in upstream request, record and log', async () => {
    const id = 'trace/1:a.b_c=+-9';
    const asked = rig.upstreamRequest();
    const response = await rig.ask('sim:say(x)', { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).to.equal(id);
    expect((await asked).headers['x-request-id']).to.equal(id);
    expect((await rig.recordOf(response)).requestId).to.equal(id);
    expect(rig.log).to.contain(id);
  });

  it('are generated if missing, each different', async () => {
    const made = await Promise.all(
      [1, 2].map(async () => (await fetch(rig.url)).headers.get('x-request-id')),
    );
    expect(made[0])
      .to.match(/^[\w-]{36}$/)
      .and.not.to.equal(made[1]);
  });

  it('are replaced if hostile', async () => {
    for (const id of ['<script>', 'a b', 'x'.repeat(129), '\u00ff', '"};'])
      expect(await idFor(id), id).to.match(/^[\w-]{36}$/);
    expect(await idFor('x'.repeat(128))).to.have.length(128);
  });

  it('are sent with errors, too', async () => {
    const response = await fetch(`${rig.url}/nothing`, { headers: { 'x-request-id': 'mine' } });
    expect(response.headers.get('x-request-id')).to.equal('mine');
  });
});

function pathsOf(app: Express): string[] {
  return app.router.stack.flatMap((layer: Json) => (layer.route ? [layer.route.path] : []));
}

/** Those that do not ask a caller from this machine for a key or password. */
async function openRoutes(app: Express): Promise<string[]> {
  const open: string[] = [];
  for (const path of pathsOf(app)) {
    for (const method of METHODS) {
      const request = supertest(app)[method.toLowerCase() as 'get'](path.replace('*id', 'x'));
      const { status } = await (method === 'GET' ? request : request.send({}));
      const isClosed = status === 401 || (status === 405 && !hasHandler(app, path, method));
      if (!isClosed) open.push(`${method} ${path}`);
    }
  }
  return open.sort();
}

/** Whether a 405 of this method is the handler's own word. */
function hasHandler(app: Express, path: string, method: string): boolean {
  return app.router.stack.some(
    ({ route }: Json) => route?.path === path && route.methods[method.toLowerCase()] === true,
  );
}
