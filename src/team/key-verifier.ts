/**
 * Verifies managed keys on the path of requests. Each replica caches the keys that it has seen: for 5 s without asking, and for
 * 15 minutes while the store is away. Changes are told by the store; a revision comes with each limit that is counted.
 */
import { noteFirstUse } from './core/changes.js';
import { Draft } from './core/draft.js';
import { hasKeyPrefix, parseKey } from './core/key-form.js';
import { deriveMeters } from './core/meters.js';
import { deriveRights, type GatewayLimits, judge, type Verdict } from './core/rights.js';
import { FailureThrottle } from './failure-throttle.js';
import { type CacheEntry, KeyCache, type KnownKey } from './key-cache.js';
import { sha256 as digest } from './secrets.js';
import type { Found, TeamStore, TeamSubscription } from './team-store.js';

/** How long a key is used without asking the store. */
export const FRESH_MS = 5_000;
/** How long a known key goes on while the store is away. */
export const STALE_MS = 15 * 60 * 1000;

/** `unknown`: no key of the team. `unavailable`: the store is away, and this replica has not seen the key. */
export type Verification =
  | { readonly verdict: 'valid'; readonly known: KnownKey }
  | { readonly verdict: Exclude<Verdict, 'valid'> | 'unknown' | 'unavailable' };

const FAILURES: readonly Verification['verdict'][] = ['unknown', 'revoked'];

/** Requests that are open with managed keys. */
export interface KeysInUse {
  /** SHA-256 of their secrets, with the ids of the keys. */
  list(): Iterable<{ readonly sha256: string; readonly keyId: string }>;
  /** Ends the requests of a secret that is no longer accepted. */
  end(sha256: string): void;
}

export interface VerifierOptions {
  readonly store: TeamStore;
  readonly limits: GatewayLimits;
  readonly inUse: KeysInUse;
  /** Look-ups of unknown keys that one address may cause per minute. */
  readonly failuresPerMinute: number;
  readonly now?: () => number;
  readonly cache?: KeyCache;
}

/** Whether the store has a team: `unclear` until it was read once. */
export type TeamPresence = 'none' | 'present' | 'unclear';

export class KeyVerifier {
  readonly #cache: KeyCache;
  readonly #throttle: FailureThrottle;
  readonly #now: () => number;
  readonly #reads = new Map<string, Promise<Found | undefined>>();
  readonly #firstUses = new Set<string>();
  /** Counts what may have changed, so that a read which began before is not taken as fresh. */
  #changes = 0;
  #presence: TeamPresence = 'unclear';
  #epoch = '';
  #subscription: TeamSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: VerifierOptions) {
    this.#now = options.now ?? Date.now;
    this.#cache = options.cache ?? new KeyCache();
    this.#throttle = new FailureThrottle(options.failuresPerMinute, this.#now);
  }

  /** Once there is a team, the well-known key is not accepted any more. */
  get presence(): TeamPresence {
    return this.#presence;
  }

  async start(): Promise<void> {
    this.#subscription = await this.options.store.listen({
      onChange: (ids) => this.#onChange(ids),
      onConnect: () => this.#onConnect(),
    });
    await this.#readPresence();
    // The belt for messages that were lost: open requests are checked as often as others.
    this.#timer = setInterval(() => void this.#recheck(), FRESH_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#subscription?.close();
  }

  /** Without a round trip for keys that this replica knows, and for texts that cannot be keys of the team. */
  async verify(presented: string, address: string): Promise<Verification> {
    if (this.#presence === 'none' || (hasKeyPrefix(presented) && parseKey(presented) === undefined))
      return { verdict: 'unknown' };
    const sha256 = digest(presented);
    const entry = this.#cache.get(sha256);
    if (entry !== undefined && entry.confirmedAt + STALE_MS > this.#now()) return this.#judge(entry.known);
    if (entry === undefined && this.#throttle.isOver(address)) return { verdict: 'unknown' };
    const verification = await this.#read(sha256);
    if (FAILURES.includes(verification.verdict)) this.#throttle.count(address);
    return verification;
  }

  /** A secret by its SHA-256, that somebody has shown before: of a session. */
  async verifySecret(sha256: string): Promise<Verification> {
    const entry = this.#cache.get(sha256);
    const isFresh = entry !== undefined && entry.freshUntil > this.#now();
    return isFresh ? this.#judge(entry.known) : this.#read(sha256);
  }

  /** Verifies a key again before its request goes on, unless the store has confirmed it within 5 s. */
  confirm(known: KnownKey): Promise<Verification> | Verification {
    const entry = this.#cache.get(known.sha256);
    if (entry !== undefined && entry.freshUntil > this.#now()) return this.#judge(entry.known);
    return this.#read(known.sha256);
  }

  /** A revision that came with a limit. */
  noteRevision(keyId: string, revision: number | undefined): void {
    const now = this.#now();
    for (const entry of this.#cache.ofKey(keyId)) {
      if (revision === entry.known.key.revision) {
        entry.confirmedAt = now;
        entry.freshUntil = now + FRESH_MS;
      } else if (revision !== undefined && revision !== entry.ignoredRevision) {
        entry.freshUntil = 0;
        entry.ignoredRevision = revision;
      }
    }
  }

  #judge(known: KnownKey): Verification {
    const verdict = judge(known.key, known.member, known.sha256, this.#now());
    return verdict === 'valid' ? { verdict, known } : { verdict };
  }

  /** Reads the key from the store; while that is away, a key that was confirmed not long ago is used as it was. */
  async #read(sha256: string): Promise<Verification> {
    const changes = this.#changes;
    const found = await this.#find(sha256);
    const entry = this.#cache.get(sha256);
    if (found === undefined) {
      const isRecent = entry !== undefined && entry.confirmedAt + STALE_MS > this.#now();
      return isRecent ? this.#judge(entry.known) : { verdict: 'unavailable' };
    }
    const { key, member } = found;
    if (key === undefined || member === undefined) {
      this.#cache.delete(sha256);
      // A key that was known has been removed.
      return { verdict: entry === undefined ? 'unknown' : 'revoked' };
    }
    const known = {
      sha256,
      key,
      member,
      rights: deriveRights(key, member, this.options.limits),
      meters: deriveMeters(key, member),
    };
    const verification = this.#judge(known);
    if (verification.verdict === 'revoked') this.#cache.delete(sha256);
    else this.#remember(known, entry, changes === this.#changes);
    if (verification.verdict === 'valid' && key.firstUsedAt === undefined) void this.#noteFirstUse(key.id);
    return verification;
  }

  #remember(known: KnownKey, before: CacheEntry | undefined, isFresh: boolean): void {
    const now = this.#now();
    this.#cache.set({
      known,
      confirmedAt: now,
      freshUntil: isFresh ? now + FRESH_MS : 0,
      ignoredRevision: before?.ignoredRevision,
    });
  }

  /** @returns undefined if the store is away, or was emptied. Requests of one key at the same time share a round trip. */
  #find(sha256: string): Promise<Found | undefined> {
    const pending = this.#reads.get(sha256);
    if (pending !== undefined) return pending;
    const read = this.options.store
      .findKey(sha256)
      .then((found) => (this.#notePresence(found) ? found : undefined))
      .catch(() => undefined)
      .finally(() => {
        if (this.#reads.get(sha256) === read) this.#reads.delete(sha256);
      });
    this.#reads.set(sha256, read);
    return read;
  }

  async #readPresence(): Promise<void> {
    await this.#find('');
  }

  /** @returns false if the store has lost the team that it had */
  #notePresence({ version, epoch }: Found): boolean {
    if (version === 0) {
      if (this.#presence === 'unclear') this.#presence = 'none';
      return this.#presence === 'none';
    }
    // A store that was emptied and filled anew has another team.
    if (this.#epoch !== '' && epoch !== this.#epoch) this.#cache.clear();
    this.#presence = 'present';
    this.#epoch = epoch;
    return true;
  }

  #onChange(ids: readonly string[]): void {
    this.#presence = 'present';
    this.#forgetReads();
    for (const entry of ids.flatMap((id) => this.#cache.ofKey(id))) entry.freshUntil = 0;
    const changed = new Set(ids);
    void this.#recheck(({ keyId }) => changed.has(keyId));
  }

  #onConnect(): void {
    this.#forgetReads();
    for (const entry of this.#cache.all) entry.freshUntil = 0;
    void this.#readPresence();
    void this.#recheck();
  }

  /** Reads that are on their way may tell what was true before. */
  #forgetReads(): void {
    this.#changes += 1;
    this.#reads.clear();
  }

  /** Ends open requests whose key is no longer accepted. An expiry lets them finish. */
  async #recheck(isConcerned: (use: { keyId: string }) => boolean = () => true): Promise<void> {
    const secrets = new Set([...this.options.inUse.list()].filter(isConcerned).map(({ sha256 }) => sha256));
    await Promise.all(
      [...secrets].map(async (sha256) => {
        const entry = this.#cache.get(sha256);
        if (entry !== undefined && entry.freshUntil > this.#now()) return;
        const { verdict } = await this.#read(sha256);
        if (verdict === 'revoked' || verdict === 'unknown') this.options.inUse.end(sha256);
      }),
    );
  }

  /** A failure is no harm: the next use tries again. */
  async #noteFirstUse(keyId: string): Promise<void> {
    if (this.#firstUses.has(keyId)) return;
    this.#firstUses.add(keyId);
    try {
      const { store } = this.options;
      const team = await store.read();
      const draft = new Draft(team, this.#now(), { name: 'gateway' });
      noteFirstUse(draft, keyId);
      const commit = draft.toCommit();
      if (commit.keys.length > 0) await store.commit(team, commit);
    } catch {
      // The store is away.
    } finally {
      this.#firstUses.delete(keyId);
    }
  }
}
