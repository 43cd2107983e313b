/**
 * Uses Redis, and this replica's memory while Redis is unavailable. Only tokens fall back to memory. Statistics reject:
 * the recorder queues them, and pages tell that their figures are stale.
 */
import type { Fields, LabelKind, Slot, StatsBatch } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { UsageByModel, UsageKey, UsagePart } from '../stats/usage.js';
import { MemoryStore } from './memory-store.js';
import type {
  AddressCount,
  Announcement,
  LostReplica,
  Replica,
  Store,
  TokenClaim,
  TokenStore,
} from './store.js';
import { StoreUnavailableError } from './store.js';

export class ResilientStore implements Store {
  readonly #memory = new MemoryStore();
  /** The number of replicas when Redis was last available. While each replica counts alone, limits are divided by it. */
  #lastAlive = 1;

  constructor(private readonly redis: Store) {}

  get replicasLastSeen(): number {
    return this.#lastAlive;
  }

  findToken(conversation: string): Promise<string | undefined> {
    return this.#withFallback((store) => store.findToken(conversation));
  }

  async claimToken(conversation: string, owner: string): Promise<TokenClaim> {
    const claim = await this.#withFallback((store) => store.claimToken(conversation, owner));
    if (claim !== 'mint') return claim;
    // A token that was bound in memory while Redis was unavailable is shared now.
    const token = await this.#memory.findToken(conversation);
    return token === undefined ? claim : { token: await this.bindToken(conversation, token) };
  }

  releaseClaim(conversation: string, owner: string): Promise<void> {
    return this.#withFallback((store) => store.releaseClaim(conversation, owner));
  }

  bindToken(conversation: string, token: string): Promise<string> {
    return this.#withFallback((store) => store.bindToken(conversation, token));
  }

  rememberToken(conversation: string, token: string): Promise<void> {
    return this.#withFallback((store) => store.rememberToken(conversation, token));
  }

  /** Forgets the token in Redis and in memory, since it may be bound in either. */
  async forgetToken(conversation: string, token: string): Promise<void> {
    await this.#memory.forgetToken(conversation, token);
    await this.#withFallback((store) => store.forgetToken(conversation, token));
  }

  addSpareToken(token: string): Promise<void> {
    return this.#withFallback((store) => store.addSpareToken(token));
  }

  takeSpareToken(): Promise<string | undefined> {
    return this.#withFallback((store) => store.takeSpareToken());
  }

  countSpareTokens(): Promise<number> {
    return this.#withFallback((store) => store.countSpareTokens());
  }

  recordBatch(batch: StatsBatch): Promise<void> {
    return this.redis.recordBatch(batch);
  }

  readCounters(slots: readonly Slot[]): Promise<Fields[]> {
    return this.redis.readCounters(slots);
  }

  readLabels(kind: LabelKind, slots: readonly Slot[]): Promise<ReadonlyMap<string, Fields>[]> {
    return this.redis.readLabels(kind, slots);
  }

  readAddresses(hour: Slot, limit: number): Promise<AddressCount[]> {
    return this.redis.readAddresses(hour, limit);
  }

  listUsageKeys(since: number): Promise<UsageKey[]> {
    return this.redis.listUsageKeys(since);
  }

  readUsage(parts: readonly UsagePart[]): Promise<UsageByModel[]> {
    return this.redis.readUsage(parts);
  }

  readRequests(limit: number): Promise<RequestRecord[]> {
    return this.redis.readRequests(limit);
  }

  async announce(replica: Announcement): Promise<number> {
    this.#lastAlive = Math.max(1, await this.redis.announce(replica));
    return this.#lastAlive;
  }

  withdraw(id: string): Promise<void> {
    return this.redis.withdraw(id);
  }

  readReplicas(): Promise<Replica[]> {
    return this.redis.readReplicas();
  }

  readLostReplicas(): Promise<LostReplica[]> {
    return this.redis.readLostReplicas();
  }

  shareSecret(name: string, proposal: string): Promise<string> {
    return this.redis.shareSecret(name, proposal);
  }

  claimReading(name: string, ms: number): Promise<boolean> {
    return this.redis.claimReading(name, ms);
  }

  keepReading(name: string, text: string, ms: number): Promise<void> {
    return this.redis.keepReading(name, text, ms);
  }

  findReading(name: string): Promise<string | undefined> {
    return this.redis.findReading(name);
  }

  keepResponse(owner: string, id: string, sealed: Buffer, ttlMs: number): Promise<void> {
    return this.redis.keepResponse(owner, id, sealed, ttlMs);
  }

  readResponses(owner: string, ids: readonly string[], ttlMs: number): Promise<(Buffer | undefined)[]> {
    return this.redis.readResponses(owner, ids, ttlMs);
  }

  deleteResponse(owner: string, id: string): Promise<boolean> {
    return this.redis.deleteResponse(owner, id);
  }

  async close(): Promise<void> {
    await this.redis.close();
    await this.#memory.close();
  }

  async #withFallback<T>(work: (store: TokenStore) => Promise<T>): Promise<T> {
    try {
      return await work(this.redis);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return work(this.#memory);
    }
  }
}
