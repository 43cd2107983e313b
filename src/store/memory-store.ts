/** The store of a gateway that runs alone: everything in this process, bounded, gone when it ends. */
import { CONVERSATION_TTL_MS, SPARE_TOKEN_TTL_MS, type Store } from './store.js';

const MOST_CONVERSATIONS = 100_000;
const MOST_SPARE_TOKENS = 1_000;
const AMBIGUOUS = Symbol('ambiguous');
/** Had a token that is dropped, and waits for another. */
const UNBOUND = Symbol('unbound');

export class MemoryStore implements Store {
  readonly #conversations: ExpiringMap<string | typeof AMBIGUOUS | typeof UNBOUND>;
  readonly #spares: ExpiringMap<true>;

  constructor(now: () => number = Date.now) {
    this.#conversations = new ExpiringMap(CONVERSATION_TTL_MS, MOST_CONVERSATIONS, now);
    this.#spares = new ExpiringMap(SPARE_TOKEN_TTL_MS, MOST_SPARE_TOKENS, now);
  }

  async findToken(conversation: string): Promise<string | undefined> {
    const token = this.#conversations.get(conversation);
    if (token === undefined) return undefined;
    this.#conversations.set(conversation, token);
    return typeof token === 'string' ? token : undefined;
  }

  async bindToken(conversation: string, token: string): Promise<string> {
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

  async close(): Promise<void> {
    this.#conversations.clear();
    this.#spares.clear();
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
