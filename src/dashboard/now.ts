/** Compares the last minutes with as many minutes before. Pure. */
import { type Fields, MINUTE_MS } from '../stats/batch.js';
import { computeFigures, type Figures, sumFields } from '../stats/figures.js';

/** Length of the window: long enough to hold requests, short enough to be current. */
export const NOW_MINUTES = 5;

export interface NowFigures {
  readonly figures: Figures;
  readonly requestsPerMinute: number;
}

/** `minutes` are oldest first, at least 2 × NOW_MINUTES; the last one is the minute of `now`, in progress. */
export function compareWindows(
  minutes: readonly Fields[],
  now: number,
): { now: NowFigures; before: NowFigures } {
  const present = minutes.slice(-NOW_MINUTES);
  const earlier = minutes.slice(-2 * NOW_MINUTES, -NOW_MINUTES);
  const elapsed = NOW_MINUTES - 1 + (now % MINUTE_MS) / MINUTE_MS;
  return { now: toWindow(present, elapsed), before: toWindow(earlier, NOW_MINUTES) };
}

function toWindow(minutes: readonly Fields[], length: number): NowFigures {
  const figures = computeFigures(sumFields(minutes));
  return { figures, requestsPerMinute: figures.total / length };
}
