/** The store of a gateway that runs alone: everything in this process, bounded, gone when it ends. */
import { MemoryResponses } from './memory-responses.js';
import { MemoryStats } from './memory-stats.js';
import {
  type Announcement,
  CONVERSATION_TTL_MS,
  LOST_REPLICA_MS,
  type LostReplica,
  MAX_LOST_REPLICAS,
  MINT_LEASE_MS,
  REPLICA_SILENCE_MS,
  type Replica,
  SPARE_TOKEN_TTL_MS,
  type Store,
  type TokenClaim,
} from './store.js';

const MOST_CONVERSATIONS = 100_000;
const MOST_SPARE_TOKENS = 1_000;
const AMBIGUOUS = Symbol('ambiguous');
/** Had a token that is dropped, and waits for another. */
const UNBOUND = Symbol('unbound');

export class MemoryStore extends MemoryStats implements Store {
  readonly #conversations: ExpiringMap<string | typeof AMBIGUOUS | typeof UNBOUND>;
  readonly #spares: ExpiringMap<true>;
  /** Who mints for a conversation. */
  readonly #claims: ExpiringMap<string>;
  /** More than one only in tests: a gateway that has this store runs alone. */
  readonly #replicas = new Map<string, Announcement & { seenAt: number }>();
  readonly #lost: ExpiringMap<LostReplica>;
  readonly #secrets = new Map<string, string>();
  readonly #responses: MemoryResponses;

  constructor(now: () => number = Date.now) {
    super(now);
    this.#responses = new MemoryResponses(now);
    this.#lost = new ExpiringMap(LOST_REPLICA_MS, MAX_LOST_REPLICAS, now);
    this.#claims = new ExpiringMap(MINT_LEASE_MS, MOST_CONVERSATIONS, now);
    this.#conversations = new ExpiringMap(CONVERSATION_TTL_MS, MOST_CONVERSATIONS, now);
    this.#spares = new ExpiringMap(SPARE_TOKEN_TTL_MS, MOST_SPARE_TOKENS, now);
  }

  async findToken(conversation: string): Promise<string | undefined> {
    const token = this.#conversations.get(conversation);
    if (token === undefined) return undefined;
    this.#conversations.set(conversation, token);
    return typeof token === 'string' ? token : undefined;
  }

  async claimToken(conversation: string, owner: string): Promise<TokenClaim> {
    const token = await this.findToken(conversation);
    if (token !== undefined) return { token };
    if (this.#conversations.get(conversation) === AMBIGUOUS) return 'ambiguous';
    const claimed = this.#claims.get(conversation);
    if (claimed !== undefined) return claimed === owner ? 'mint' : 'wait';
    this.#claims.set(conversation, owner);
    return 'mint';
  }

  async releaseClaim(conversation: string, owner: string): Promise<void> {
    if (this.#claims.get(conversation) === owner) this.#claims.delete(conversation);
  }

  async bindToken(conversation: string, token: string): Promise<string> {
    this.#claims.delete(conversation);
    const known = this.#conversations.get(conversation) ?? UNBOUND;
    const bound = known === UNBOUND ? token : known;
    this.#conversations.set(conversation, bound);
    return bound === AMBIGUOUS ? token : bound;
  }

  async rememberToken(conversation: string, token: string): Promise<void> {
    const known = this.#conversations.get(conversation);
    this.#conversations.set(conversation, known === undefined || known === token ? token : AMBIGUOUS);
  }

  async forgetToken(conversation: string, token: string): Promise<void> {
    if (this.#conversations.get(conversation) === token) this.#conversations.set(conversation, UNBOUND);
  }

  async addSpareToken(token: string): Promise<void> {
    this.#spares.set(token, true);
  }

  async takeSpareToken(): Promise<string | undefined> {
    const token = this.#spares.oldest();
    if (token !== undefined) this.#spares.delete(token);
    return token;
  }

  async countSpareTokens(): Promise<number> {
    return this.#spares.size;
  }

  async announce(replica: Announcement): Promise<number> {
    const now = this.now();
    this.#lost.delete(replica.id);
    this.#replicas.set(replica.id, { ...replica, seenAt: now });
    for (const { id, seenAt, drainingSince } of this.#replicas.values()) {
      if (now - seenAt <= REPLICA_SILENCE_MS) continue;
      this.#replicas.delete(id);
      if (drainingSince === undefined) this.#lost.set(id, { id, lostAt: seenAt });
    }
    return this.#replicas.size;
  }

  async withdraw(id: string): Promise<void> {
    this.#replicas.delete(id);
  }

  async readReplicas(): Promise<Replica[]> {
    const now = this.now();
    return [...this.#replicas.values()]
      .map(({ seenAt, ...replica }) => ({ ...replica, silentMs: now - seenAt }))
      .filter(({ silentMs }) => silentMs <= REPLICA_SILENCE_MS);
  }

  async readLostReplicas(): Promise<LostReplica[]> {
    const oldest = this.now() - LOST_REPLICA_MS;
    const lost = this.#lost.values().filter(({ lostAt }) => lostAt >= oldest);
    return lost.sort((one, other) => other.lostAt - one.lostAt);
  }

  async shareSecret(name: string, proposal: string): Promise<string> {
    const secret = this.#secrets.get(name) ?? proposal;
    this.#secrets.set(name, secret);
    return secret;
  }

  keepResponse(owner: string, id: string, sealed: Buffer, ttlMs: number): Promise<void> {
    return this.#responses.keepResponse(owner, id, sealed, ttlMs);
  }

  readResponses(owner: string, ids: readonly string[], ttlMs: number): Promise<(Buffer | undefined)[]> {
    return this.#responses.readResponses(owner, ids, ttlMs);
  }

  deleteResponse(owner: string, id: string): Promise<boolean> {
    return this.#responses.deleteResponse(owner, id);
  }

  async close(): Promise<void> {
    this.#responses.clear();
    this.#conversations.clear();
    this.#spares.clear();
    this.#claims.clear();
  }
}

/** A map whose entries live equally long after they were set, so its order is the order of their end. */
class ExpiringMap<V> {
  readonly #entries = new Map<string, { value: V; until: number }>();

  constructor(
    private readonly ttlMs: number,
    private readonly most: number,
    private readonly now: () => number,
  ) {}

  get size(): number {
    this.#sweep();
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    this.#sweep();
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.now() + this.ttlMs });
    this.#sweep();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  values(): V[] {
    this.#sweep();
    return [...this.#entries.values()].map(({ value }) => value);
  }

  oldest(): string | undefined {
    this.#sweep();
    return this.#entries.keys().next().value;
  }

  #sweep(): void {
    for (const [key, { until }] of this.#entries) {
      if (until > this.now() && this.#entries.size <= this.most) return;
      this.#entries.delete(key);
    }
  }
}
