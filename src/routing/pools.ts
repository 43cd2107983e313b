/**
 * Which slots a request takes, and in which pool it waits for them. A group holds the slots of an entry for one model; all
 * models of the web chat share a group. A pool is the set of groups that can serve each other's requests. Both follow from
 * the configuration alone, so that all replicas agree. Pure.
 */
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { normalizeSpelling } from '../upstream/model-names.js';
import { modelsOf } from '../upstream/models.js';

type Slots = UpstreamEntry['slots'];

export class Pools {
  /** Models, by spelling, whose requests share groups: each with the name of its pool. */
  readonly #joined: ReadonlyMap<string, string>;

  constructor(private readonly entries: readonly UpstreamEntry[]) {
    this.#joined = joinModels(entries);
  }

  /** The pool of an upstream's model. */
  getPool(id: string): string {
    const key = normalizeSpelling(id);
    return this.#joined.get(key) ?? key;
  }

  /** The configured slots of all groups of a pool. */
  getGroups(pool: string): Record<string, Slots> {
    const members = [...this.#joined].flatMap(([key, name]) => (name === pool ? [key] : []));
    const models = members.length === 0 ? [pool] : members;
    const groups = this.entries.flatMap((entry) =>
      models.map((model) => [getGroup(entry, model), entry.slots] as const),
    );
    return Object.fromEntries(groups);
  }
}

/** The group whose slots the entry's model takes. */
export function getGroup({ name, protocol }: UpstreamEntry, id: string): string {
  return protocol === 'zai-web' ? name : `${name}/${normalizeSpelling(id)}`;
}

/** @returns the pool of each model that shares a group with another */
function joinModels(entries: readonly UpstreamEntry[]): Map<string, string> {
  const joined = new Map<string, string>();
  const web = entries.filter(({ protocol }) => protocol === 'zai-web');
  for (const { name } of web) {
    for (const model of modelsOf('web')) {
      joined.set(normalizeSpelling(model.name), name);
      joined.set(normalizeSpelling(model.id), name);
    }
  }
  return joined;
}
