/** Days, weeks and months, also where the clock changes. */
import { expect } from 'chai';
import {
  findDay,
  findMoment,
  findPeriod,
  findSpan,
  hasWholeHours,
  isTimeZone,
  listDays,
  toDay,
} from '../src/calendar.js';

const HOUR_MS = 3_600_000;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Chatham',
];
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

describe('The calendar', () => {
  const spans: [string, 'day' | 'week' | 'month', string, string, string, string][] = [
    [
      'a day of UTC',
      'day',
      '2026-11-28T15:00Z',
      'UTC',
      '2026-11-28T00:00:00.000Z',
      '2026-11-29T00:00:00.000Z',
    ],
    [
      'a day of China',
      'day',
      '2026-11-28T17:00Z',
      'Asia/Shanghai',
      '2026-11-28T16:00:00.000Z',
      '2026-11-29T16:00:00.000Z',
    ],
    [
      'a day of 23 hours',
      'day',
      '2026-03-29T12:00Z',
      'Europe/Berlin',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ],
    [
      'a day of 25 hours',
      'day',
      '2026-10-25T12:00Z',
      'Europe/Berlin',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'a day that begins at one o’clock',
      'day',
      '2026-04-24T12:00Z',
      'Africa/Cairo',
      '2026-04-23T22:00:00.000Z',
      '2026-04-24T21:00:00.000Z',
    ],
    [
      'a week from Monday on',
      'week',
      '2026-11-29T23:59Z',
      'UTC',
      '2026-11-23T00:00:00.000Z',
      '2026-11-30T00:00:00.000Z',
    ],
    [
      'a month with a change of the clock',
      'month',
      '2026-10-31T23:30Z',
      'Europe/Berlin',
      '2026-10-31T23:00:00.000Z',
      '2026-11-30T23:00:00.000Z',
    ],
  ];
  for (const [name, period, at, zone, start, end] of spans) {
    it(`knows ${name}`, () => {
      const span = findPeriod(period, Date.parse(at), zone);
      expect([iso(span.start), iso(span.end)]).to.deep.equal([start, end]);
    });
  }

  it('gives every moment of a year to one day, one week and one month, in any zone', () => {
    for (const zone of ZONES) {
      for (const period of ['day', 'week', 'month'] as const) {
        let { start, end } = findSpan(period, Date.UTC(2026, 0, 1), zone);
        while (end < Date.UTC(2027, 0, 10)) {
          const inside = findSpan(period, end - 1, zone);
          expect(inside, `${zone} ${period} ${iso(start)}`).to.deep.equal({ start, end });
          const next = findSpan(period, end, zone);
          expect(next.start, `${zone} ${period} after ${iso(start)}`).to.equal(end);
          ({ start, end } = next);
        }
      }
    }
  });

  it('has a total that never ends', () => {
    expect(findPeriod('total', Date.now(), 'UTC')).to.deep.equal({ start: 0, end: undefined });
  });

  it('finds a day by its date, and no other text', () => {
    for (const zone of ZONES) {
      const day = findDay('2026-10-25', zone);
      expect(day && toDay(day.start, zone), zone).to.equal('2026-10-25');
      expect(day && toDay(day.end - 1, zone), zone).to.equal('2026-10-25');
    }
    for (const text of [
      '2026-02-29',
      '2026-13-01',
      '2026-1-1',
      'today',
      '',
      '2026-10-25T00:00',
      '2026-10-25 ',
    ])
      expect(findDay(text, 'UTC'), text).to.equal(undefined);
    expect(findDay('2011-12-30', 'Pacific/Apia'), 'a day that the zone skipped').to.equal(undefined);
  });

  it('lists the days of a span, at most so many of the newest', () => {
    const span = { start: Date.parse('2026-10-24T12:00Z'), end: Date.parse('2026-10-26T12:00Z') };
    const days = listDays(span, 'Europe/Berlin', 400);
    expect(days.map(({ start }) => toDay(start, 'Europe/Berlin'))).to.deep.equal([
      '2026-10-24',
      '2026-10-25',
      '2026-10-26',
    ]);
    expect(days.map(({ start, end }) => (end - start) / HOUR_MS)).to.deep.equal([24, 25, 24]);
    expect(listDays(span, 'Europe/Berlin', 2)).to.deep.equal(days.slice(1));
  });

  it('tells zones whose hours are hours of UTC', () => {
    const span = { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 1, 1) };
    expect(['UTC', 'Asia/Shanghai', 'Europe/Berlin'].every((zone) => hasWholeHours(zone, span))).to.equal(
      true,
    );
    expect(
      ['Asia/Kolkata', 'Asia/Kathmandu', 'Pacific/Chatham'].some((zone) => hasWholeHours(zone, span)),
    ).to.equal(false);
    expect(isTimeZone('Europe/Berlin')).to.equal(true);
    expect(['Mars/Olympus', '+08:00', 'local', ''].some(isTimeZone)).to.equal(false);
  });
});

describe('A moment in a time zone', () => {
  it('is a day or a minute', () => {
    const minute = findMoment('2026-11-30T17:45', 'Asia/Shanghai');
    expect(minute?.start).to.equal(Date.parse('2026-11-30T09:45:00Z'));
    expect(Number(minute?.end) - Number(minute?.start)).to.equal(60_000);
    expect(findMoment('2026-11-30', 'Asia/Shanghai')?.start).to.equal(Date.parse('2026-11-29T16:00:00Z'));
    for (const text of ['2026-11-30T25:00', '2026-02-30T10:00', 'yesterday', '2026-11-30T17:45:10'])
      expect(findMoment(text, 'UTC'), text).to.equal(undefined);
  });
});
