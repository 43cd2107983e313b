import { expect } from 'chai';
import { HISTORY_DAYS, makeHistory } from '../../src/cli/team/history.js';
import { EVERYBODY } from '../../src/cli/team/people.js';
import { SeededRandom } from '../../src/cli/team/random.js';
import { DAY_MS, HOUR_MS } from '../../src/stats/batch.js';

const NOW = Date.UTC(2026, 10, 28, 12, 30);

describe('The simulated history of a team', () => {
  const days = [...makeHistory(NOW, ['team-a', 'team-b'])];
  const records = days.flat();

  it('has twelve colleagues over 30 days, and ends before now', () => {
    expect(days).to.have.length(HISTORY_DAYS + 1);
    expect(new Set(records.map(({ keyName }) => keyName))).to.deep.equal(
      new Set(EVERYBODY.map(({ name }) => name)),
    );
    expect(EVERYBODY).to.have.length(12);
    const times = records.map(({ finishedAt }) => finishedAt);
    expect(Math.max(...times)).to.be.within(NOW - HOUR_MS, NOW - 1);
    expect(Math.min(...times)).to.be.within(NOW - (HISTORY_DAYS + 1) * DAY_MS, NOW - 28 * DAY_MS);
    for (const [day, ofDay] of days.slice(0, -1).entries())
      expect(ofDay.length, `day ${day}`).to.be.above(20);
  });

  it('is the same at every start, and marked as simulated', () => {
    expect([...makeHistory(NOW, ['team-a', 'team-b'])].flat()).to.deep.equal(records);
    for (const { requestId } of records) expect(requestId).to.match(/^simulated-/);
  });

  it('has waits only where slots are limited, and some requests that fail', () => {
    for (const { queueMs, slotGroup } of records) {
      if (queueMs !== undefined) expect(slotGroup).to.match(/^team-[ab]\/glm-5\.3$/);
    }
    const waited = records.filter(({ queueMs }) => queueMs !== undefined).length / records.length;
    expect(waited).to.be.within(0.05, 0.4);
    const failed = records.filter(({ outcome }) => outcome !== 'ok').length / records.length;
    expect(failed).to.be.within(0.02, 0.06);
  });

  it('is made of numbers that are spread evenly', () => {
    const random = new SeededRandom(1);
    const numbers = Array.from({ length: 10_000 }, () => random.next());
    expect(numbers.reduce((sum, one) => sum + one) / numbers.length).to.be.closeTo(0.5, 0.02);
    expect(numbers.every((one) => one >= 0 && one < 1)).to.equal(true);
  });
});
