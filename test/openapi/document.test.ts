/** The document itself: valid OpenAPI 3.1, in two languages, complete. */
import { expect } from 'chai';
import type { Express } from 'express';
import supertest from 'supertest';
import { ERROR_CODES } from '../../src/vocabulary/error-codes.js';
import { composedApp } from '../support/app.js';
import { document, expectValid, type Part, partsOf } from './support.js';

const operations: [string, Part][] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, Part] => [
    `${method.toUpperCase()} ${path}`,
    operation,
  ]),
);

/** Pages for people, and the document itself. */
const PAGES = [
  'GET /me',
  // Another name of /healthz.
  'GET /health',
  'GET /',
  'GET /docs',
  'GET /join',
  'GET /playground',
  'GET /openapi.json',
  'GET /assets/{file}',
  'GET /dashboard',
  'GET /dashboard/live',
  'GET /dashboard/events/live',
  'GET /dashboard/requests/live',
  'GET /dashboard/team',
  'GET /dashboard/team/live',
  'GET /dashboard/usage/live',
  'GET /dashboard/upstreams',
  'GET /dashboard/upstreams/live',
];

describe('The OpenAPI document', () => {
  it('has the members that OpenAPI 3.1 requires, and no unknown ones', () => {
    expect(document.openapi).to.match(/^3\.1\.\d$/);
    expect(document.info).to.include.keys('title', 'version');
    expect(document.servers).to.deep.equal([{ url: 'http://localhost:9090' }]);
    expectKnown(document, ['openapi', 'info', 'servers', 'paths', 'components']);
    expectKnown(document.components, ['schemas', 'headers', 'securitySchemes']);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(ids.every((id) => /^\w+$/.test(id)) && new Set(ids).size === ids.length, String(ids)).to.equal(
      true,
    );
  });

  for (const [name, operation] of operations) {
    it(`describes ${name} with the members that OpenAPI has`, () => {
      expectKnown(operation, [
        'operationId',
        'summary',
        'description',
        'security',
        'parameters',
        'requestBody',
        'responses',
      ]);
      for (const alternative of operation.security) {
        expect(document.components.securitySchemes).to.include.keys(Object.keys(alternative));
      }
      expect(Object.keys(operation.responses), 'a response').to.not.deep.equal([]);
      for (const [status, response] of Object.entries<Part>(operation.responses)) {
        expect(status).to.match(/^[1-5]\d\d$/);
        expectKnown(response, ['description', 'headers', 'content']);
        expect(response.description).to.be.a('string');
      }
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const declared = (operation.parameters ?? []).filter((parameter: Part) => parameter.in === 'path');
      expect(declared.map((parameter: Part) => parameter.name)).to.deep.equal(inPath);
    });
  }

  it('has the target of every reference', () => {
    for (const [path, { $ref }] of partsOf(document)) {
      if ($ref === undefined) continue;
      const target = String($ref)
        .split('/')
        .slice(1)
        .reduce((part: Part, name) => part?.[name], document);
      expect(target, `${path} → ${$ref}`).to.be.an('object');
    }
  });

  it('has examples that fit its schemas', () => {
    for (const [, operation] of operations) {
      for (const response of Object.values<Part>(operation.responses)) {
        const { schema, example } = response.content?.['application/json'] ?? {};
        if (example !== undefined) expectValid(example, schema);
        const events = response.content?.['text/event-stream'];
        for (const data of dataIn(events?.example ?? '')) expectValid(data, events['x-item-schema']);
      }
    }
  });

  it('has every text in both languages', () => {
    for (const [path, part] of partsOf(document)) {
      for (const name of ['summary', 'description']) {
        if (typeof part[name] !== 'string') continue;
        expect(part[`x-${name}-zh`], `${path}/${name}`).to.match(/\p{Script=Han}/u);
      }
    }
  });

  it('lists every error code with its status, but the one of clients that have gone', () => {
    const listed = document['x-error-codes'].map(({ code, status }) => [code, status]);
    const { cancelled, ...codes } = ERROR_CODES;
    expect(listed).to.deep.equal(Object.entries(codes).map(([code, { status }]) => [code, status]));
    expect(cancelled.status).to.equal(499);
  });

  it('has exactly the routes of the gateway', () => {
    const documented = operations.map(([name]) => name);
    expect(routesOf(composedApp({})).filter((route) => !PAGES.includes(route))).to.have.members(documented);
  });

  it('leaves out the dashboard if it is switched off', async () => {
    const app = composedApp({ env: { DASHBOARD_ENABLED: 'false' } });
    const served = await supertest(app).get('/openapi.json');
    const paths = Object.keys(document.paths).filter((path) => !path.startsWith('/dashboard'));
    expect(Object.keys(served.body.paths)).to.deep.equal(paths);
  });
});

function expectKnown(part: object, known: string[]): void {
  const unknown = Object.keys(part).filter((name) => !known.includes(name) && !name.startsWith('x-'));
  expect(unknown).to.deep.equal([]);
}

function dataIn(events: string): Part[] {
  const data = events.split('\n').filter((line) => line.startsWith('data: '));
  return data.map((line) => (line === 'data: [DONE]' ? '[DONE]' : JSON.parse(line.slice(6))));
}

/** Routes in OpenAPI's form: `GET /v1/models/{id}`. Leaves out HEAD, which Express adds to GET. */
function routesOf(app: Express): string[] {
  return app.router.stack.flatMap(({ route }: Part) => {
    if (!route) return [];
    const path = route.path.replace(/[:*](\w+)/g, '{$1}');
    const methods = Object.keys(route.methods).filter((method) =>
      ['get', 'post', 'patch', 'delete'].includes(method),
    );
    return methods.map((method) => `${method.toUpperCase()} ${path}`);
  });
}
