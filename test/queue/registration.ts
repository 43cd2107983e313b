/** What a replica tells a pool when it registers. */
import type { PoolSettings, Registration } from '../../src/queue/core/types.js';

/** Builds the registration of replica `r1`, alone and with nothing in flight; `more` overrides fields. */
export function buildRegistration(settings: PoolSettings, more: Partial<Registration> = {}): Registration {
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
