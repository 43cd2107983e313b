import { expect } from 'chai';
import fc from 'fast-check';
import type { Pauses } from '../../../src/queue/core/types.js';
import type { QueueStore } from '../../../src/queue/queue-store.js';
import { MemoryQueueStore } from '../../../src/store/memory-queue.js';
import type { RedisLink } from '../../../src/store/redis/link.js';
import { RedisQueueStore } from '../../../src/store/redis/queue-store.js';
import { Ids, removeGroups, type Step, type Trace, traces } from '../../queue/traces.js';
import { useRedisLink } from '../../support/redis-link.js';
import { samples } from '../../support/samples.js';
import { setTestClock, useTestClock } from './queue-clock.js';

const PREFIX = 'test:';
const PAUSED: Pauses = {
  g2: {
    kind: 'operator',
    code: '1113',
    since: 1,
    failedAt: 1_764_000_000_000 - 1,
    until: 0,
    probeAt: 1_764_000_000_000 + 3_000,
    failures: 2,
    probe: 'q1',
  },
};

describe('The queue’s scripts and its core', () => {
  const used = useRedisLink();

  before(() => useTestClock(used.link));

  it('agree on every answer and every state of random traces', async function () {
    this.timeout(samples(300_000, 1_800_000));
    let number = 0;
    await fc.assert(
      fc.asyncProperty(traces, async (trace) => {
        number += 1;
        await compare(used.link, trace, `pool ${number}`);
      }),
      { numRuns: samples(150, 10_000), seed: 15, endOnFailure: true },
    );
  });
});

async function compare(link: RedisLink, { settings, steps }: Trace, pool: string): Promise<void> {
  let now = 1_764_000_000_000;
  const memory = new MemoryQueueStore(() => now);
  const redis = new RedisQueueStore(link, PREFIX);
  const both = async (verb: (store: QueueStore) => Promise<unknown>) => {
    const [one, other] = [await verb(memory), await verb(redis)];
    expect(other).to.deep.equal(one);
  };
  const ids = new Ids();
  await setTestClock(link, PREFIX, pool, now);
  for (const step of [
    { verb: 'register', replica: 'r1', peers: { count: 1, rank: 0 }, held: 0, actedAgoMs: 0 } as Step,
    ...steps,
  ]) {
    if (step.verb === 'wait') {
      now += step.ms;
      await setTestClock(link, PREFIX, pool, now);
    } else {
      const call = prepare(step, ids, pool, settings);
      if (call !== undefined) await both(call);
      await both((store) => snapshot(store, pool));
    }
  }
}

function prepare(
  step: Exclude<Step, { verb: 'wait' }>,
  ids: Ids,
  pool: string,
  settings: Trace['settings'],
): ((store: QueueStore) => Promise<unknown>) | undefined {
  switch (step.verb) {
    case 'register': {
      const { replica, peers, actedAgoMs } = step;
      const held = ids.addHeld(replica, step.held);
      return (store) =>
        store.register(pool, {
          replica,
          peers,
          settings: removeGroups(settings, step.without),
          learnt: { g2: 4 },
          paused: PAUSED,
          actedAgoMs,
          held,
        });
    }
    case 'enter': {
      const request = ids.add(step.request, step.replica);
      return (store) => store.enter(pool, request, step.replica);
    }
    case 'renew': {
      const all = ids.ofReplica(step.replica);
      const named = step.forgets ? all.filter((_, index) => index % 3 !== 0) : all;
      return (store) => store.renew(pool, step.replica, step.peers, named);
    }
    case 'unregister':
      return (store) => store.unregister(pool, step.replica);
  }
  const picked = ids.pick(step.pick);
  if (picked === undefined) return undefined;
  const { request, replica } = picked;
  if (step.verb === 'take') return (store) => store.take(pool, request.id);
  if (step.verb === 'putBack') return (store) => store.putBack(pool, request.id);
  if (step.verb === 'giveBack')
    return (store) => store.giveBack(pool, request.id, step.pause, step.isRepeatable);
  if (step.verb === 'leave') return (store) => store.leave(pool, request.id, step.outcome, step.usedMs);
  return (store) => store.enter(pool, request, replica);
}

/** Without the order in which a store lists its entries. */
async function snapshot(store: QueueStore, pool: string): Promise<object> {
  const { groups, pauses, leases, waiting, flows, meanMs } = await store.read(pool);
  const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
  return {
    groups: Object.fromEntries([...groups].map(([id, group]) => [id, JSON.parse(JSON.stringify(group))])),
    pauses: Object.fromEntries(pauses),
    leases: leases.toSorted(byId),
    waiting: waiting.toSorted(byId),
    flows: Object.fromEntries(flows),
    meanMs,
  };
}
