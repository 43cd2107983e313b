import { expect } from 'chai';
import { LEASE_MS } from '../../src/queue/core/types.js';
import type { PauseCause } from '../../src/vocabulary/pauses.js';
import { samples } from '../support/samples.js';
import { NO_ACCIDENTS, Scheduler } from '../support/scheduler.js';
import { type Replica, World } from './world.js';

const RUNS = samples(80, 2_000);
const FIRST = Number(process.env.QUEUE_FIRST_WORLD ?? 1);
/** Worlds that have failed once. */
const KNOWN = [1386];
const REQUESTS = 40;
/** Requests come, and accidents happen, within this time; milliseconds. */
const BUSY_MS = 20_000;

describe('SlotQueue among accidents', () => {
  it(`never has more live calls than slots, and loses nothing (${RUNS} random worlds)`, async () => {
    for (const seed of [...KNOWN, ...Array.from({ length: RUNS }, (_, index) => FIRST + index)]) {
      try {
        await runWorld(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).stack}`);
      }
    }
  });
});

async function runWorld(seed: number): Promise<void> {
  const scheduler = new Scheduler(seed);
  const slots = scheduler.between(1, 4);
  const isStoreBroken = scheduler.happens(0.4);
  // Without the store, what is above the slots for a moment is refused by the upstream, and waits again.
  const groups = scheduler.choose([['g'], ['a', 'b', 'c']]);
  const all = slots * groups.length;
  const replicas = scheduler.between(1, 4);
  const world = new World(scheduler, slots, isStoreBroken ? all : 100, replicas, undefined, groups);
  const check = () => {
    expect(world.liveCalls, 'live calls').to.be.at.most(all);
  };
  await scheduler.run(2_000, check);
  world.setAccidents({
    lost: scheduler.choose([0, 0.02, 0.1]),
    doubled: scheduler.choose([0, 0.1]),
    late: scheduler.choose([0, 0.05, 0.2]),
    stops: scheduler.choose([0, 0.003, 0.02]),
    dies: scheduler.choose([0, 0, 0.001]),
  });
  for (let index = 0; index < REQUESTS; index += 1)
    askSometime(world, scheduler.choose(world.replicas), index);
  if (isStoreBroken) breakStore(world);
  if (groups.length > 1) breakCredential(world);
  await scheduler.run(60_000, check);
  world.setAccidents(NO_ACCIDENTS);
  for (let second = 0; second < 170 && world.open > 0; second += 1) await scheduler.run(1_000, check);
  await scheduler.run(LEASE_MS, check);
  // Only verbs end what has lapsed: one that outlives them all.
  void world.request(world.addReplica(), 'last', () => 10);
  await scheduler.run(30_000, check);
  const reasons = world.tally.failed.map((error) => (error as { code?: string }).code ?? String(error));
  expect(reasons.filter((reason) => reason !== 'queue_lease_lost' && reason !== 'left')).to.deep.equal([]);
  expect(world.open, 'open requests').to.equal(0);
  const { leases, waiting, flows } = await world.store.read('pool');
  expect([leases, waiting, [...flows]], 'left in the store').to.deep.equal([[], [], []]);
}

/** One request in ten is of a client that leaves. */
function askSometime(world: World, replica: Replica, index: number): void {
  const { scheduler } = world;
  const client = new AbortController();
  scheduler.after(scheduler.between(0, BUSY_MS), () => {
    replica.process.deliver(() => {
      const { signal } = client;
      void world.request(replica, `flow-${index % 4}`, () => scheduler.between(10, 3_000), { signal });
    });
    if (!scheduler.happens(0.1)) return;
    scheduler.after(scheduler.between(0, 5_000), () => replica.process.deliver(() => client.abort('left')));
  });
}

/** The store is emptied, or cannot be reached for a while, or both. */
function breakStore(world: World): void {
  const { scheduler } = world;
  if (scheduler.happens(0.6)) scheduler.after(scheduler.between(0, BUSY_MS), () => world.emptyStore());
  if (!scheduler.happens(0.6)) return;
  const setCutOff = (isCutOff: boolean) => {
    for (const { process } of world.replicas) process.isCutOff = isCutOff;
  };
  scheduler.after(scheduler.between(0, BUSY_MS), () => setCutOff(true));
  scheduler.after(scheduler.between(BUSY_MS, 2 * BUSY_MS), () => setCutOff(false));
}

/** One of the credentials fails for a while. */
function breakCredential({ scheduler, failing }: World): void {
  const cause = scheduler.choose<PauseCause>([
    { kind: 'operator', code: '1113', scope: 'credential', mayBeOwn: false },
    { kind: 'overloaded', code: '1305', scope: 'model', mayBeOwn: true },
  ]);
  scheduler.after(scheduler.between(0, BUSY_MS), () => failing.set('a', cause));
  scheduler.after(scheduler.between(BUSY_MS, 2 * BUSY_MS), () => failing.clear());
}
