/** Conversations over a store and a pool whose tokens tests can tell apart. */
import type { Message } from '../../src/completion/request.js';
import { Conversations, type TurnIdentity } from '../../src/conversations/conversations.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { text, thought } from '../completion/events.js';

/** The signal of a client that stays. */
export const staying = () => new AbortController().signal;
export const user = (content: string): Message => ({ role: 'user', content });
export const assistant = (content: string): Message => ({ role: 'assistant', content });

/** Tokens in order, each once; held back while `gate` is closed. */
export class FakePool {
  taken = 0;
  /** How many of those had to be minted at once. */
  fresh = 0;
  failure: Error | undefined;
  gate: Promise<void> = Promise.resolve();

  async take(): Promise<string> {
    this.taken += 1;
    const token = `token-${this.taken}`;
    await this.gate;
    if (this.failure) throw this.failure;
    return token;
  }

  takeFresh(): Promise<string> {
    this.fresh += 1;
    return this.take();
  }

  /** Closes the gate; the returned function opens it. */
  hold(): () => void {
    let open: () => void = () => undefined;
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }
}

/** Everything that can happen without time passing has happened. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export const HELLO = [user('Hello')];
export const SECOND = [...HELLO, assistant('Hi there'), user('How are you?')];

export class World {
  store = new MemoryStore();
  pool = new FakePool();
  conversations = new Conversations(this.store, this.pool);

  begin(messages: Message[], more: Partial<TurnIdentity> = {}): ReturnType<Conversations['begin']> {
    return this.conversations.begin({ tenant: 'key alice', id: undefined, messages, ...more });
  }

  /** One whole turn. @returns the token that it came with */
  async say(messages: Message[], answer: string, more: Partial<TurnIdentity> = {}): Promise<string> {
    const turn = this.begin(messages, more);
    const token = await turn.claim(staying());
    turn.observe([thought('Hm.'), ...[...answer].map(text)]);
    await turn.finish();
    return token;
  }
}
