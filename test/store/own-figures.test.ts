import { expect } from 'chai';
import { computeFigures } from '../../src/stats/figures.js';
import { OwnFigures } from '../../src/store/own-figures.js';
import { recordOf } from '../stats/records.js';

describe('What a replica counts while the store is away', () => {
  it('begins when the store goes, adds up over readings, and is forgotten when the store is back', async () => {
    let reason: string | undefined;
    let now = 1_759_400_000_000;
    const own = new OwnFigures(
      () => reason,
      'UTC',
      () => now,
    );
    const total = async () => {
      const [fields = {}] = (await (await own.read())?.store.readCounters(['total'])) ?? [];
      return computeFigures(fields).total;
    };
    own.record(recordOf({ requestId: 'before' }));
    expect(await own.read()).to.equal(undefined);
    reason = 'the connection to Redis is lost';
    own.record(recordOf({ requestId: 'one' }));
    const since = now;
    now += 1_000;
    expect(await total()).to.equal(1);
    own.record(recordOf({ requestId: 'two' }));
    expect(await total()).to.equal(2);
    const reading = await own.read();
    expect(reading?.since).to.equal(since);
    expect((await reading?.store.readRequests(10))?.map(({ requestId }) => requestId)).to.deep.equal([
      'two',
      'one',
    ]);
    reason = undefined;
    expect(await own.read()).to.equal(undefined);
    reason = 'away again';
    expect(await total()).to.equal(0);
  });

  it('counts the usage in days of the time zone', async () => {
    const finishedAt = Date.parse('2026-11-28T17:30Z');
    const own = new OwnFigures(
      () => 'away',
      'Asia/Shanghai',
      () => finishedAt,
    );
    for (let reading = 1; reading <= 2; reading += 1) {
      own.record(recordOf({ finishedAt }));
      const away = await own.read();
      const parts = (['d2026-11-28', 'd2026-11-29'] as const).map((slot) => ({ id: 'env:alice', slot }));
      const days = (await away?.store.readUsage(parts)) ?? [];
      expect(days.map((models) => models.get('GLM-4.5')?.n)).to.deep.equal([undefined, reading]);
    }
  });
});
