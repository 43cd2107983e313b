/**
 * The accounts that requests come from: each Bearer token of the OpenAI-like endpoints is one, all guests of the web chat
 * together are another. An account has slots, may answer every request with one business code, and caches prompts.
 */
import { createHash } from 'node:crypto';
import { type AnyBody, readMessages } from './conversation.js';
import type { Tally } from './plan.js';
import { promptTokens } from './prompt.js';

const MAX_CACHED_PREFIXES = 10_000;

export interface AccountOptions {
  /** Requests that each account answers at the same time until it is given others; unlimited by default. */
  slots?: number;
  /** Tell in the usage how much of a prompt the account has seen before; 0 by default. */
  promptCache?: boolean;
}

export class Account {
  /** Requests that it answers at the same time; the others get the code 1302. */
  slots: number;
  /** The business code of every answer, `undefined` for real answers. */
  code: string | undefined;
  inFlight = 0;
  maxInFlight = 0;
  /** Requests, the refused ones included. */
  calls = 0;
  /** Requests beyond the slots. */
  refused = 0;
  /** Of all chats, until their answer ended or was left. */
  readonly tally: Tally = { inputTokens: 0, outputTokens: 0 };
  promptTokens = 0;
  cachedTokens = 0;
  readonly #cachesPrompts: boolean;
  readonly #prefixes = new Set<string>();

  constructor({ slots, promptCache }: AccountOptions) {
    this.slots = slots ?? Number.POSITIVE_INFINITY;
    this.#cachesPrompts = promptCache ?? false;
  }

  /** @returns A function that frees the slot and may be called again, `undefined` if no slot is free. */
  enter(): (() => void) | undefined {
    if (this.inFlight >= this.slots) {
      this.refused += 1;
      return undefined;
    }
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    let isFree = false;
    return () => {
      if (!isFree) this.inFlight -= 1;
      isFree = true;
    };
  }

  /** Caches the prompt, if it shall. @returns The tokens of its longest prefix of whole messages that was cached before. */
  cachePrompt(body: AnyBody): number {
    if (!this.#cachesPrompts) return 0;
    const messages = readMessages(body);
    const hash = createHash('sha1').update(JSON.stringify([body?.model, body?.tools]));
    let known = 0;
    messages.forEach((message, index) => {
      const prefix = hash.update(JSON.stringify(message)).copy().digest('base64');
      if (this.#prefixes.has(prefix)) known = index + 1;
      else this.#prefixes.add(prefix);
    });
    this.#forgetOldest();
    const cached = known === 0 ? 0 : promptTokens({ ...body, messages: messages.slice(0, known) });
    this.promptTokens += promptTokens(body);
    this.cachedTokens += cached;
    return cached;
  }

  #forgetOldest(): void {
    for (const prefix of this.#prefixes) {
      if (this.#prefixes.size <= MAX_CACHED_PREFIXES) return;
      this.#prefixes.delete(prefix);
    }
  }
}

export class Accounts {
  readonly #accounts = new Map<string, Account>();

  /** @param options What each account begins with. */
  constructor(private readonly options: AccountOptions) {}

  /** The account of a Bearer token; `''` is the one of requests without a token and of the web chat. */
  find(token = ''): Account {
    const known = this.#accounts.get(token);
    if (known !== undefined) return known;
    const account = new Account(this.options);
    this.#accounts.set(token, account);
    return account;
  }
}
