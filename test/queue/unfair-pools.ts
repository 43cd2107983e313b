/** Unfair schedulers: a test of fairness has to fail with each of them. */
import { Pool } from '../../src/queue/core/pool.js';
import type { Waiting } from '../../src/queue/core/types.js';

export class FirstInFirstOut extends Pool {
  protected override compare(one: Waiting, other: Waiting): number {
    return one.sequence - other.sequence;
  }
}

/** Takes turns over keys, however long their answers take. */
export class RoundRobin extends Pool {
  protected override estimate(): number {
    return 1;
  }
  protected override cost(): number {
    return 1;
  }
}
