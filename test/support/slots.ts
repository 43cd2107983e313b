/** A queue without a limit, for tests of whatever asks the upstream. */
import { SlotQueue } from '../../src/queue/slot-queue.js';
import type { Router } from '../../src/routing/route.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import type { Upstream } from '../../src/upstream/upstream.js';

/** Sends every request to one upstream. */
export function routesTo(upstream: Pick<Upstream, 'stream' | 'post'>): Router {
  return {
    tokens: [],
    generation: 0,
    serves: () => true,
    onReplaced: () => () => undefined,
    plan: (model) => ({
      pool: 'x',
      routes: [{ entry: 'x', upstream, model, group: 'upstream', isFallback: false }],
      isTold: false,
    }),
  };
}

export function unlimitedSlots(): SlotQueue {
  return new SlotQueue({
    replica: 'test',
    store: new MemoryQueueStore(),
    createFallback: () => new MemoryQueueStore(),
    settingsOf: () => ({
      groups: { upstream: 'unlimited' },
      reserve: 0,
      maxWaitingPerFlow: 100,
      maxWaiting: 1_000,
    }),
    readReplicas: async () => ['test'],
  });
}
