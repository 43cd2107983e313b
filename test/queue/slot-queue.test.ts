import { expect } from 'chai';
import { LEASE_MS } from '../../src/queue/core/types.js';
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
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

  it('starts a request in the slot of one that ends just after the store went away', async () => {
    const away = { isAway: false };
    const store = new Proxy(new MemoryQueueStore(), {
      get: (memory, name) => {
        if (name === 'isAway') return away.isAway;
        const verb = Reflect.get(memory, name);
        return (...args: unknown[]) =>
          away.isAway ? Promise.reject(new Error('away')) : Reflect.apply(verb, memory, args);
      },
    });
    const settings = { groups: { g: 2 }, reserve: 0, maxWaitingPerFlow: 10, maxWaiting: 10 };
    const queue = new SlotQueue({
      replica: 'one',
      store,
      createFallback: () => new MemoryQueueStore(),
      settingsOf: () => settings,
      readReplicas: async () => ['one', 'two'],
    });
    const ask = () => {
      const request = { flow: 'ann', turn: '', class: 'interactive', groups: ['g'], weight: 1 } as const;
      return queue.acquire('pool', { ...request, timeoutMs: 60_000 }, new AbortController().signal);
    };
    const [first, second] = [await ask(), await ask()];
    const waiting = [ask(), ask(), ask()];
    await new Promise(setImmediate);
    away.isAway = true;
    first.release('ok');
    second.release('ok');
    const slots = await Promise.all(waiting.slice(0, 2));
    for (const slot of slots) slot.release('ok');
    (await waiting[2])?.release('ok');
    await queue.close().catch(() => undefined);
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
        if (verb !== 'take') return real?.bind(target);
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

  it('shows no group and no pause of a credential that was removed', async () => {
    let groups: Record<string, number> = { 'a/m': 1, 'b/m': 1 };
    const queue = new SlotQueue({
      replica: 'r',
      store: new MemoryQueueStore(),
      createFallback: () => expect.fail('nothing fails'),
      settingsOf: () => ({ groups, reserve: 0, maxWaitingPerFlow: 9, maxWaiting: 9 }),
      readReplicas: async () => ['r'],
    });
    await queue.start();
    const request = { flow: 'a', turn: '', class: 'interactive', groups: ['b/m', 'a/m'], weight: 1 } as const;
    const { signal } = new AbortController();
    const slot = await queue.acquire('pool', { ...request, timeoutMs: 5_000 }, signal);
    const cause = { kind: 'operator', scope: 'credential', code: '1113', mayBeOwn: false } as const;
    const next = await slot.giveBack({ ...cause, endsInMs: undefined }, true, signal);
    const seen = async () => {
      const view = (await queue.read()).get('pool');
      return { groups: [...(view?.groups.keys() ?? [])].sort(), pauses: [...(view?.pauses.keys() ?? [])] };
    };
    expect(await seen()).to.deep.equal({ groups: ['a/m', 'b/m'], pauses: ['b'] });
    groups = { 'a/m': 1 };
    await queue.reconfigure();
    expect(await seen()).to.deep.equal({ groups: ['a/m'], pauses: [] });
    groups = { 'c/m': 1 };
    await queue.reconfigure();
    expect((await seen()).groups, 'with a request in flight').to.deep.equal(['a/m', 'c/m']);
    next?.release('ok');
    await queue.close();
  });
});
