import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import type { Readiness } from '../../src/http/readiness.js';
import { readyz } from '../../src/http/routes/health.js';

const READY: Readiness = {
  draining: false,
  closing: false,
  degraded: () => undefined,
  notKept: () => undefined,
  isWithoutSlots: () => false,
  isWithoutCredential: () => false,
};

describe('GET /readyz', () => {
  const ask = (more: Partial<Readiness>) =>
    supertest(express().get('/readyz', readyz({ ...READY, ...more }))).get('/readyz');

  for (const [what, more, status, body] of [
    ['the replica can answer', {}, 200, { status: 'ready' }],
    ['Redis is away', { degraded: () => 'away' }, 200, { status: 'ready', degraded: 'away' }],
    ['it drains', { draining: true, isWithoutSlots: () => true }, 503, { status: 'draining' }],
    [
      'other replicas have all slots while Redis is away',
      { isWithoutSlots: () => true, degraded: () => 'away' },
      503,
      { status: 'no slots', degraded: 'away' },
    ],
    [
      'no credential can serve anything',
      { isWithoutCredential: () => true },
      503,
      { status: 'no credential' },
    ],
  ] as const) {
    it(`answers ${status} when ${what}`, async () => {
      const response = await ask(more);
      expect(response.status).to.equal(status);
      expect(response.body).to.deep.equal(body);
    });
  }
});
