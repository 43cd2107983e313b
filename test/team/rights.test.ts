import { expect } from 'chai';
import fc from 'fast-check';
import type { Key } from '../../src/team/core/entities.js';
import { deriveRights, findExpiry, judge } from '../../src/team/core/rights.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const rate = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined });
const models = fc.option(
  fc.array(fc.constantFrom('glm-4.*', 'glm-5*', '*-air', 'glm-4.5-air'), { maxLength: 3 }),
  { nil: undefined },
);
const queueClass = fc.constantFrom('interactive' as const, 'batch' as const);
const settings = fc.record({ requestsPerMinute: rate, models, class: queueClass });

const NO_LIMITS = { requestsPerMinute: 0, totalRequestsPerMinute: 0 };

describe('The rights of a key', () => {
  it('have the lowest limit of key, member and gateway, with its name', () => {
    fc.assert(
      fc.property(settings, settings, fc.nat(500), fc.nat(500), (key, member, gateway, total) => {
        const rights = deriveRights(
          key,
          { ...member, weight: 1 },
          { requestsPerMinute: gateway, totalRequestsPerMinute: total },
        );
        const bounds = [
          key.requestsPerMinute ?? (gateway || Number.POSITIVE_INFINITY),
          member.requestsPerMinute ?? Number.POSITIVE_INFINITY,
          total || Number.POSITIVE_INFINITY,
        ];
        const lowest = Math.min(...bounds);
        expect(rights.tightestRate?.limit ?? Number.POSITIVE_INFINITY).to.equal(lowest);
        const owner = {
          key: [key.requestsPerMinute],
          member: [member.requestsPerMinute],
          gateway: [gateway, total],
        };
        if (rights.tightestRate) expect(owner[rights.tightestRate.scope]).to.include(lowest);
      }),
    );
  });

  it('allow a model only if key and member allow it', () => {
    fc.assert(
      fc.property(
        settings,
        settings,
        fc.constantFrom('GLM-4.5', 'GLM-4.5-Air', 'GLM-5', 'other'),
        (key, member, model) => {
          const gateway = NO_LIMITS;
          const allows = (list: readonly string[] | undefined) =>
            deriveRights(
              { models: list as string[] | undefined },
              { class: 'interactive', weight: 1 },
              gateway,
            ).forbids(model) === undefined;
          const rights = deriveRights(key, { ...member, weight: 1 }, gateway);
          expect(rights.forbids(model) === undefined).to.equal(allows(key.models) && allows(member.models));
        },
      ),
    );
  });

  it('are those of batch work if key or member are', () => {
    fc.assert(
      fc.property(settings, settings, (key, member) => {
        const rights = deriveRights(key, { ...member, weight: 3 }, NO_LIMITS);
        expect(rights.class === 'batch').to.equal(key.class === 'batch' || member.class === 'batch');
        expect(rights.weight).to.equal(3);
      }),
    );
  });

  it('name what forbids a model', () => {
    const member = { class: 'interactive' as const, weight: 1, models: ['glm-4.*'] };
    const rights = deriveRights({ models: ['glm-*'] }, member, NO_LIMITS);
    expect(rights.forbids('GLM-4.6')).to.equal(undefined);
    expect(rights.forbids('GLM-5')).to.equal('member');
    expect(rights.forbids('other')).to.equal('key');
  });
});

describe('A secret', () => {
  const key: Key = {
    id: '12345678',
    name: 'ann',
    member: 'ann',
    note: '',
    state: 'active',
    secrets: [
      { sha256: 'new', hint: '', createdAt: 0 },
      { sha256: 'old', hint: '', createdAt: 0, endsAt: 1_000 },
    ],
    createdAt: 0,
    createdBy: 'admin',
    revision: 1,
  };
  const active = { state: 'active' as const };

  it('that was replaced works until the end of its grace period', () => {
    expect(judge(key, active, 'old', 999)).to.equal('valid');
    expect(judge(key, active, 'old', 1_000)).to.equal('revoked');
    expect(judge(key, active, 'new', 1_000)).to.equal('valid');
    expect(judge(key, active, 'other', 0)).to.equal('revoked');
  });

  it('ends with its key or member', () => {
    expect(judge(undefined, active, 'new', 0)).to.equal('revoked');
    expect(judge(key, undefined, 'new', 0)).to.equal('revoked');
    expect(judge({ ...key, state: 'disabled' }, active, 'new', 0)).to.equal('revoked');
    expect(judge(key, { state: 'disabled' }, 'new', 0)).to.equal('revoked');
  });

  it('expires at a date, or some days after its first use, whatever comes first', () => {
    expect(findExpiry({ expiresDays: 2 })).to.equal(undefined);
    expect(findExpiry({ expiresDays: 2, firstUsedAt: DAY_MS })).to.equal(3 * DAY_MS);
    expect(findExpiry({ expiresDays: 2, firstUsedAt: DAY_MS, expiresAt: 5 })).to.equal(5);
    expect(judge({ ...key, expiresAt: 500 }, active, 'new', 499)).to.equal('valid');
    expect(judge({ ...key, expiresAt: 500 }, active, 'new', 500)).to.equal('expired');
  });
});
