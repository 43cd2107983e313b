/** The spans of time that the dashboard shows, as slots of the statistics. Pure. */
import { DAY_MS, daySlot, HOUR_MS, hourSlot, MINUTE_MS, minuteSlot, type Slot } from '../stats/batch.js';
import type { Range } from '../vocabulary/periods.js';

/** One bar of a chart. */
export interface Bucket {
  /** Unix milliseconds. */
  readonly startsAt: number;
  /** What it adds up. */
  readonly slots: readonly Slot[];
}

interface Shape {
  /** Bars of a chart, and how long each lasts. */
  readonly buckets: number;
  readonly bucketMs: number;
  readonly slotMs: number;
  readonly slot: (ms: number) => Slot;
  /** Tables by key, model and error are counted by whole hours and days. */
  readonly labelMs: number;
  readonly labelSlot: (ms: number) => Slot;
}

const SHAPES: Readonly<Record<Range, Shape>> = {
  '1h': shape(30, 2 * MINUTE_MS, MINUTE_MS, minuteSlot, HOUR_MS, hourSlot),
  '24h': shape(24, HOUR_MS, HOUR_MS, hourSlot, HOUR_MS, hourSlot),
  '7d': shape(28, 6 * HOUR_MS, HOUR_MS, hourSlot, DAY_MS, daySlot),
};

function shape(
  buckets: number,
  bucketMs: number,
  slotMs: number,
  slot: Shape['slot'],
  labelMs: number,
  labelSlot: Shape['labelSlot'],
): Shape {
  return { buckets, bucketMs, slotMs, slot, labelMs, labelSlot };
}

/** The bars of a range, oldest first; the last one is still under way. */
export function bucketsOf(range: Range, now: number): Bucket[] {
  const { buckets, bucketMs, slotMs, slot } = SHAPES[range];
  const last = Math.floor(now / bucketMs) * bucketMs;
  return Array.from({ length: buckets }, (_, index) => {
    const startsAt = last - (buckets - 1 - index) * bucketMs;
    return { startsAt, slots: slotsFrom(startsAt, startsAt + bucketMs - 1, slotMs, slot) };
  });
}

/** The slots of tables by label for a range, and when the first of them began: at or before the first bar. */
export function labelSpan(range: Range, now: number): { startsAt: number; slots: Slot[] } {
  const { labelMs, labelSlot } = SHAPES[range];
  const first = bucketsOf(range, now)[0]?.startsAt ?? now;
  const startsAt = Math.floor(first / labelMs) * labelMs;
  return { startsAt, slots: slotsFrom(startsAt, now, labelMs, labelSlot) };
}

/** The last so many minutes, oldest first; the last one is under way. */
export function lastMinutes(count: number, now: number): Slot[] {
  const present = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return slotsFrom(present - (count - 1) * MINUTE_MS, present, MINUTE_MS, minuteSlot);
}

/** The slots from one time to another, both included. */
export function slotsFrom(from: number, to: number, ms: number, slot: (ms: number) => Slot): Slot[] {
  const slots: Slot[] = [];
  for (let at = from; at <= to; at += ms) slots.push(slot(at));
  return slots;
}
