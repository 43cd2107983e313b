import { expect } from 'chai';
import { LEASE_MS } from '../../src/queue/core/types.js';
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import type { PauseCause } from '../../src/vocabulary/pauses.js';
import { Scheduler, SimulatedProcess } from '../support/scheduler.js';
import { World } from './world.js';

describe('SlotQueue among replicas', () => {
  it('shares slots without one wasted call, one message per grant', async () => {
    const world = new World(new Scheduler(1), 2, 2, 3);
    const { scheduler } = world;
    for (let index = 0; index < 60; index += 1) {
      const replica = scheduler.choose(world.replicas);
      scheduler.after(scheduler.between(0, 5_000), () => {
        void world.request(replica, `flow-${index % 4}`, () => scheduler.between(100, 1_500));
      });
    }
    await scheduler.run(120_000, () => expect(world.liveCalls).to.be.at.most(2));
    expect(world.tally).to.deep.include({ granted: 60, refused: 0, failed: [] });
    const counts = world.replicas.map(({ queue }) => queue.counts);
    const sum = (name: 'immediate' | 'byMessage' | 'byAsking') =>
      counts.reduce((total, count) => total + count[name], 0);
    expect(sum('byAsking')).to.equal(0);
    expect(sum('immediate') + sum('byMessage')).to.equal(60);
    expect(world.tally.messages).to.equal(sum('byMessage'));
    expect((await world.store.read('pool')).leases).to.deep.equal([]);
  });

  it('learns the limit after the first refusal', async () => {
    const world = new World(new Scheduler(2), 'auto', 3, 2);
    const { scheduler } = world;
    for (let index = 0; index < 100; index += 1) {
      const replica = scheduler.choose(world.replicas);
      scheduler.after(scheduler.between(0, 20), () => {
        void world.request(replica, `flow-${index % 4}`, () => scheduler.between(100, 1_500));
      });
    }
    await scheduler.run(300_000);
    expect(world.tally).to.deep.include({ granted: 100, failed: [] });
    expect(world.tally.refused).to.be.below(40);
    expect((await world.store.read('pool')).groups.get('g')?.slots).to.equal(3);
  });

  it('grants to others what a killed replica had, a lease later', async () => {
    const world = new World(new Scheduler(3), 2, 2, 3);
    const { scheduler } = world;
    await scheduler.run(1_000);
    const [dying, ...others] = world.replicas;
    if (dying === undefined) throw new Error('no replica');
    for (let index = 0; index < 2; index += 1) void world.request(dying, 'a', () => 600_000);
    await scheduler.run(1_000);
    for (let index = 0; index < 50; index += 1) {
      void world.request(scheduler.choose(others), `flow-${index}`, () => 1_000);
    }
    await scheduler.run(1_000);
    world.kill(dying);
    await scheduler.run(LEASE_MS + 1_000);
    expect(world.liveCalls).to.be.at.least(1);
    await scheduler.run(60_000, () => expect(world.liveCalls).to.be.at.most(2));
    expect(world.tally).to.deep.include({ granted: 50, refused: 0, failed: [] });
  });

  it('ends the requests of a process that was stopped for longer than its lease', async () => {
    const world = new World(new Scheduler(4), 1, 10, 2);
    const { scheduler } = world;
    const [stopped, other] = world.replicas;
    if (stopped === undefined || other === undefined) throw new Error('no replica');
    await scheduler.run(1_000);
    void world.request(stopped, 'a', () => 60_000);
    await scheduler.run(1_000);
    void world.request(other, 'b', () => 30_000);
    void world.request(stopped, 'c', () => 1_000);
    await scheduler.run(1_000);
    stopped.process.stop();
    await scheduler.run(LEASE_MS + 3_000);
    stopped.process.resume();
    await scheduler.run(60_000, () => expect(world.liveCalls).to.be.at.most(1));
    expect(world.tally.failed.map((error) => (error as { code?: string }).code)).to.deep.equal([
      'queue_lease_lost',
    ]);
    expect(world.tally.granted).to.equal(2);
  });

  it('uses no grant whose answer comes after the lease has lapsed', async () => {
    const scheduler = new Scheduler(6);
    const process = new SimulatedProcess(scheduler);
    const store = new MemoryQueueStore(() => scheduler.now);
    let answerTake: () => void = () => undefined;
    const slowToAnswer = new Proxy(store, {
      get: (target, verb) => {
        const real = Reflect.get(target, verb);
        if (verb !== 'take') return real.bind(target);
        return async (pool: string, id: string) => {
          const group = await target.take(pool, id);
          await new Promise<void>((resolve) => {
            answerTake = resolve;
          });
          return group;
        };
      },
    });
    const queue = new SlotQueue({
      replica: 'r',
      store: slowToAnswer,
      createFallback: () => expect.fail('nothing fails'),
      settingsOf: () => ({ groups: { g: 1 }, reserve: 0, maxWaitingPerFlow: 9, maxWaiting: 9 }),
      readReplicas: async () => ['r'],
      timers: process.timers,
    });
    await queue.start();
    const request = {
      flow: 'a',
      turn: '',
      class: 'interactive',
      groups: ['g'],
      weight: 1,
      timeoutMs: 60_000,
    } as const;
    const { signal } = new AbortController();
    const first = await queue.acquire('pool', request, signal);
    const second = queue.acquire('pool', request, signal);
    await scheduler.run(100);
    first.release('ok');
    await scheduler.run(100);
    process.stop();
    await scheduler.run(LEASE_MS);
    process.resume();
    answerTake();
    await scheduler.run(1);
    await second;
    expect(queue.counts).to.include({ immediate: 2, byMessage: 0 });
    expect((await store.read('pool')).leases).to.have.length(1);
  });

  it('knows its share when the store fails before the first request', async () => {
    const world = new World(new Scheduler(7), 1, 10, 2);
    const { scheduler } = world;
    await scheduler.run(1_000);
    for (const { process } of world.replicas) process.isCutOff = true;
    for (const replica of world.replicas) void world.request(replica, 'a', () => 600_000);
    await scheduler.run(2 * LEASE_MS, () => expect(world.liveCalls).to.be.at.most(1));
    expect(world.liveCalls).to.equal(1);
  });

  for (const outageMs of [10_000, 40_000]) {
    it(`goes on for ${outageMs / 1000} s without the store, and keeps the cap`, async () => {
      const world = new World(new Scheduler(5), 4, 4, 2);
      const { scheduler } = world;
      const stream = (index: number) => {
        const replica = scheduler.choose(world.replicas);
        void world.request(replica, `flow-${index % 3}`, () => scheduler.between(200, 2_000));
      };
      for (let index = 0; index < 200; index += 1) scheduler.after(index * 300, () => stream(index));
      await scheduler.run(10_000, () => expect(world.liveCalls).to.be.at.most(4));
      for (const { process } of world.replicas) process.isCutOff = true;
      await scheduler.run(outageMs, () => expect(world.liveCalls).to.be.at.most(4));
      for (const { process } of world.replicas) process.isCutOff = false;
      await scheduler.run(120_000, () => expect(world.liveCalls).to.be.at.most(4));
      expect(world.tally).to.deep.include({ granted: 200, refused: 0, failed: [] });
      expect((await world.store.read('pool')).leases).to.deep.equal([]);
    });
  }
});

const NO_BALANCE: PauseCause = { kind: 'operator', code: '1113', scope: 'credential', mayBeOwn: false };
const OVERLOAD: PauseCause = { kind: 'overloaded', code: '1305', scope: 'model', mayBeOwn: true };
const USED_UP: PauseCause = {
  kind: 'quota',
  code: '1308',
  scope: 'credential',
  mayBeOwn: false,
  endsInMs: 3_600_000,
};

describe('A replica without a share of the slots', () => {
  it('is known as such while the store is away and another has one', async () => {
    const world = new World(new Scheduler(21), 1, 1, 2);
    const { scheduler, replicas } = world;
    const withoutShare = () => replicas.filter(({ queue }) => queue.isWithoutShare).map(({ name }) => name);
    await scheduler.run(1_000);
    for (const replica of replicas) void world.request(replica, 'flow', () => 10);
    await scheduler.run(10_000);
    for (const { process } of replicas) process.isCutOff = true;
    await scheduler.run(LEASE_MS);
    expect(withoutShare()).to.deep.equal([]);
    await scheduler.run(LEASE_MS);
    // The one slot goes to the lowest rank.
    expect(withoutShare()).to.deep.equal([replicas[1]?.name]);
    for (const { process } of replicas) process.isCutOff = false;
    await scheduler.run(10_000);
    expect(withoutShare()).to.deep.equal([]);
  });
});

describe('SlotQueue with several credentials', () => {
  const GROUPS = ['a', 'b', 'c'];
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
    world.failing.clear();
    void world.replicas[1]?.queue.retryPaused();
    askOften(world, 40, 5_000);
    await scheduler.run(10_000);
    expect(world.events).to.deep.equal(['a out 1113', 'a back']);
    expect(world.tally).to.deep.include({ granted: 80, failed: [] });
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

describe('SlotQueue without a known limit', () => {
  it('gives every request a slot at once, and never asks the store', async () => {
    const asked: string[] = [];
    const store = new Proxy(new MemoryQueueStore(), {
      get: (target, verb, receiver) => {
        asked.push(String(verb));
        return Reflect.get(target, verb, receiver);
      },
    });
    const queue = new SlotQueue({
      replica: 'r',
      store,
      createFallback: () => expect.fail('nothing fails'),
      settingsOf: () => ({ groups: { g: 'auto' }, reserve: 0, maxWaitingPerFlow: 0, maxWaiting: 0 }),
      readReplicas: () => expect.fail('nobody has to know'),
      timers: { now: () => 0, set: () => () => undefined },
    });
    const request = { flow: 'a', turn: '', class: 'batch', groups: ['g'], weight: 1, timeoutMs: 1 } as const;
    const { signal } = new AbortController();
    const slots = await Promise.all(Array.from({ length: 50 }, () => queue.acquire('pool', request, signal)));
    for (const slot of slots) {
      expect(slot.waitedMs).to.equal(0);
      slot.release('ok');
    }
    expect(asked).to.deep.equal([]);
  });
});
