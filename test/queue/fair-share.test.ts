import { expect } from 'chai';
import { Pool } from '../../src/queue/core/pool.js';
import type { Waiting } from '../../src/queue/core/types.js';
import {
  describeShares,
  describeUnfairness,
  judgeShares,
  MAX_ANSWER_MS,
  measureUtilisation,
  runFlood,
} from '../cluster/flood.js';
import { Scheduler } from '../support/scheduler.js';
import { World } from './world.js';

const SLOTS = 2;
const MINUTES_MS = 600_000;

class FirstInFirstOut extends Pool {
  protected override compare(one: Waiting, other: Waiting): number {
    return one.sequence - other.sequence;
  }
}

class RoundRobin extends Pool {
  protected override estimate(): number {
    return 1;
  }
  protected override cost(): number {
    return 1;
  }
}

/** A flood beside two members, over three replicas whose messages take up to `maxDelayMs`. */
async function flood(createPool: () => Pool, maxDelayMs: number) {
  const scheduler = new Scheduler(3);
  const world = new World(scheduler, SLOTS, SLOTS, 3, createPool);
  for (const { process } of world.replicas) process.maxDelayMs = maxDelayMs;
  const sleep = (ms: number) => new Promise<void>((resolve) => void scheduler.after(ms, resolve));
  let next = 0;
  const ask = async (who: string, ms: number) => {
    next += 1;
    const replica = world.replicas[next % world.replicas.length];
    if (replica !== undefined) await world.request(replica, who, () => ms);
    await sleep(scheduler.between(0, maxDelayMs));
  };
  const startedAt = scheduler.now;
  const spans = runFlood({ now: () => scheduler.now, sleep, ask }, { ms: MINUTES_MS, seed: 3 });
  await scheduler.run(MINUTES_MS + 120_000, () => expect(world.upstreamCalls).to.be.at.most(SLOTS));
  const shares = judgeShares(await spans, world.tally.uses);
  const utilisation = measureUtilisation(world.tally.uses, SLOTS, startedAt + MINUTES_MS);
  return { world, shares, utilisation };
}

describe('A flood of one key for ten minutes', () => {
  for (const maxDelayMs of [2, 20]) {
    it(`leaves each member an equal share, with messages that take up to ${maxDelayMs} ms`, async () => {
      const { world, shares, utilisation } = await flood(() => new Pool(), maxDelayMs);
      expect(describeUnfairness(shares, MAX_ANSWER_MS), describeShares(shares)).to.equal(undefined);
      expect(world.tally).to.deep.include({ refused: 0, failed: [] });
      if (maxDelayMs === 2) expect(utilisation).to.be.above(0.98);
      const counts = world.replicas.map(({ queue }) => queue.counts.byAsking);
      expect(counts, 'grants whose message was lost').to.deep.equal([0, 0, 0]);
    });
  }

  for (const Discipline of [FirstInFirstOut, RoundRobin]) {
    it(`does not when ${Discipline.name} decides who is next`, async () => {
      const { shares } = await flood(() => new Discipline(), 2);
      expect(describeUnfairness(shares, MAX_ANSWER_MS)).to.be.a('string');
    });
  }
});
