/** Which waiting request is next: least attained slot-seconds between flows, turns and arrival within one. */
import type { RequestClass, Waiting } from './types.js';

const CLASS_RANK: Readonly<Record<RequestClass, number>> = { interactive: 0, batch: 1 };

/** Orders two requests whose flows have these virtual times. Negative when `one` goes first. */
export function compareWaiting(one: Waiting, oneTime: number, other: Waiting, otherTime: number): number {
  return (
    CLASS_RANK[one.class] - CLASS_RANK[other.class] ||
    oneTime - otherTime ||
    one.round - other.round ||
    one.sequence - other.sequence
  );
}

/**
 * Round of a new request: after the last of the same turn, at the earliest in the present round of its flow.
 * @param siblings Waiting requests of the same flow and class.
 */
export function chooseRound(turn: string, siblings: readonly Waiting[]): number {
  const ofTurn = siblings.filter((one) => one.turn === turn).map(({ round }) => round);
  return turn === '' ? 0 : Math.max(presentRound(siblings), Math.max(-1, ...ofTurn) + 1);
}

/** Lowest round that waits, 0 when nothing does. */
export function presentRound(siblings: readonly Waiting[]): number {
  return siblings.length === 0 ? 0 : Math.min(...siblings.map(({ round }) => round));
}

/**
 * Order in which waiting requests would be granted if each answer took `meanMs`: what a place in the queue is told by.
 * @returns Ids, next first.
 */
export function orderWaiting(
  waiting: Iterable<Waiting>,
  flowTimes: ReadonlyMap<string, number>,
  meanMs: number,
): string[] {
  const all = [...waiting].map((request) => ({ request, time: flowTimes.get(request.flow) ?? 0 }));
  all.sort((one, other) => compareWaiting(one.request, 0, other.request, 0));
  const before = new Map<string, number>();
  for (const entry of all) {
    const { flow, weight } = entry.request;
    const ahead = before.get(flow) ?? 0;
    before.set(flow, ahead + meanMs / weight);
    entry.time += ahead;
  }
  return all
    .sort((one, other) => compareWaiting(one.request, one.time, other.request, other.time))
    .map(({ request }) => request.id);
}
