import { expect } from 'chai';
import { buildQuotaUrl, parsePlanQuota } from '../../../src/upstream/openai-compatible/plan-quota.js';

const NOW = 1_795_000_000_000;
const FIVE_HOURS = { unit: 3, number: 5, nextResetTime: NOW + 3_600_000 };
const answer = (limits: unknown, level: unknown = 'pro') => ({ code: 200, data: { limits, level } });

describe('The quota of a plan', () => {
  it('is asked at the origin of the plan’s address', () => {
    expect(buildQuotaUrl('https://open.bigmodel.cn/api/coding/paas/v4')).to.equal(
      'https://open.bigmodel.cn/api/monitor/usage/quota/limit',
    );
  });

  it('is told in credits, with all amounts', () => {
    const row = { type: 'CREDIT_LIMIT', ...FIVE_HOURS, usage: 12_000, currentValue: 3_000, remaining: 9_000 };
    expect(parsePlanQuota(answer([{ ...row, percentage: 25 }]), NOW)).to.deep.equal({
      level: 'pro',
      readAt: NOW,
      windows: [
        {
          window: 'five_hours',
          measure: 'credits',
          limit: 12_000,
          used: 3_000,
          left: 9_000,
          percent: 25,
          resetsAt: NOW + 3_600_000,
        },
      ],
    });
  });

  it('has the windows of five hours, a week and a month of tools', () => {
    const rows = [
      { type: 'TIME_LIMIT', unit: 5, number: 1 },
      { type: 'TOKENS_LIMIT', unit: 3, number: 5 },
      { type: 'TOKENS_LIMIT', unit: 6, number: 1 },
    ];
    const windows = parsePlanQuota(answer(rows), NOW)?.windows ?? [];
    expect(windows.map(({ window, measure }) => `${window} ${measure}`)).to.deep.equal([
      'mcp_month calls',
      'five_hours tokens',
      'week tokens',
    ]);
  });

  it('is unknown where the plan does not tell it, never 0', () => {
    const row = {
      type: 'TOKENS_LIMIT',
      ...FIVE_HOURS,
      percentage: 7,
      remaining: 'many',
      currentValue: -1,
      usage: null,
    };
    const [window] = parsePlanQuota(answer([row]), NOW)?.windows ?? [];
    expect(window).to.include({ percent: 7, limit: undefined, used: undefined, left: undefined });
  });

  for (const [what, body] of Object.entries({
    'no JSON': undefined,
    'an error': { code: 401, msg: 'no', success: false },
    'no rows, as for Team plans': answer([]),
    'rows of an unknown type': answer([{ type: 'NEW_LIMIT', ...FIVE_HOURS, usage: 5 }]),
    'windows of another length': answer([{ type: 'TOKENS_LIMIT', unit: 3, number: 7, usage: 5 }]),
    'rows that are no objects': answer(['TOKENS_LIMIT', null, 5]),
    'no list': answer({ type: 'TOKENS_LIMIT' }),
  })) {
    it(`is unknown after ${what}`, () => {
      expect(parsePlanQuota(body, NOW)).to.equal(undefined);
    });
  }
});
