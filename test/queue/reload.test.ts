import { expect } from 'chai';
import type { SlotSetting } from '../../src/queue/core/types.js';
import type { Slot } from '../../src/queue/slot.js';
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';

/** Groups by pool. */
type Pools = Readonly<Record<string, Readonly<Record<string, SlotSetting>>>>;

describe('Pools that the configuration joins or splits', () => {
  let pools: Pools;
  let store: MemoryQueueStore;
  let queue: SlotQueue;
  let open: Slot[];
  /** Lets a second pass for the queue. */
  let tick: () => void;

  const start = async (before: Pools) => {
    pools = before;
    open = [];
    store = new MemoryQueueStore();
    queue = new SlotQueue({
      replica: 'r1',
      store,
      createFallback: () => new MemoryQueueStore(),
      settingsOf: (pool) => ({
        groups: pools[pool] ?? {},
        reserve: 0,
        maxWaitingPerFlow: 100,
        maxWaiting: 100,
      }),
      poolOf: (group) => Object.keys(pools).find((name) => Object.hasOwn(pools[name] ?? {}, group)) ?? '',
      readReplicas: async () => ['r1'],
      timers: {
        now: () => performance.now(),
        set: (run, ms) => {
          if (ms === 1_000) tick = run;
          return () => undefined;
        },
      },
    });
    await queue.start();
  };
  afterEach(() => queue.close());

  const ask = (pool: string, group: string, signal = new AbortController().signal) => {
    const request = { flow: 'ann', turn: '', class: 'interactive', weight: 1, timeoutMs: 60_000 } as const;
    return queue.acquire(pool, { ...request, groups: [group] }, signal).then((slot) => {
      open.push(slot);
      return slot;
    });
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const leases = async (pool: string) => (await store.read(pool)).leases.map(({ group }) => group);

  for (const [how, before, after] of [
    ['split', { a: { 'x/a': 2, 'x/b': 2 } }, { a: { 'x/a': 2 }, b: { 'x/b': 2 } }],
    ['joined', { a: { 'x/a': 2 }, b: { 'x/b': 2 } }, { a: { 'x/a': 2, 'x/b': 2 } }],
  ] as const) {
    const poolIn = (all: Pools) =>
      Object.keys(all).find((name) => Object.hasOwn(all[name] ?? {}, 'x/b')) ?? '';

    it(`count what is in flight when they are ${how}: no slot is given twice`, async () => {
      await start(before);
      const first = await ask(poolIn(before), 'x/b');
      await ask(poolIn(before), 'x/b');
      pools = after;
      await queue.reconfigure();
      expect(await leases(poolIn(after))).to.deep.equal(['x/b', 'x/b']);
      const third = ask(poolIn(after), 'x/b');
      await settle();
      expect(open, 'slots in use').to.have.length(2);
      first.release('ok');
      await third;
      for (const slot of open.slice(1)) slot.release('ok');
      await settle();
      for (const name of ['a', 'b']) expect(await leases(name), name).to.deep.equal([]);
    });
  }

  it('keep a slot from those who wait in the old pool until they have moved', async () => {
    await start({ a: { 'x/a': 1, 'x/b': 1 } });
    await ask('a', 'x/b');
    const client = new AbortController();
    const waiting = ask('a', 'x/b', client.signal).catch((reason: unknown) => reason);
    await settle();
    pools = { a: { 'x/a': 1 }, b: { 'x/b': 1 } };
    await queue.reconfigure(() => client.abort('moved'));
    expect(await waiting).to.equal('moved');
    expect(open).to.have.length(1);
    expect(await leases('a')).to.deep.equal([]);
  });

  it('take a learnt limit along', async () => {
    await start({ a: { 'x/a': 'auto', 'x/b': 'auto' } });
    const [first, second] = [await ask('a', 'x/b'), await ask('a', 'x/b')];
    const again = second.waitAgain(new AbortController().signal);
    await settle();
    tick();
    await settle();
    pools = { a: { 'x/a': 'auto' }, b: { 'x/b': 'auto' } };
    await queue.reconfigure();
    expect((await store.read('b')).groups.get('x/b')?.slots).to.equal(1);
    first.release('ok');
    await again.catch(() => undefined);
  });

  it('are told to the store also where a registration is on its way', async () => {
    await start({ a: { 'x/a': 1, 'x/b': 1 } });
    await ask('a', 'x/b');
    const register = store.register.bind(store);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.register = async (...args) => {
      const standing = register(...args);
      await gate;
      return standing;
    };
    const before = queue.retryPaused();
    pools = { a: { 'x/a': 1, 'y/a': 3 }, b: { 'x/b': 1 } };
    const after = queue.reconfigure();
    release();
    await Promise.all([before, after]);
    expect([...(await store.read('a')).groups.keys()]).to.deep.equal(['x/a', 'y/a']);
    expect(await leases('b')).to.deep.equal(['x/b']);
  });

  it('leave a request in flight alone whose entry was removed', async () => {
    await start({ a: { 'x/a': 1, 'y/a': 1 } });
    const slot = await ask('a', 'y/a');
    pools = { a: { 'x/a': 1 } };
    await queue.reconfigure();
    expect(await leases('a')).to.deep.equal(['y/a']);
    slot.release('ok');
    await settle();
    expect(await leases('a')).to.deep.equal([]);
  });
});
