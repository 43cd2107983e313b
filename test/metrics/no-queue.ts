import type { QueueMetricSource } from '../../src/metrics/queue-metrics.js';

/** A queue that was never used. */
export const NO_QUEUE: QueueMetricSource = {
  counts: () => ({ immediate: 0, byMessage: 0, byAsking: 0, timeouts: 0, leasesLost: 0 }),
  readGroups: async () => [],
};
