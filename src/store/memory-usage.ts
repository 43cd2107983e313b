/** What each key used, in this process's memory; written through to the disk. */
import type { Fields } from '../stats/batch.js';
import {
  addModel,
  isUsageExpired,
  type KeyUsage,
  USAGE_DAYS,
  type UsageByModel,
  type UsageKey,
  type UsagePart,
  type UsageSlot,
} from '../stats/usage.js';
import type { DurableState } from './disk/durable-state.js';
import { decodeLabels, encodeLabels, type Labels } from './durable-stats.js';
import { LazyMap } from './lazy-map.js';
import { encodeUsageKey, parseUsageKey } from './redis/shapes.js';

const USAGE = 'stats:usage';
const KEYS = 'stats:usage-keys';
const DAY_MS = 24 * 60 * 60 * 1000;
const SWEEP_MS = 60 * 60 * 1000;

/** `SLOT KEY ID`: ids may hold any separator but a space. */
const nameOf = ({ id, slot }: UsagePart) => `${slot} ${id}`;

export class MemoryUsage {
  readonly #usage: LazyMap<string, Labels>;
  /** When each key was used last, by its id, name and member. */
  readonly #keys: Map<string, number>;
  #sweptAt = 0;

  constructor(
    private readonly state: DurableState,
    private readonly now: () => number,
  ) {
    this.#usage = new LazyMap(state.readEntries(USAGE), decodeLabels);
    const keys = [...state.readEntries(KEYS)];
    this.#keys = new Map(keys.map(([key, at]) => [key, Number(String(at)) || 0]));
  }

  add(usage: readonly KeyUsage[]): void {
    for (const key of usage) {
      this.#addKey(key);
      for (const [slot, models] of key.slots) this.#addSlot({ id: key.id, slot }, models);
    }
    if (this.now() - this.#sweptAt >= SWEEP_MS) this.#sweep();
  }

  listKeys(since: number): UsageKey[] {
    return [...this.#keys]
      .flatMap(([encoded, lastAt]) => (lastAt >= since ? (parseUsageKey(encoded, lastAt) ?? []) : []))
      .sort((one, other) => other.lastAt - one.lastAt);
  }

  read(parts: readonly UsagePart[]): UsageByModel[] {
    return parts.map(
      (part) =>
        new Map([...(this.#usage.get(nameOf(part)) ?? [])].map(([model, fields]) => [model, { ...fields }])),
    );
  }

  #addKey(key: UsageKey): void {
    const encoded = encodeUsageKey(key);
    this.#keys.set(encoded, Math.max(key.lastAt, this.#keys.get(encoded) ?? 0));
    this.state.writeLater(KEYS, encoded, () => this.#keys.get(encoded)?.toString());
  }

  #addSlot(part: UsagePart, models: UsageByModel): void {
    const name = nameOf(part);
    const sums: Map<string, Fields> = this.#usage.get(name) ?? new Map();
    for (const [model, fields] of models) addModel(sums, model, fields);
    this.#usage.set(name, sums);
    this.#write(name);
  }

  #sweep(): void {
    const now = this.now();
    this.#sweptAt = now;
    for (const name of this.#usage.keys()) {
      if (!isUsageExpired(name.slice(0, name.indexOf(' ')) as UsageSlot, now)) continue;
      this.#usage.delete(name);
      this.#write(name);
    }
    for (const [key, lastAt] of this.#keys) {
      if (lastAt >= now - USAGE_DAYS * DAY_MS) continue;
      this.#keys.delete(key);
      this.state.writeLater(KEYS, key, () => undefined);
    }
  }

  #write(name: string): void {
    this.state.writeLater(USAGE, name, () => encodeLabels(this.#usage.get(name)));
  }
}
