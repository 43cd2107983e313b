import { expect } from 'chai';
import fc from 'fast-check';
import { findPercentile, toBucket, toMilliseconds } from '../../src/stats/histogram.js';

const duration = fc.oneof(
  fc.double({ min: 1, max: 3_600_000, noNaN: true }),
  fc.integer({ min: 1, max: 300_000 }),
  // Where buckets meet.
  fc.integer({ min: 0, max: 158 }).map((power) => 1.1 ** power),
);
const SHARES = [0.5, 0.95, 0.99];

describe('the histogram of durations', () => {
  it('has every percentile within 5 % of the exact one', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (durations) => {
        for (const share of SHARES) {
          const found = findPercentile(histogramOf(durations), share) ?? Number.NaN;
          expect(Math.abs(found / exact(durations, share) - 1)).to.be.lessThan(0.05);
        }
      }),
    );
  });

  it('keeps percentiles within 5 % after adding those of several replicas', () => {
    const replicas = fc.array(fc.array(duration, { maxLength: 100 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(replicas, (parts) => {
        const all = parts.flat();
        const merged = new Map<number, number>();
        for (const part of parts.map(histogramOf)) {
          for (const [bucket, count] of part) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
        }
        expect(merged).to.deep.equal(new Map([...histogramOf(all)]));
        for (const share of all.length === 0 ? [] : SHARES) {
          const found = findPercentile(merged, share) ?? Number.NaN;
          expect(Math.abs(found / exact(all, share) - 1)).to.be.lessThan(0.05);
        }
      }),
    );
  });

  it('puts every duration between the bounds of its bucket', () => {
    fc.assert(
      fc.property(duration, (ms) => {
        const bucket = toBucket(ms);
        expect(ms).to.be.at.most(1.1 ** bucket * (1 + 1e-9));
        if (bucket > 0) expect(ms).to.be.at.least(1.1 ** (bucket - 1) * (1 - 1e-9));
      }),
    );
  });

  it('has one bucket below a millisecond and one from an hour on', () => {
    expect([0, 0.2, 1, 1 + 1e-12].map((ms) => toBucket(ms) + 0)).to.deep.equal([0, 0, 0, 0]);
    expect(toMilliseconds(0)).to.equal(1);
    expect(toBucket(Number.MAX_VALUE)).to.equal(toBucket(3_600_000));
    expect(toBucket(3_600_000)).to.be.lessThan(160);
  });

  it('has no percentile when it is empty', () => {
    expect(findPercentile(new Map(), 0.5)).to.equal(undefined);
    expect(findPercentile(new Map([[3, 0]]), 0.5)).to.equal(undefined);
  });
});

function histogramOf(durations: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const ms of durations) counts.set(toBucket(ms), (counts.get(toBucket(ms)) ?? 0) + 1);
  return counts;
}

/** By the nearest rank. */
function exact(durations: readonly number[], share: number): number {
  const sorted = durations.toSorted((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
