/** Assigns guest tokens to conversations: one token for each, for its lifetime, so that no two share Z.ai's memory. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompletionEvent } from '../completion/event.js';
import type { Message, ToolCall } from '../completion/request.js';
import type { TokenStore } from '../store/store.js';
import type { GuestTokens } from '../upstream/upstream.js';
import { APIUserAbortError } from '../vocabulary/errors.js';
import type { TokenPool } from './token-pool.js';
import { digestConversationId, Transcript } from './transcript.js';

type Tokens = Pick<TokenPool, 'take' | 'takeFresh'>;
/** Where a token comes from: the pool of tokens minted ahead (`take`), or a new mint (`takeFresh`). */
type Take = keyof Tokens;

export interface TurnIdentity {
  /** The owner of the conversation. Tenants never share a conversation. */
  readonly tenant: string;
  /** The client's id of the conversation, `undefined` when it sent none. */
  readonly id: string | undefined;
  readonly messages: readonly Message[];
}

/** Interval at which a replica polls for a token that another replica is minting. */
const POLL_INTERVAL_MS = 50;

export class Conversations {
  /** Mints in progress by conversation. Concurrent requests of one conversation share a mint. */
  readonly #minting = new Map<string, Promise<string | undefined>>();
  /** Counts since the start. `reused`: turns whose conversation already had a token. */
  readonly counts = { reused: 0 };

  /** @param owner identifies this process among those that share the store */
  constructor(
    private readonly store: TokenStore,
    private readonly pool: Tokens,
    private readonly owner: string = randomUUID(),
  ) {}

  /** Starts a turn. Does no work until a token is claimed. */
  begin(identity: TurnIdentity): Turn {
    return new Turn(identity, this.store, this.pool, this.counts, (key, take) => this.#getToken(key, take));
  }

  /** Resolves to the conversation's token. It is minted and bound once, however many requests and replicas ask. */
  async #getToken(key: string, take: Take): Promise<string> {
    const minting =
      this.#minting.get(key) ?? this.#claimOrBind(key, take).finally(() => this.#minting.delete(key));
    this.#minting.set(key, minting);
    return (await minting) ?? this.pool[take]();
  }

  /** @returns undefined if the conversation is ambiguous, so that each request needs a token of its own */
  async #claimOrBind(key: string, take: Take): Promise<string | undefined> {
    for (;;) {
      const claim = await this.store.claimToken(key, this.owner);
      if (typeof claim === 'object') {
        this.counts.reused += 1;
        return claim.token;
      }
      if (claim === 'mint') return this.#bindNew(key, take);
      if (claim === 'ambiguous') return undefined;
      // Another replica is minting. If it dies, its claim expires.
      await sleep(POLL_INTERVAL_MS);
    }
  }

  async #bindNew(key: string, take: Take): Promise<string> {
    try {
      return await this.store.bindToken(key, await this.pool[take]());
    } catch (error) {
      await this.store.releaseClaim(key, this.owner);
      throw error;
    }
  }
}

/** One request in its conversation. */
export class Turn implements GuestTokens {
  #transcript: Transcript | undefined;
  #token: string | undefined;
  readonly #answer = { content: '', toolCalls: [] as ToolCall[] };
  #take: Take = 'take';
  /** The conversation's key, `undefined` until the conversation is identified. */
  #key: string | undefined;

  constructor(
    private readonly identity: TurnIdentity,
    private readonly store: TokenStore,
    private readonly pool: Tokens,
    private readonly counts: { reused: number },
    private readonly getToken: (key: string, take: Take) => Promise<string>,
  ) {}

  async claim(signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw new APIUserAbortError();
    // Retries of a request keep its token.
    this.#token ??= await unlessAborted(this.#claim(), signal);
    return this.#token;
  }

  async drop(token: string): Promise<void> {
    this.#token = undefined;
    this.#take = 'takeFresh';
    if (this.#key !== undefined) await this.store.forgetToken(this.#key, token);
  }

  /** Observes the answer as the client receives it. */
  observe(events: readonly CompletionEvent[]): void {
    if (this.#token === undefined || this.identity.id !== undefined) return;
    for (const event of events) {
      if (event.type === 'text-delta') this.#answer.content += event.text;
      // A call is recognized by its id, which clients send back unchanged.
      else if (event.type === 'tool-call-start') this.#answer.toolCalls.push({ ...event, arguments: '' });
    }
  }

  /**
   * Stores the digest of the complete answer, by which the next turn is recognized. Must be awaited before the client
   * receives the end of the answer.
   */
  async finish(): Promise<void> {
    if (this.#token === undefined || this.#transcript === undefined) return;
    await this.store.rememberToken(this.#transcript.after(this.#answer), this.#token);
  }

  async #claim(): Promise<string> {
    const { tenant, id, messages } = this.identity;
    if (id !== undefined) this.#key ??= digestConversationId(tenant, id);
    if (this.#key !== undefined) return this.getToken(this.#key, this.#take);
    this.#transcript ??= new Transcript(tenant, messages);
    const { before } = this.#transcript;
    const known = before === undefined ? undefined : await this.store.findToken(before);
    // An unknown or ambiguous transcript may belong to several users, so each turn gets a token of its own.
    if (known === undefined) return this.pool[this.#take]();
    this.#key = before;
    this.counts.reused += 1;
    return known;
  }
}

/** Rejects when the signal is aborted. The promise itself continues for other waiters. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new APIUserAbortError());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
