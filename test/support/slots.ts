/** A queue without a limit, for tests of whatever asks the upstream. */
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';

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
