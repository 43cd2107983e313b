import { expect } from 'chai';
import { Pool } from '../../src/queue/core/pool.js';
import {
  describeShares,
  describeUnfairness,
  judgeShares,
  MAX_ANSWER_MS,
  measureUtilisation,
  runFlood,
} from '../cluster/flood.js';
import { Scheduler } from '../support/scheduler.js';
import { FirstInFirstOut, RoundRobin } from './unfair-pools.js';
import { World } from './world.js';

const SLOTS = 2;
const MINUTES_MS = 600_000;

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

/** Slot time by flow after ten minutes of callers that never rest, in milliseconds. */
async function shareByFlow(flows: Readonly<Record<string, { callers: number; weight: number }>>) {
  const scheduler = new Scheduler(4);
  const world = new World(scheduler, SLOTS, SLOTS, 2);
  const caller = async (flow: string, weight: number, number: number) => {
    const end = scheduler.now + MINUTES_MS;
    const replica = world.replicas[number % world.replicas.length];
    while (replica !== undefined && scheduler.now < end)
      await world.request(replica, flow, () => scheduler.between(100, 2_000), { weight });
  };
  for (const [flow, { callers, weight }] of Object.entries(flows))
    for (let number = 0; number < callers; number += 1) void caller(flow, weight, number);
  await scheduler.run(MINUTES_MS);
  const sums: Record<string, number> = {};
  for (const { who, startedAt, endedAt } of world.tally.uses)
    sums[who] = (sums[who] ?? 0) + endedAt - startedAt;
  return sums;
}

describe('Flows that always wait', () => {
  it('get slot time by their weights, 3 to 1', async () => {
    const { heavy = 0, light = 0 } = await shareByFlow({
      heavy: { callers: 6, weight: 3 },
      light: { callers: 6, weight: 1 },
    });
    expect(heavy / light).to.be.within(3 * 0.97, 3 * 1.03);
  });

  it('get no more by asking with two keys of one member', async () => {
    const { member = 0, other = 0 } = await shareByFlow({
      member: { callers: 12, weight: 1 },
      other: { callers: 6, weight: 1 },
    });
    expect(member / other).to.be.within(0.97, 1.03);
  });
});

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
