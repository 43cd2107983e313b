/** Which guest token belongs to which conversation: one each, for its life, so that nobody shares Z.ai's memory. */
import type { CompletionEvent } from '../completion/event.js';
import type { Message } from '../completion/request.js';
import { APIUserAbortError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { GuestTokens } from '../upstream/upstream.js';
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

export class Conversations {
  /** Conversations whose token is being minted right now: whoever asks meanwhile gets the same. */
  readonly #minting = new Map<string, Promise<string>>();

  constructor(
    private readonly store: Store,
    private readonly pool: Tokens,
  ) {}

  /** Costs nothing until a token is claimed. */
  begin(identity: TurnIdentity): Turn {
    return new Turn(identity, this.store, this.pool, (key, take) => this.#tokenOf(key, take));
  }

  /** The token bound to a conversation, minted and bound once however many ask. */
  async #tokenOf(key: string, take: Take): Promise<string> {
    const known = await this.store.findToken(key);
    if (known !== undefined) return known;
    const minting = this.#minting.get(key) ?? this.#bindNew(key, take);
    this.#minting.set(key, minting);
    return minting;
  }

  async #bindNew(key: string, take: Take): Promise<string> {
    try {
      return await this.store.bindToken(key, await this.pool[take]());
    } finally {
      this.#minting.delete(key);
    }
  }
}

/** One request's place in its conversation. */
export class Turn implements GuestTokens {
  #transcript: Transcript | undefined;
  #token: string | undefined;
  #answer = '';
  #take: Take = 'take';
  /** The conversation's key, once it is certain which conversation this is. */
  #key: string | undefined;

  constructor(
    private readonly identity: TurnIdentity,
    private readonly store: Store,
    private readonly pool: Tokens,
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
    for (const event of events) if (event.type === 'text-delta') this.#answer += event.text;
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
