import { expect } from 'chai';
import { findResetTime, getNextMidnight } from '../../src/upstream/reset-time.js';

const NOW = Date.parse('2026-09-08T12:00:00Z');

describe('findResetTime', () => {
  const times: [text: string, time: string][] = [
    ['Your limit will reset at 2026-09-09 05:38:28', '2026-09-08T21:38:28Z'],
    [
      '[1310][Weekly/Monthly Limit Exhausted. Your limit will reset at 2026-09-14 07:49:08]',
      '2026-09-13T23:49:08Z',
    ],
    ['您的限额将在 2026-09-09 07:41:44 重置。', '2026-09-08T23:41:44Z'],
    ['reset at 2026-09-09 05:38:28 (UTC+8)', '2026-09-08T21:38:28Z'],
    ['reset at 2026-09-09T05:38:28Z', '2026-09-09T05:38:28Z'],
    ['reset at 2026-09-09 05:38:28 UTC.', '2026-09-09T05:38:28Z'],
    ['reset at 2026-09-09 05:38:28.123+02:00', '2026-09-09T03:38:28Z'],
    ['reset at 2026-09-09 05:38:28 -0330', '2026-09-09T09:08:28Z'],
    ['reset at 2026/9/9 5:38', '2026-09-08T21:38:00Z'],
  ];
  for (const [text, time] of times) {
    it(`reads «${text}» as ${time}`, () => {
      expect(findResetTime(text, NOW)).to.equal(Date.parse(time));
    });
  }

  it('is undefined without a time, or for one that has passed', () => {
    for (const text of ['', 'later', 'at 05:38', 'reset at 2026-09-08 19:59:59']) {
      expect(findResetTime(text, NOW), text).to.equal(undefined);
    }
  });
});

describe('getNextMidnight', () => {
  it('is the next midnight of Beijing', () => {
    expect(getNextMidnight(NOW)).to.equal(Date.parse('2026-09-08T16:00:00Z'));
    expect(getNextMidnight(Date.parse('2026-09-08T16:00:00Z'))).to.equal(Date.parse('2026-09-09T16:00:00Z'));
  });
});
