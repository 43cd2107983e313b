import { expect } from 'chai';
import { LEASE_MS } from '../../src/queue/core/types.js';
import type { PauseCause } from '../../src/vocabulary/pauses.js';
import { samples } from '../support/samples.js';
import { NO_ACCIDENTS, Scheduler } from '../support/scheduler.js';
import { World } from './world.js';

const GROUPS = ['a', 'b', 'c'];
const NO_BALANCE: PauseCause = { kind: 'operator', code: '1113', scope: 'credential', mayBeOwn: false };
const OVERLOAD: PauseCause = { kind: 'overloaded', code: '1305', scope: 'model', mayBeOwn: true };
const USED_UP: PauseCause = {
  kind: 'quota',
  code: '1308',
  scope: 'credential',
  mayBeOwn: false,
  endsInMs: 3_600_000,
};

describe('SlotQueue with several credentials', () => {
  /** Requests of 20 conversations, spread over `ms`. */
  const askOften = (world: World, count: number, ms: number) => {
    const { scheduler } = world;
    for (let index = 0; index < count; index += 1) {
      const conversation = `conversation ${index % 20}`;
      const first = index % GROUPS.length;
      const groups = [...GROUPS.slice(first), ...GROUPS.slice(0, first)];
      scheduler.after(scheduler.between(0, ms), () => {
        const replica = scheduler.choose(world.replicas);
        void world.request(replica, `flow-${index % 4}`, () => 300, {
          groups,
          conversation: () => conversation,
        });
      });
    }
  };

  it('lets the others take over from one that is out, tells it once over all replicas, and takes it back', async () => {
    const world = new World(new Scheduler(11), 'auto', 1_000, 3, undefined, GROUPS);
    const { scheduler } = world;
    await scheduler.run(1_000);
    askOften(world, 400, 60_000);
    scheduler.after(20_000, () => world.failing.set('a', NO_BALANCE));
    await scheduler.run(62_000);
    expect(world.tally).to.deep.include({ granted: 400, refused: 0, failed: [] });
    expect(world.events).to.deep.equal(['a out 1113']);
    // Those in flight when it began, at three replicas that learn of it.
    expect(world.tally.wasted).to.be.within(1, 6);
    const { wasted } = world.tally;
    askOften(world, 400, 600_000);
    await scheduler.run(600_000);
    expect(world.tally.wasted).to.equal(wasted + 1);
    expect(world.events).to.have.length(1);
    world.failing.clear();
    askOften(world, 400, 600_000);
    await scheduler.run(602_000);
    expect(world.tally).to.deep.include({ granted: 1_200, failed: [] });
    expect(world.events).to.deep.equal(['a out 1113', 'a back']);
  });

  it('probes at once when an operator has acted', async () => {
    const world = new World(new Scheduler(12), 2, 1_000, 3, undefined, GROUPS);
    const { scheduler } = world;
    await scheduler.run(1_000);
    world.failing.set('a', NO_BALANCE);
    askOften(world, 40, 5_000);
    await scheduler.run(10_000);
    // By the store's clock, which is a year behind that of this machine.
    for (const { queue } of world.replicas) {
      expect([...queue.pausedCredentials]).to.deep.equal(['a']);
      expect(queue.refusals).to.deep.equal([{ name: 'a', code: '1113' }]);
    }
    world.failing.clear();
    void world.replicas[1]?.queue.retryPaused();
    askOften(world, 40, 5_000);
    await scheduler.run(10_000);
    expect(world.events).to.deep.equal(['a out 1113', 'a back']);
    expect(world.tally).to.deep.include({ granted: 80, failed: [] });
    expect(world.replicas.flatMap(({ queue }) => [...queue.pausedCredentials])).to.deep.equal([]);
  });

  it('pauses nothing for an overload that one conversation meets alone', async () => {
    const world = new World(new Scheduler(13), 'auto', 1_000, 1, undefined, GROUPS);
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('no replica');
    for (const group of GROUPS) world.failing.set(group, OVERLOAD);
    for (let time = 0; time < 5; time += 1)
      void world.request(replica, 'flow', () => 100, { conversation: () => 'long prompt' });
    await world.scheduler.run(5_000);
    expect(world.tally.failed.map(String)).to.deep.equal(Array(5).fill('Error: upstream failed with 1305'));
    expect(world.events).to.deep.equal([]);
    world.failing.clear();
    void world.request(replica, 'flow', () => 100, { conversation: () => 'other' });
    await world.scheduler.run(5_000);
    expect(world.tally.granted).to.equal(1);
    // Others pass between two failures.
    world.failing.set('a', OVERLOAD);
    void world.request(replica, 'flow', () => 100, { conversation: () => 'another long prompt' });
    await world.scheduler.run(5_000);
    expect([world.events, (await world.store.read('pool')).pauses.size]).to.deep.equal([[], 0]);
  });

  it('pauses what two conversations in a row find overloaded, for a short time', async () => {
    const world = new World(new Scheduler(14), 'auto', 1_000, 2, undefined, GROUPS);
    const { scheduler } = world;
    world.failing.set('b', OVERLOAD);
    askOften(world, 300, 30_000);
    scheduler.after(10_000, () => world.failing.clear());
    await scheduler.run(60_000);
    expect(world.tally).to.deep.include({ granted: 300, failed: [] });
    expect(world.tally.wasted).to.be.below(15);
    expect(world.events).to.deep.equal(['b out 1305', 'b back']);
  });

  it('answers at once when all are out, also those that wait', async () => {
    const world = new World(new Scheduler(15), 1, 1_000, 2, undefined, GROUPS);
    const { scheduler } = world;
    const [one, other] = world.replicas;
    if (one === undefined || other === undefined) throw new Error('no replica');
    await scheduler.run(1_000);
    for (let index = 0; index < 3; index += 1)
      void world.request(one, 'busy', () => 10_000, { groups: ['a'], timeoutMs: 60_000 });
    for (const group of ['b', 'c']) {
      world.failing.set(group, group === 'b' ? NO_BALANCE : USED_UP);
      void world.request(one, 'x', () => 10, { groups: [group, 'a'], timeoutMs: 60_000 });
    }
    await scheduler.run(1_000);
    world.failing.set('a', NO_BALANCE);
    await scheduler.run(12_000);
    void world.request(other, 'late', () => 10, { timeoutMs: 60_000 });
    await scheduler.run(20);
    expect(world.open).to.equal(0);
    const errors = world.tally.failed as { code: string; shouldRetry: boolean; retryAfterMs?: number }[];
    expect(errors.map(({ code }) => code).toSorted()).to.deep.equal([
      'insufficient_quota',
      'insufficient_quota',
      'upstream_paused',
      'upstream_paused',
      'upstream_paused',
    ]);
    for (const { code, shouldRetry, retryAfterMs } of errors) {
      expect(shouldRetry).to.equal(false);
      if (code === 'insufficient_quota') expect(retryAfterMs).to.be.within(3_500_000, 3_600_000);
    }
  });

  it('goes on with what it knows of pauses while the store is away', async () => {
    const world = new World(new Scheduler(16), 2, 1_000, 2, undefined, GROUPS);
    const { scheduler } = world;
    await scheduler.run(1_000);
    world.failing.set('a', NO_BALANCE);
    askOften(world, 20, 5_000);
    await scheduler.run(12_000);
    const { wasted } = world.tally;
    for (const { process } of world.replicas) process.isCutOff = true;
    askOften(world, 40, 20_000);
    await scheduler.run(60_000);
    expect(world.tally).to.deep.include({ wasted, granted: 60, failed: [] });
    for (const { process } of world.replicas) process.isCutOff = false;
    await scheduler.run(30_000);
    expect(world.events).to.deep.equal(['a out 1113']);
  });

  it('never stores a pause for the only one', async () => {
    const world = new World(new Scheduler(17), 'auto', 1_000, 1);
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('no replica');
    world.failing.set('g', NO_BALANCE);
    for (let index = 0; index < 3; index += 1)
      void world.request(replica, 'flow', () => 10, { conversation: () => `${index}` });
    await world.scheduler.run(1_000);
    expect(world.tally.failed.map(String)).to.deep.equal(Array(3).fill('Error: upstream failed with 1113'));
    expect((await world.store.read('pool')).groups.size).to.equal(0);
    expect(world.events).to.deep.equal([]);
  });
});

describe('SlotQueue among accidents and failing credentials', () => {
  const runs = samples(40, 2_000);
  it(`serves every request while one credential works (${runs} random worlds)`, async () => {
    for (let seed = 1; seed <= runs; seed += 1) {
      try {
        await runFailingWorld(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).stack}`);
      }
    }
  });
});

/** Two of three credentials fail for a while, or for good. */
async function runFailingWorld(seed: number): Promise<void> {
  const scheduler = new Scheduler(seed);
  const slots = scheduler.choose([1, 2, 'auto'] as const);
  const world = new World(scheduler, slots, 100, scheduler.between(1, 4), undefined, GROUPS);
  world.setAccidents({
    ...NO_ACCIDENTS,
    lost: scheduler.choose([0, 0.02, 0.1]),
    doubled: scheduler.choose([0, 0.1]),
    late: scheduler.choose([0, 0.05]),
  });
  await scheduler.run(2_000);
  for (const group of ['b', 'c']) {
    const cause = scheduler.choose([NO_BALANCE, OVERLOAD, USED_UP]);
    scheduler.after(scheduler.between(0, 15_000), () => world.failing.set(group, cause));
    if (scheduler.happens(0.5))
      scheduler.after(scheduler.between(15_001, 40_000), () => world.failing.delete(group));
  }
  for (let index = 0; index < 40; index += 1) {
    const replica = scheduler.choose(world.replicas);
    const groups = scheduler.happens(0.5) ? GROUPS : GROUPS.toReversed();
    scheduler.after(scheduler.between(0, 40_000), () => {
      replica.process.deliver(() => {
        const conversation = () => `${index % 7}`;
        const answerMs = () => scheduler.between(10, 2_000);
        void world.request(replica, `flow-${index % 4}`, answerMs, { groups, conversation });
      });
    });
  }
  for (const { process } of world.replicas) {
    if (!scheduler.happens(0.3)) continue;
    scheduler.after(scheduler.between(0, 20_000), () => process.stop());
    scheduler.after(scheduler.between(20_001, 60_000), () => process.resume());
  }
  await scheduler.run(62_000);
  world.setAccidents(NO_ACCIDENTS);
  for (let second = 0; second < 170 && world.open > 0; second += 1) await scheduler.run(1_000);
  const codes = world.tally.failed.map((error) => (error as { code?: string }).code ?? String(error));
  expect(codes.filter((code) => code !== 'queue_lease_lost')).to.deep.equal([]);
  expect(world.open, 'open requests').to.equal(0);
  await scheduler.run(LEASE_MS);
  // Only verbs end what has lapsed.
  void world.request(world.addReplica(), 'last', () => 10, { groups: ['a'] });
  await scheduler.run(30_000);
  const { leases, waiting, flows } = await world.store.read('pool');
  expect([leases, waiting, [...flows]], 'left in the store').to.deep.equal([[], [], []]);
}
