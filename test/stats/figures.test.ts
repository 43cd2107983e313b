import { expect } from 'chai';
import { computeFigures, sumFields } from '../../src/stats/figures.js';
import { OUTCOME_NAMES } from '../../src/vocabulary/outcomes.js';
import { batchOf, manyRecords, recordOf } from './records.js';

const NONE = { p50: undefined, p95: undefined, p99: undefined };

describe('The figures', () => {
  it('count every outcome as succeeded, failed or cancelled', () => {
    const figures = computeFigures({
      ok: 10,
      caller_error: 1,
      rate_limited: 2,
      upstream_error: 3,
      upstream_refused: 4,
      upstream_truncated: 5,
      gateway_error: 6,
      cancelled: 7,
      ms: 3_800,
      in: 100,
      out: 200,
    });
    expect(figures).to.deep.include({ total: 38, succeeded: 10, cancelled: 7, failed: 21 });
    expect(figures.total).to.equal(figures.succeeded + figures.failed + figures.cancelled);
    expect(figures.successRate).to.equal(10 / 31);
    expect(figures.averageMs).to.equal(100);
    expect([figures.tokensIn, figures.tokensOut]).to.deep.equal([100, 200]);
    expect(Object.keys(figures.outcomes)).to.deep.equal([...OUTCOME_NAMES]);
  });

  it('have no success rate when all requests were cancelled', () => {
    expect(computeFigures({}).successRate).to.equal(undefined);
    expect(computeFigures({ cancelled: 3 })).to.deep.include({ successRate: undefined, failed: 0, total: 3 });
    expect(computeFigures({ gateway_error: 3 }).successRate).to.equal(0);
  });

  it('are empty without counts, and ignore unknown fields', () => {
    for (const fields of [{}, { nonsense: 5, d: 3, 'd-1': 2, d99999: 1, dx: 1 }]) {
      const figures = computeFigures(fields);
      expect(figures).to.deep.include({ total: 0, averageMs: 0, duration: NONE, firstToken: NONE });
    }
  });

  it('read percentiles of the duration and of the first token from their own histograms', () => {
    const records = manyRecords(100, (index) => ({
      durationMs: 100 * (index + 1),
      firstTokenMs: index < 90 ? index + 1 : undefined,
    }));
    const { duration, firstToken } = computeFigures(batchOf('a', 1, records).counters.get('total') ?? {});
    const near = (found: number | undefined, exact: number) =>
      expect(found).to.be.within(exact * 0.95, exact * 1.05);
    near(duration.p50, 5_000);
    near(duration.p95, 9_500);
    near(duration.p99, 9_900);
    near(firstToken.p50, 45);
    near(firstToken.p99, 90);
  });

  it('tell how many requests waited for a slot, how long those waited, and the time in slots', () => {
    const records = manyRecords(100, (index) => ({
      slotMs: 250,
      queueMs: index < 20 ? 100 * (index + 1) : undefined,
    }));
    const figures = computeFigures(batchOf('a', 1, records).counters.get('total') ?? {});
    expect(figures).to.include({ waited: 20, slotMs: 25_000 });
    expect(figures.queueWait.p50).to.be.within(950, 1_050);
    expect(figures.queueWait.p95).to.be.within(1_805, 1_995);
    expect(computeFigures({})).to.deep.include({ waited: 0, slotMs: 0, queueWait: NONE });
  });
});

describe('The speed and the last time', () => {
  it('come from the counts, and are undefined without any', () => {
    const records = [
      recordOf({ durationMs: 1_200, firstTokenMs: 200, finishedAt: 5_000 }),
      recordOf({ durationMs: 3_500, firstTokenMs: 500, finishedAt: 4_000, status: 429, outcome: 'ok' }),
    ];
    const figures = computeFigures(batchOf('a', 1, records).counters.get('total') ?? {});
    expect(figures).to.deep.include({ tokensPerSecond: 10, limited: 1, lastAt: 5_000 });
    expect(computeFigures({})).to.deep.include({ tokensPerSecond: undefined, limited: 0, lastAt: undefined });
  });
});

describe('The sum of several slots', () => {
  it('keeps the latest time instead of adding times', () => {
    expect(sumFields([{ last: 3 }, { last: 9 }, {}, { last: 5 }])).to.deep.equal({ last: 9 });
  });

  it('adds the counts', () => {
    expect(sumFields([{ ok: 1, d3: 2 }, {}, { ok: 5, cancelled: 1 }])).to.deep.equal({
      ok: 6,
      d3: 2,
      cancelled: 1,
    });
    expect(sumFields([])).to.deep.equal({});
  });
});
