/**
 * Histograms of durations. Each bucket is a tenth wider than the one before, so percentiles are within 5 % from one
 * millisecond on, and histograms of replicas and minutes can be added. Pure.
 */

const GROWTH = 1.1;
/** Longer durations share the last bucket. */
const MAX_MS = 3_600_000;

/** The number of the bucket that holds a duration: bucket n reaches from 1.1^(n-1) to 1.1^n milliseconds. */
export function toBucket(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(Math.log(Math.min(ms, MAX_MS)) / Math.log(GROWTH) - 1e-9);
}

/** The duration that stands for a bucket, in milliseconds: its geometric middle, at most 4.9 % off. */
export function toMilliseconds(bucket: number): number {
  return bucket === 0 ? 1 : GROWTH ** (bucket - 0.5);
}

/** The duration in milliseconds that the share `p` (0…1) of all is at most. @returns undefined if the histogram is empty. */
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
