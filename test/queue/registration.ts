/** What a replica tells a pool when it registers. */
import type { PoolSettings, Registration } from '../../src/queue/core/types.js';

/** The replica `r1`, alone, with nothing in flight, unless `more` says otherwise. */
export function registrationOf(settings: PoolSettings, more: Partial<Registration> = {}): Registration {
  return {
    replica: 'r1',
    peers: { count: 1, rank: 0 },
    settings,
    learnt: {},
    paused: {},
    actedAgoMs: 0,
    held: [],
    ...more,
  };
}
