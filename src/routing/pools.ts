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

  /** The pool that a group belongs to. */
  getPoolOf(group: string): string {
    return this.#joined.get(group) ?? this.getPool(group.slice(group.indexOf('/') + 1));
  }

  /** The configured slots of all groups of a pool. */
  getGroups(pool: string): Record<string, Slots> {
    const members = [...this.#joined].flatMap(([key, name]) => (name === pool ? [key] : []));
    const models = members.length === 0 ? [pool] : members;
    const groups = this.entries.flatMap((entry) =>
      models
        .filter((model) => mayServe(entry, model))
        .map((model) => [getGroup(entry, model), entry.slots] as const),
    );
    return Object.fromEntries(groups);
  }
}

/** The group whose slots the entry's model takes. */
export function getGroup({ name, protocol }: UpstreamEntry, id: string): string {
  return protocol === 'zai-web' ? name : `${name}/${normalizeSpelling(id)}`;
}

function mayServe(entry: UpstreamEntry, model: string): boolean {
  if (entry.protocol === 'zai-web') return listWebModels(entry).includes(model);
  if (entry.models === undefined) return true;
  const ids = [...Object.values(entry.models), ...listFallbacks(entry).map((names) => names.at(-1) ?? '')];
  return ids.some((id) => normalizeSpelling(id) === model);
}

function listWebModels({ models }: UpstreamEntry): string[] {
  const own = Object.entries(models ?? {}).flat();
  return [...modelsOf('web').flatMap(({ name, id }) => [name, id]), ...own].map(normalizeSpelling);
}

/** @returns the pool of each model that shares a group with another */
function joinModels(entries: readonly UpstreamEntry[]): Map<string, string> {
  const joined = new Map<string, string>();
  for (const entry of entries) {
    for (const models of listJoined(entry)) join(joined, models);
  }
  return joined;
}

/** Models of which each can be asked for where another is. */
function listJoined(entry: UpstreamEntry): string[][] {
  const joined = [...Object.entries(entry.models ?? {}), ...listFallbacks(entry)].map((names) =>
    names.map(normalizeSpelling),
  );
  return entry.protocol === 'zai-web' ? [[entry.name, ...listWebModels(entry)], ...joined] : joined;
}

/** Each with the model that fails elsewhere and the entry's own, by its name and its id. */
function listFallbacks({ fallback, models = {} }: UpstreamEntry): string[][] {
  return Object.entries(fallback).map(([name, own]) => [
    name,
    own,
    Object.hasOwn(models, own) ? (models[own] as string) : own,
  ]);
}

/** The first model names the pool. */
function join(joined: Map<string, string>, models: readonly string[]): void {
  if (new Set(models).size < 2) return;
  const pools = new Set(models.map((model) => joined.get(model) ?? model));
  const [pool = ''] = pools;
  for (const [model, name] of joined) if (pools.has(name)) joined.set(model, pool);
  for (const model of models) joined.set(model, pool);
}
