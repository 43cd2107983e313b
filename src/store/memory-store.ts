/** The store of a single gateway: bounded state in this process's memory. Statistics, secrets and kept responses outlive it in `state`. */
import { type DurableState, VolatileState } from './disk/durable-state.js';
import { MemoryReadings } from './memory-readings.js';
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

const SECRETS = 'secret';
const MAX_CONVERSATIONS = 100_000;
const MAX_SPARE_TOKENS = 1_000;
const AMBIGUOUS = Symbol('ambiguous');
/** The conversation's token was refused, and another one can be bound. */
const UNBOUND = Symbol('unbound');

export class MemoryStore extends MemoryStats implements Store {
  readonly #conversations: ExpiringMap<string | typeof AMBIGUOUS | typeof UNBOUND>;
  readonly #spares: ExpiringMap<true>;
  /** Owners of claims to mint, by conversation. */
  readonly #claims: ExpiringMap<string>;
  /** Holds more than one entry in tests only, since a gateway with this store runs alone. */
  readonly #replicas = new Map<string, Announcement & { seenAt: number }>();
  readonly #lost: ExpiringMap<LostReplica>;
  readonly #secrets: Map<string, string>;
  readonly #responses: MemoryResponses;
  readonly #readings: MemoryReadings;

  constructor(
    now: () => number = Date.now,
    private readonly state: DurableState = new VolatileState(),
  ) {
    super(now, state);
    this.#secrets = new Map([...state.readEntries(SECRETS)].map(([name, value]) => [name, String(value)]));
    this.#responses = new MemoryResponses(state, now);
    this.#readings = new MemoryReadings(now);
    this.#lost = new ExpiringMap(LOST_REPLICA_MS, MAX_LOST_REPLICAS, now);
    this.#claims = new ExpiringMap(MINT_LEASE_MS, MAX_CONVERSATIONS, now);
    this.#conversations = new ExpiringMap(CONVERSATION_TTL_MS, MAX_CONVERSATIONS, now);
    this.#spares = new ExpiringMap(SPARE_TOKEN_TTL_MS, MAX_SPARE_TOKENS, now);
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

  claimReading(name: string, ms: number): Promise<boolean> {
    return this.#readings.claimReading(name, ms);
  }

  keepReading(name: string, text: string, ms: number): Promise<void> {
    return this.#readings.keepReading(name, text, ms);
  }

  findReading(name: string): Promise<string | undefined> {
    return this.#readings.findReading(name);
  }

  async shareSecret(name: string, proposal: string): Promise<string> {
    const known = this.#secrets.get(name);
    if (known !== undefined) return known;
    this.#secrets.set(name, proposal);
    this.state.writeLater(SECRETS, name, () => proposal);
    return proposal;
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

/** A bounded map whose entries expire a fixed time after they were set. Insertion order is the order of expiry. */
class ExpiringMap<V> {
  readonly #entries = new Map<string, { value: V; until: number }>();

  constructor(
    private readonly ttlMs: number,
    private readonly maxEntries: number,
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
      if (until > this.now() && this.#entries.size <= this.maxEntries) return;
      this.#entries.delete(key);
    }
  }
}
