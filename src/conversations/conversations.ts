/** Which guest token belongs to which conversation: one each, for its life, so that nobody shares Z.ai's memory. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompletionEvent } from '../completion/event.js';
import type { Message, ToolCall } from '../completion/request.js';
import type { TokenStore } from '../store/store.js';
import type { GuestTokens } from '../upstream/upstream.js';
import { APIUserAbortError } from '../vocabulary/errors.js';
import type { TokenPool } from './token-pool.js';
import { conversationDigest, Transcript } from './transcript.js';

type Tokens = Pick<TokenPool, 'take' | 'takeFresh'>;
/** How a token is had: from those minted ahead, or minted just now. */
type Take = keyof Tokens;

export interface TurnIdentity {
  /** Whose conversation: two tenants never share one. */
  readonly tenant: string;
  /** The client's own id of the conversation, if it gave one. */
  readonly id: string | undefined;
  readonly messages: readonly Message[];
}

/** How often a replica looks whether another one has brought the token it mints, in milliseconds. */
const LOOK_AGAIN_MS = 50;

export class Conversations {
  /** Conversations whose token is being minted right now: whoever asks meanwhile gets the same. */
  readonly #minting = new Map<string, Promise<string | undefined>>();
  /** Since the start: how often a conversation had its token already. */
  readonly counts = { reused: 0 };

  /** `owner` names this process to the others that share the store. */
  constructor(
    private readonly store: TokenStore,
    private readonly pool: Tokens,
    private readonly owner: string = randomUUID(),
  ) {}

  /** Costs nothing until a token is claimed. */
  begin(identity: TurnIdentity): Turn {
    return new Turn(identity, this.store, this.pool, this.counts, (key, take) => this.#tokenOf(key, take));
  }

  /** The token bound to a conversation, minted and bound once however many ask, here or at other replicas. */
  async #tokenOf(key: string, take: Take): Promise<string> {
    const minting =
      this.#minting.get(key) ?? this.#claimOrBind(key, take).finally(() => this.#minting.delete(key));
    this.#minting.set(key, minting);
    return (await minting) ?? this.pool[take]();
  }

  /** Undefined: conversations look alike, and each who waits needs a token of its own. */
  async #claimOrBind(key: string, take: Take): Promise<string | undefined> {
    for (;;) {
      const claim = await this.store.claimToken(key, this.owner);
      if (typeof claim === 'object') {
        this.counts.reused += 1;
        return claim.token;
      }
      if (claim === 'mint') return this.#bindNew(key, take);
      if (claim === 'ambiguous') return undefined;
      // Another replica mints; should it die, its claim ends by itself.
      await sleep(LOOK_AGAIN_MS);
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

/** One request's place in its conversation. */
export class Turn implements GuestTokens {
  #transcript: Transcript | undefined;
  #token: string | undefined;
  readonly #answer = { content: '', toolCalls: [] as ToolCall[] };
  #take: Take = 'take';
  /** The conversation's key, once it is certain which conversation this is. */
  #key: string | undefined;

  constructor(
    private readonly identity: TurnIdentity,
    private readonly store: TokenStore,
    private readonly pool: Tokens,
    private readonly counts: { reused: number },
    private readonly tokenOf: (key: string, take: Take) => Promise<string>,
  ) {}

  async claim(signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw new APIUserAbortError();
    // Retries of one request keep its token.
    this.#token ??= await unlessAborted(this.#claim(), signal);
    return this.#token;
  }

  async drop(token: string): Promise<void> {
    this.#token = undefined;
    this.#take = 'takeFresh';
    if (this.#key !== undefined) await this.store.forgetToken(this.#key, token);
  }

  /** Listens to the answer as the client gets it. */
  hear(events: readonly CompletionEvent[]): void {
    if (this.#token === undefined || this.identity.id !== undefined) return;
    for (const event of events) {
      if (event.type === 'text-delta') this.#answer.content += event.text;
      // Recognized by its id, which clients send back as it was.
      else if (event.type === 'tool-call-start') this.#answer.toolCalls.push({ ...event, arguments: '' });
    }
  }

  /** The answer is complete: the next turn will be recognized by it. To be awaited before the client sees the end. */
  async finish(): Promise<void> {
    if (this.#token === undefined || this.#transcript === undefined) return;
    await this.store.rememberToken(this.#transcript.after(this.#answer), this.#token);
  }

  async #claim(): Promise<string> {
    const { tenant, id, messages } = this.identity;
    if (id !== undefined) this.#key ??= conversationDigest(tenant, id);
    if (this.#key !== undefined) return this.tokenOf(this.#key, this.#take);
    this.#transcript ??= new Transcript(tenant, messages);
    const { before } = this.#transcript;
    const known = before === undefined ? undefined : await this.store.findToken(before);
    // Unknown or ambiguous: it may be anybody's, so it shares with nobody, not even with an equal one next to it.
    if (known === undefined) return this.pool[this.#take]();
    this.#key = before;
    this.counts.reused += 1;
    return known;
  }
}

/** Stops waiting when the client leaves; what is waited for goes on for the others. */
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
