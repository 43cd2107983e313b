/** How many requests a slot group admits: additive increase after successes, one less after a refusal (code 1302). */
import { type Group, LEASE_MS, type SlotSetting } from './types.js';

/** Successes after a refusal before the next slot is tried: at most one call in 25 is wasted on trying. */
export const HOLD_SUCCESSES = 24;
export const MAX_TRIAL_MS = 1_000;
export const PAUSE_MS = 1_000;
export const MAX_DOUBLINGS = 4;

export function createGroup(): Group {
  return {
    slots: undefined,
    changedAt: 0,
    fixed: false,
    successes: 0,
    hold: 0,
    refusals: 0,
    pausedUntil: 0,
    countsHeldUntil: 0,
  };
}

/** Applies the configured limit; a learnt one stays. */
export function applySetting(group: Group, setting: SlotSetting): void {
  if (setting === 'auto') {
    if (group.fixed) Object.assign(group, createGroup());
    return;
  }
  group.fixed = true;
  group.slots = setting === 'unlimited' ? undefined : setting;
}

/**
 * Adds one slot after a third as many successes as there are slots, if somebody waits; not before the last change had time
 * to be refused.
 * @param meanMs Mean duration of an answer.
 */
export function noteSuccess(group: Group, hasWaiting: boolean, now: number, meanMs: number): void {
  group.refusals = 0;
  if (group.fixed || group.slots === undefined) return;
  if (group.hold > 0) {
    group.hold -= 1;
    return;
  }
  if (!hasWaiting) return;
  group.successes += 1;
  if (group.successes < group.slots / 3 || now < group.changedAt + getTrialMs(meanMs)) return;
  group.slots += 1;
  group.changedAt = now;
  group.successes = 0;
}

/** How long a new slot is tried before the next: answers that end together would add several at once. */
function getTrialMs(meanMs: number): number {
  return Math.min(MAX_TRIAL_MS, Math.floor(meanMs / 4));
}

/**
 * Takes one slot away, down to 1. The first refusal of a group without a known limit sets it to the requests in flight.
 * A pause begins where no end of a request would tell when to try again.
 * @param inFlight Requests of the group that were not refused.
 */
export function noteRefusal(group: Group, inFlight: number, now: number): void {
  if (!group.fixed) {
    if (group.slots === undefined) group.countsHeldUntil = now + LEASE_MS;
    const slots = Math.max(1, group.slots === undefined ? inFlight : group.slots - 1);
    if (slots !== group.slots) group.changedAt = now;
    group.slots = slots;
    group.successes = 0;
    group.hold = HOLD_SUCCESSES;
  }
  if (group.fixed || inFlight === 0) {
    group.pausedUntil = now + PAUSE_MS * 2 ** Math.min(group.refusals, MAX_DOUBLINGS);
  }
  group.refusals += 1;
}
