/** Finds the slots of the statistics for the periods that the dashboard shows. Pure. */
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
  /** The slots that it adds up. */
  readonly slots: readonly Slot[];
}

interface Shape {
  /** Number of bars of a chart. Each lasts `bucketMs`. */
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

/** The bars of a range, oldest first. The last one is in progress. */
export function listBuckets(range: Range, now: number): Bucket[] {
  const { buckets, bucketMs, slotMs, slot } = SHAPES[range];
  const last = Math.floor(now / bucketMs) * bucketMs;
  return Array.from({ length: buckets }, (_, index) => {
    const startsAt = last - (buckets - 1 - index) * bucketMs;
    return { startsAt, slots: listSlots(startsAt, startsAt + bucketMs - 1, slotMs, slot) };
  });
}

/** The slots of the tables by label for a range. They begin at or before the first bar. */
export function findLabelSlots(range: Range, now: number): { startsAt: number; slots: Slot[] } {
  const { labelMs, labelSlot } = SHAPES[range];
  const first = listBuckets(range, now)[0]?.startsAt ?? now;
  const startsAt = Math.floor(first / labelMs) * labelMs;
  return { startsAt, slots: listSlots(startsAt, now, labelMs, labelSlot) };
}

/** The last `count` minutes, oldest first. The last one is in progress. */
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
