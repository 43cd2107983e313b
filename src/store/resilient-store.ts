/**
 * Redis while it can be asked, this replica's memory while it cannot: chat goes on. Tokens fall back; statistics reject,
 * since the recorder queues them and a page had better say that it is stale.
 */
import type { Fields, LabelKind, Slot, StatsBatch } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
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
  /** Replicas last seen: what a limit is divided by while each counts alone. */
  #lastAlive = 1;

  constructor(private readonly redis: Store) {}

  get replicasLastSeen(): number {
    return this.#lastAlive;
  }

  findToken(conversation: string): Promise<string | undefined> {
    return this.#tokens((store) => store.findToken(conversation));
  }

  async claimToken(conversation: string, owner: string): Promise<TokenClaim> {
    const claim = await this.#tokens((store) => store.claimToken(conversation, owner));
    if (claim !== 'mint') return claim;
    // Bound while Redis was away: it becomes shared now.
    const token = await this.#memory.findToken(conversation);
    return token === undefined ? claim : { token: await this.bindToken(conversation, token) };
  }

  releaseClaim(conversation: string, owner: string): Promise<void> {
    return this.#tokens((store) => store.releaseClaim(conversation, owner));
  }

  bindToken(conversation: string, token: string): Promise<string> {
    return this.#tokens((store) => store.bindToken(conversation, token));
  }

  rememberToken(conversation: string, token: string): Promise<void> {
    return this.#tokens((store) => store.rememberToken(conversation, token));
  }

  /** In both: it may have been bound in either. */
  async forgetToken(conversation: string, token: string): Promise<void> {
    await this.#memory.forgetToken(conversation, token);
    await this.#tokens((store) => store.forgetToken(conversation, token));
  }

  addSpareToken(token: string): Promise<void> {
    return this.#tokens((store) => store.addSpareToken(token));
  }

  takeSpareToken(): Promise<string | undefined> {
    return this.#tokens((store) => store.takeSpareToken());
  }

  countSpareTokens(): Promise<number> {
    return this.#tokens((store) => store.countSpareTokens());
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

  readAddresses(hour: Slot, most: number): Promise<AddressCount[]> {
    return this.redis.readAddresses(hour, most);
  }

  readRequests(most: number): Promise<RequestRecord[]> {
    return this.redis.readRequests(most);
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

  async #tokens<T>(work: (store: TokenStore) => Promise<T>): Promise<T> {
    try {
      return await work(this.redis);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return work(this.#memory);
    }
  }
}
