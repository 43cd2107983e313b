/**
 * A flood beside two members, of whom one leaves and comes back, at an upstream of few slots; and how fair it was. The
 * same for real gateways and in a simulated world.
 */
import { randomFrom } from '../support/scheduler.js';

export const FLOOD_CALLERS = 20;
export const MEMBERS = ['ann', 'bob'] as const;
const CALLERS_OF_MEMBER = 2;
const FLOOD_MS = 1_500;
export const MAX_ANSWER_MS = 4 * FLOOD_MS;
const MEMBER_MS = 300;
/** Bob is away for the last two fifths of each of these parts of the run. */
const VISITS = 3;

/** The time and the answers of a world. */
export interface FloodWorld {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Asks for an answer that takes `ms`. Resolves when it is there. */
  ask(who: string, ms: number): Promise<void>;
}

/** A time during which a key had requests that waited or ran. */
interface Span {
  readonly who: string;
  readonly from: number;
  readonly to: number;
}

export interface FloodPlan {
  readonly ms: number;
  readonly seed: number;
  /** Of all durations; 1 unless given. */
  readonly scale?: number;
}

/** Runs it. @returns when keys were busy */
export async function runFlood(world: FloodWorld, { ms, seed, scale = 1 }: FloodPlan): Promise<Span[]> {
  const random = randomFrom(seed);
  const draw = (medianMs: number) => drawLognormal(medianMs * scale, random);
  const start = world.now();
  const end = start + ms;
  const caller = async (who: string, medianMs: number, from: number, to: number) => {
    await world.sleep(from - world.now());
    while (world.now() < to) await world.ask(who, draw(medianMs));
  };
  const visits = Array.from({ length: VISITS }, (_, index) => {
    const from = start + (index * ms) / VISITS;
    return { from, to: from + (0.6 * ms) / VISITS };
  });
  const span = async (who: string, callers: number, medianMs: number, from: number, to: number) => {
    await Promise.all(Array.from({ length: callers }, () => caller(who, medianMs, from, to)));
    return { who, from, to: Math.min(end, world.now()) };
  };
  return Promise.all([
    span('flood', FLOOD_CALLERS, FLOOD_MS, start, end),
    span('ann', CALLERS_OF_MEMBER, MEMBER_MS, start, end),
    ...visits.map(({ from, to }) => span('bob', CALLERS_OF_MEMBER, MEMBER_MS, from, to)),
  ]);
}

/** Lognormal, as answers are; at most four times the median. */
function drawLognormal(medianMs: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(Math.min(4 * medianMs, medianMs * Math.exp(0.5 * normal)));
}

/** An answer, or a part of one, in the time that is judged. */
export interface Use {
  readonly who: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Share {
  /** Slot time, in milliseconds. */
  readonly usedMs: number;
  /** What max-min gives of all the slot time that was used, in milliseconds. */
  readonly fairMs: number;
}

/** Compares what each key had with max-min: at any time all busy keys have the same. */
export function judgeShares(spans: readonly Span[], uses: readonly Use[]): Map<string, Share> {
  const end = Math.max(...spans.map(({ to }) => to));
  const within = uses.map((use) => ({ ...use, endedAt: Math.min(use.endedAt, end) }));
  const used = (who: string) => within.filter((use) => use.who === who).map(durationOf);
  const total = sum(within.map(durationOf));
  const parts = divideTime(spans);
  const all = sum([...parts.values()]);
  return new Map(
    [...parts].map(([who, part]) => {
      return [who, { usedMs: sum(used(who)), fairMs: (total * part) / all }];
    }),
  );
}

/** Each key's part of the time: between two changes those who are busy have equal parts. */
function divideTime(spans: readonly Span[]): Map<string, number> {
  const parts = new Map<string, number>();
  const times = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((one, other) => one - other);
  for (const [index, from] of times.entries()) {
    const to = times[index + 1] ?? from;
    const busy = spans.filter((span) => span.from <= from && span.to >= to);
    for (const { who } of busy) parts.set(who, (parts.get(who) ?? 0) + (to - from) / busy.length);
  }
  return parts;
}

/**
 * @param answerMs The longest answer: since none is interrupted, a key may be ahead or behind by one.
 * @returns What is wrong, `undefined` if each key is within 3 % of max-min or one answer.
 */
export function describeUnfairness(shares: ReadonlyMap<string, Share>, answerMs: number): string | undefined {
  const wrong = [...shares].filter(
    ([, { usedMs, fairMs }]) => Math.abs(usedMs - fairMs) > Math.max(0.03 * fairMs, answerMs),
  );
  return wrong.length === 0 ? undefined : describeShares(new Map(wrong));
}

export function describeShares(shares: ReadonlyMap<string, Share>): string {
  const told = [...shares].map(([who, { usedMs, fairMs }]) => {
    const percent = 100 * (usedMs / fairMs - 1);
    return `${who} ${(usedMs / 1000).toFixed(1)} s (${percent < 0 ? '' : '+'}${percent.toFixed(1)} %)`;
  });
  return told.join(', ');
}

/** Part of the slot time that answers used, from the moment when all slots were in use until `to`. */
export function measureUtilisation(uses: readonly Use[], slots: number, to: number): number {
  const from = uses.map(({ startedAt }) => startedAt).sort((one, other) => one - other)[slots - 1] ?? to;
  const within = uses.map((use) => ({
    ...use,
    startedAt: Math.max(from, use.startedAt),
    endedAt: Math.min(to, use.endedAt),
  }));
  return sum(within.map(durationOf)) / (slots * (to - from));
}

function durationOf({ startedAt, endedAt }: Use): number {
  return Math.max(0, endedAt - startedAt);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
