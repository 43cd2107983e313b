import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import { queueContract } from './queue-contract.js';

queueContract('MemoryQueueStore', async () => {
  let now = 1_764_000_000_000;
  return {
    store: new MemoryQueueStore(() => now),
    advance: async (ms) => {
      now += ms;
    },
  };
});
