/** The managed keys that this replica has seen, by the SHA-256 of the secret. Bounded; the least recently used leave first. */
import type { Meters } from '../budgets/core/meters.js';
import type { Key, Member } from './core/entities.js';
import type { Rights } from './core/rights.js';

const MAX_ENTRIES = 10_000;

/** A key whose secret was presented. Replaced, never changed, when the key is read again. */
export interface KnownKey {
  /** Of the secret that was presented. */
  readonly sha256: string;
  readonly key: Key;
  readonly member: Member;
  readonly rights: Rights;
  /** `undefined` when nothing is limited but requests per minute. */
  readonly meters?: Meters | undefined;
}

export interface CacheEntry {
  readonly known: KnownKey;
  /** When the store has confirmed it last. */
  confirmedAt: number;
  /** Until when it is used without asking the store. */
  freshUntil: number;
  /** A revision that came with a limit although the store has the key with another one: it is not asked about again. */
  ignoredRevision: number | undefined;
}

export class KeyCache {
  readonly #entries = new Map<string, CacheEntry>();
  /** At most two for each key: a rotated key has two secrets. */
  readonly #byKey = new Map<string, Set<string>>();

  constructor(private readonly maxEntries = MAX_ENTRIES) {}

  get(sha256: string): CacheEntry | undefined {
    const entry = this.#entries.get(sha256);
    if (entry !== undefined) {
      this.#entries.delete(sha256);
      this.#entries.set(sha256, entry);
    }
    return entry;
  }

  set(entry: CacheEntry): void {
    const { sha256, key } = entry.known;
    this.delete(sha256);
    this.#entries.set(sha256, entry);
    this.#byKey.set(key.id, (this.#byKey.get(key.id) ?? new Set()).add(sha256));
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.maxEntries && oldest !== undefined) this.delete(oldest);
  }

  delete(sha256: string): void {
    const id = this.#entries.get(sha256)?.known.key.id;
    if (id === undefined) return;
    this.#entries.delete(sha256);
    const others = this.#byKey.get(id);
    others?.delete(sha256);
    if (others?.size === 0) this.#byKey.delete(id);
  }

  ofKey(id: string): CacheEntry[] {
    return [...(this.#byKey.get(id) ?? [])].flatMap((sha256) => this.#entries.get(sha256) ?? []);
  }

  get all(): Iterable<CacheEntry> {
    return this.#entries.values();
  }

  clear(): void {
    this.#entries.clear();
    this.#byKey.clear();
  }
}
