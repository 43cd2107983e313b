/** Who is nobody gets nothing: every route of the app is asked without a credential, the ones of later versions too. */
import { expect } from 'chai';
import supertest from 'supertest';
import { composedApp } from '../support/app.js';

/** What needs no credential. A new route that is meant for everybody has to be named here. */
const OPEN = new Set([
  'GET /',
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
  // They take an invite, or a key, in their body.
  'POST /join',
  'POST /me/session',
]);
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const;

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

describe('Every route of the app', () => {
  const app = composedApp({ env: { TRUST_PROXY: '1' } });
  const layers = (app as unknown as { router: { stack: readonly Layer[] } }).router.stack;
  const paths = [...new Set(layers.flatMap(({ route }) => route?.path ?? []))].filter(
    (path) => !/\.(css|js|svg|ico|png|txt)$|assets/.test(path),
  );

  it('is found by this test', () => {
    expect(paths).to.include.members([
      '/admin/members/:id',
      '/v1/chat/completions',
      '/dashboard/team',
      '/me/key',
    ]);
  });

  for (const path of paths)
    for (const method of METHODS) {
      const route = `${method} ${path}`;
      if (OPEN.has(route)) continue;
      it(`gives nothing without a credential: ${route}`, async () => {
        const address = path.replace(/[:*]id\b/, 'x').replace(/:\w+/g, 'x');
        // Not from this machine, from which the dashboard may be looked at.
        const request = supertest(app)
          [method.toLowerCase() as 'get'](address)
          .set('x-forwarded-for', '192.0.2.1');
        const { status } = await (method === 'GET' ? request : request.send({}));
        expect([401, 405]).to.include(status);
        if (status === 405)
          expect(
            layers.some((layer) => answers(layer, path, method)),
            'a handler',
          ).to.equal(false);
      });
    }
});

/** Whether the route has a handler of its own for the method. */
function answers({ route }: Layer, path: string, method: string): boolean {
  return route?.path === path && route.methods[method.toLowerCase()] === true;
}
