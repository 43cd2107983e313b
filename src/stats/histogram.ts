/**
 * Durations as counts in buckets that grow by a tenth, so that histograms add up over replicas and minutes and a
 * percentile read from them is within 5 %, from one millisecond on. Pure.
 */

const GROWTH = 1.1;
/** An hour and more is one bucket. */
const MAX_MS = 3_600_000;

/** Number of the bucket that holds a duration: bucket n reaches from 1.1^(n-1) to 1.1^n milliseconds. */
export function toBucket(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(Math.log(Math.min(ms, MAX_MS)) / Math.log(GROWTH) - 1e-9);
}

/** The duration a bucket stands for, in milliseconds: the geometric middle, at most 4.9 % off. */
export function toMilliseconds(bucket: number): number {
  return bucket === 0 ? 1 : GROWTH ** (bucket - 0.5);
}

/** The duration below which the share `p` (0…1) of the counted ones lies; undefined where none was counted. */
export function findPercentile(counts: ReadonlyMap<number, number>, p: number): number | undefined {
  const buckets = [...counts].filter(([, count]) => count > 0).sort(([one], [other]) => one - other);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= p * total) return toMilliseconds(bucket);
  }
  return undefined;
}
