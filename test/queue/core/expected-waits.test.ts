import { expect } from 'chai';
import { ExpectedWaits, listProspects, type WaitRange } from '../../../src/queue/core/expected-waits.js';
import type { Pool } from '../../../src/queue/core/pool.js';
import { samples } from '../../support/samples.js';
import { type Caller, type Load, runLoad } from '../load.js';

const people = (count: number, thinkMs: number, answerMs: number): Caller[] =>
  Array.from({ length: count }, (_, index) => ({ flow: `p${index}`, lanes: 1, answerMs, thinkMs }));
const flood = (lanes: number, answerMs: number): Caller => ({ flow: 'flood', lanes, answerMs, thinkMs: 1 });

/** `shown`: the least share of looks at the page that show a range. It cannot be narrow where few wait. */
const LOADS: Readonly<Record<string, Load & { shown: number }>> = {
  'a flood beside agents': {
    slots: 2,
    minutes: 240,
    callers: [
      flood(20, 25_000),
      ...[1, 2, 3, 4].map((index) => ({ flow: `a${index}`, lanes: 2, answerMs: 25_000, thinkMs: 1_000 })),
    ],
    shown: 0.2,
  },
  'twelve who never rest': { slots: 2, minutes: 120, callers: people(12, 1_000, 8_000), shown: 0.3 },
  'a team that chats': { slots: 3, minutes: 180, callers: people(20, 20_000, 12_000), shown: 0.1 },
  'a batch beside people': {
    slots: 3,
    minutes: 240,
    callers: [{ ...flood(10, 40_000), class: 'batch' }, ...people(8, 60_000, 8_000)],
    shown: 0.3,
  },
  'one slot': { slots: 1, minutes: 240, callers: people(8, 20_000, 8_000), shown: 0.04 },
  'a flood beside people and an agent': {
    slots: 3,
    minutes: 240,
    callers: [
      flood(15, 40_000),
      ...people(6, 30_000, 8_000),
      { flow: 'agent', lanes: 3, answerMs: 20_000, thinkMs: 2_000 },
    ],
    shown: 0.2,
  },
  'a limit that changes': {
    slots: 5,
    minutes: 120,
    changes: [
      [30, 2],
      [60, 1],
      [90, 4],
    ],
    callers: people(20, 20_000, 12_000),
    shown: 0.04,
  },
};

interface Told {
  readonly range: WaitRange;
  readonly at: number;
}

const LOOKS_PER_SHOWING = 3;

/** Every 15 s looks at the page of everybody who waits. */
class Judge {
  readonly counts = { looks: 0, told: 0, right: 0 };
  /** Of the ranges, and of the waits, by flow; milliseconds. */
  readonly widths = new Map<string, number[]>();
  readonly waits = new Map<string, number[]>();

  async watch(load: Load, seed: number): Promise<void> {
    const expected = new ExpectedWaits();
    const told = new Map<string, Told[]>();
    let number = 0;
    await runLoad(load, seed, {
      onLook: ({ waiting, flows, meanMs, groups, pauses }: Pool, now) => {
        number += 1;
        const view = { waiting: [...waiting.values()], flows, meanMs, groups, pauses: pauses.all };
        for (const [id, prospect] of listProspects(view)) {
          expected.look(id, prospect, now);
          if (number % LOOKS_PER_SHOWING !== 0) continue;
          this.counts.looks += 1;
          const range = expected.expect(prospect, now);
          if (range !== undefined) add(told, id, { range, at: now });
        }
      },
      onGrant: (lease, waitedMs, now) => {
        expected.note(lease, waitedMs, now);
        if (waitedMs > 0) add(this.waits, lease.flow, waitedMs);
        for (const { range, at } of told.get(lease.id) ?? []) this.#compare(lease.flow, range, now - at);
        told.delete(lease.id);
      },
    });
  }

  /** Ranges that are no wider than the median of all waits of their flow. */
  countNarrow(): number {
    const narrow = [...this.widths].map(([flow, widths]) => {
      const medianMs = median(this.waits.get(flow) ?? []);
      return widths.filter((width) => width <= medianMs).length;
    });
    return narrow.reduce((sum, one) => sum + one, 0);
  }

  #compare(flow: string, { fromMs, toMs }: WaitRange, ms: number): void {
    this.counts.told += 1;
    if (ms >= fromMs && ms <= toMs) this.counts.right += 1;
    add(this.widths, flow, toMs - fromMs);
  }
}

function add<T>(all: Map<string, T[]>, name: string, value: T): void {
  const values = all.get(name);
  if (values === undefined) all.set(name, [value]);
  else values.push(value);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

describe('The expected wait', () => {
  for (const [name, load] of Object.entries(LOADS)) {
    it(`holds four times of five and is no wider than the median wait: ${name}`, async () => {
      const judge = new Judge();
      // Few wait for one slot: figures of one world would vary too much.
      const seeds = samples(load.slots === 1 ? 2 : 1, 6);
      for (let seed = 1; seed <= seeds; seed += 1) await judge.watch(load, seed);
      const { looks, told, right } = judge.counts;
      expect(right / told, 'share of ranges that held').to.be.at.least(0.8);
      expect(told / looks, 'share of looks with a range').to.be.at.least(load.shown);
      if (load.changes !== undefined) return;
      expect(judge.countNarrow() / told, 'share that is no wider than the median wait').to.be.at.least(0.8);
    });
  }

  it('is told by nobody who has seen few waits', () => {
    const expected = new ExpectedWaits();
    const prospect = { flow: 'ann', class: 'interactive', place: 3, slots: 2 } as const;
    for (let number = 1; number <= 20; number += 1) {
      expect(expected.expect(prospect, number), `${number}`).to.equal(undefined);
      expected.look(`q${number}`, prospect, 0);
      expected.note({ id: `q${number}`, ...prospect }, 30_000, 20_000);
    }
    expect(expected.expect(prospect, 20_000)).to.deep.equal({ fromMs: 20_000, toMs: 20_000 });
    expect(expected.expect(prospect, 20_000 + 3_600_000), 'an hour later').to.equal(undefined);
  });

  it('is not told where the waits differ by more than their median', () => {
    const expected = new ExpectedWaits();
    const prospect = { flow: 'ann', class: 'interactive', place: 1, slots: 1 } as const;
    for (let number = 1; number <= 20; number += 1) {
      expected.look(`q${number}`, prospect, 0);
      expected.note({ id: `q${number}`, ...prospect }, 1_000 * number, 2_000 * number);
    }
    expect(expected.expect(prospect, 40_000)).to.equal(undefined);
  });
});
