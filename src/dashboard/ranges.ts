/** The spans of time that the dashboard shows, as slots of the statistics. Pure. */
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type Slot,
  toDaySlot,
  toHourSlot,
  toMinuteSlot,
} from '../stats/batch.js';
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
  '1h': shape(30, 2 * MINUTE_MS, MINUTE_MS, toMinuteSlot, HOUR_MS, toHourSlot),
  '24h': shape(24, HOUR_MS, HOUR_MS, toHourSlot, HOUR_MS, toHourSlot),
  '7d': shape(28, 6 * HOUR_MS, HOUR_MS, toHourSlot, DAY_MS, toDaySlot),
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
export function listBuckets(range: Range, now: number): Bucket[] {
  const { buckets, bucketMs, slotMs, slot } = SHAPES[range];
  const last = Math.floor(now / bucketMs) * bucketMs;
  return Array.from({ length: buckets }, (_, index) => {
    const startsAt = last - (buckets - 1 - index) * bucketMs;
    return { startsAt, slots: listSlots(startsAt, startsAt + bucketMs - 1, slotMs, slot) };
  });
}

/** The slots of tables by label for a range, and when the first of them began: at or before the first bar. */
export function findLabelSlots(range: Range, now: number): { startsAt: number; slots: Slot[] } {
  const { labelMs, labelSlot } = SHAPES[range];
  const first = listBuckets(range, now)[0]?.startsAt ?? now;
  const startsAt = Math.floor(first / labelMs) * labelMs;
  return { startsAt, slots: listSlots(startsAt, now, labelMs, labelSlot) };
}

/** The last so many minutes, oldest first; the last one is under way. */
export function listMinutes(count: number, now: number): Slot[] {
  const present = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return listSlots(present - (count - 1) * MINUTE_MS, present, MINUTE_MS, toMinuteSlot);
}

/** The slots from one time to another, both included. */
export function listSlots(from: number, to: number, ms: number, slot: (ms: number) => Slot): Slot[] {
  const slots: Slot[] = [];
  for (let at = from; at <= to; at += ms) slots.push(slot(at));
  return slots;
}
