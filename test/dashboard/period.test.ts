import { expect } from 'chai';
import { formatPeriod, type Period, parsePeriod } from '../../src/dashboard/period.js';
import { toDaySlot, toHourSlot } from '../../src/stats/batch.js';
import { ApiError } from '../../src/vocabulary/errors.js';

const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-28T06:22:10Z');

const parse = (search: string, now = NOW) => parsePeriod(new URLSearchParams(search), now);

function told({ from, to, slots }: Period) {
  return [new Date(from).toISOString(), new Date(to).toISOString(), slots.length];
}

function refusal(search: string): ApiError {
  try {
    return expect.fail(`taken: ${told(parse(search))}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error;
  }
}

describe('The period of an export', () => {
  const TAKEN: Record<string, [from: string, to: string, slots: number, name: string]> = {
    '': ['2026-11-28T05:00:00.000Z', '2026-11-28T06:22:10.000Z', 2, '2026-11-28T0500Z_2026-11-28T0622Z'],
    'range=24h': [
      '2026-11-27T07:00:00.000Z',
      '2026-11-28T06:22:10.000Z',
      24,
      '2026-11-27T0700Z_2026-11-28T0622Z',
    ],
    'range=7d': ['2026-11-21T00:00:00.000Z', '2026-11-28T06:22:10.000Z', 8, '2026-11-21_2026-11-28'],
    'range=month': ['2026-11-01T00:00:00.000Z', '2026-11-28T06:22:10.000Z', 28, '2026-11-01_2026-11-28'],
    'range=last-month': ['2026-10-01T00:00:00.000Z', '2026-10-31T23:59:59.999Z', 31, '2026-10-01_2026-10-31'],
    'from=2026-11-01&to=2026-11-30': [
      '2026-11-01T00:00:00.000Z',
      '2026-11-28T06:22:10.000Z',
      28,
      '2026-11-01_2026-11-28',
    ],
    'from=2026-11-27&to=2026-11-27': [
      '2026-11-27T00:00:00.000Z',
      '2026-11-27T23:59:59.999Z',
      1,
      '2026-11-27_2026-11-27',
    ],
    'from=2026-11-28': ['2026-11-28T00:00:00.000Z', '2026-11-28T06:22:10.000Z', 1, '2026-11-28_2026-11-28'],
    // The oldest day that is kept.
    'from=2025-10-25': ['2025-10-25T00:00:00.000Z', '2026-11-28T06:22:10.000Z', 400, '2025-10-25_2026-11-28'],
    'range=&from=&to=': [
      '2026-11-28T05:00:00.000Z',
      '2026-11-28T06:22:10.000Z',
      2,
      '2026-11-28T0500Z_2026-11-28T0622Z',
    ],
  };
  for (const [search, [from, to, slots, name]] of Object.entries(TAKEN))
    it(`is in UTC: ${search || 'the last hour by default'}`, () => {
      const period = parse(search);
      expect(told(period)).to.deep.equal([from, to, slots]);
      expect(formatPeriod(period)).to.equal(name);
    });

  it('adds up whole days, the first and the last included', () => {
    const { slots } = parse('from=2026-02-27&to=2026-03-01');
    expect(slots).to.deep.equal(
      ['2026-02-27', '2026-02-28', '2026-03-01'].map((day) => toDaySlot(at(`${day}T13:00:00Z`))),
    );
    expect(parse('range=1h').slots[0]).to.equal(toHourSlot(NOW - 3_600_000));
  });

  it('handles the turn of a year and leap days', () => {
    expect(told(parse('range=last-month', at('2027-01-01T00:00:00Z')))).to.deep.equal([
      '2026-12-01T00:00:00.000Z',
      '2026-12-31T23:59:59.999Z',
      31,
    ]);
    expect(told(parse('range=month', at('2027-01-01T00:00:00Z')))[2]).to.equal(1);
    expect(told(parse('range=last-month', at('2028-03-15T00:00:00Z')))[2]).to.equal(29);
  });

  const REFUSED: Record<string, [param: string, message: RegExp]> = {
    'range=30d': ['range', /allowed: 1h, 24h, 7d, month, last-month, or from=YYYY-MM-DD&to=YYYY-MM-DD/],
    'range=Month': ['range', /"Month"/],
    'range=7d&range=1h': ['range', /more than once/],
    'range=7d&from=2026-11-01': ['range', /cannot be combined/],
    'to=2026-11-30': ['from', /needs `from`/],
    'from=2026-11-20&to=2026-11-19': ['to', /before/],
    'from=2026-12-01&to=2026-12-31': ['from', /future/],
    'from=2025-10-24': ['from', /kept for 400 days; the first is 2025-10-25/],
    'from=2026-02-30': ['from', /YYYY-MM-DD/],
    'from=2026-13-01': ['from', /YYYY-MM-DD/],
    'from=01.11.2026': ['from', /YYYY-MM-DD/],
    'from=2026-11-01T00:00': ['from', /YYYY-MM-DD/],
    'from=1763000000': ['from', /YYYY-MM-DD/],
    'from=2026-11-01&to=yesterday': ['to', /"yesterday"/],
    [`range=${encodeURIComponent('\u001b[2J\n')}`]: ['range', /^`range` is "\[2J"/],
  };
  for (const [search, [param, message]] of Object.entries(REFUSED))
    it(`is refused with the reason: ${search}`, () => {
      const error = refusal(search);
      expect(error).to.include({ status: 400, code: 'invalid_value', param });
      expect(error.message).to.match(message);
    });
});
