/** What a replica's part in a pool is made of. */
import type { Peers, PoolSettings } from './core/types.js';
import type { QueueStore } from './queue-store.js';
import type { Timers } from './slot.js';

export interface PoolOptions {
  /** Of the pool. */
  readonly name: string;
  readonly replica: string;
  /** Replaced when the configuration is read again. */
  settings: PoolSettings;
  readonly store: QueueStore;
  /** Decides in place of the store while that is away. */
  readonly createFallback: () => QueueStore;
  readonly peers: () => Peers;
  /** When somebody may have mended what the upstream refused, by `timers`: at the start, or later. */
  readonly actedAt: () => number;
  readonly timers: Timers;
}
