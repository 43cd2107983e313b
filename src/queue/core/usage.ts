/** How many slots of each group are in use, in all and by each replica. */
import type { Lease } from './types.js';

export class Usage {
  readonly #counts = new Map<string, number>();

  add({ group, replica }: Pick<Lease, 'group' | 'replica'>): void {
    for (const key of [group, `${group}\n${replica}`]) {
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  ofGroup(group: string): number {
    return this.#counts.get(group) ?? 0;
  }

  ofReplica(group: string, replica: string): number {
    return this.#counts.get(`${group}\n${replica}`) ?? 0;
  }
}

export function countUsage(leases: Iterable<Lease>): Usage {
  const usage = new Usage();
  for (const lease of leases) usage.add(lease);
  return usage;
}
