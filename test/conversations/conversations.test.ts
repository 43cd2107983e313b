import { expect } from 'chai';
import fc from 'fast-check';
import type { Message } from '../../src/completion/request.js';
import { Conversations, type TurnIdentity } from '../../src/conversations/conversations.js';
import { Transcript } from '../../src/conversations/transcript.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { MINT_LEASE_MS, type Store } from '../../src/store/store.js';
import { APIUserAbortError, UpstreamError } from '../../src/vocabulary/errors.js';
import { text, thought } from '../completion/events.js';

/** The signal of a client that stays. */
const staying = () => new AbortController().signal;
const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

/** Tokens in order, each once; held back while `gate` is closed. */
class FakePool {
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
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Conversations', () => {
  let store: MemoryStore;
  let pool: FakePool;
  let conversations: Conversations;

  beforeEach(() => {
    store = new MemoryStore();
    pool = new FakePool();
    conversations = new Conversations(store, pool);
  });

  const begin = (messages: Message[], more: Partial<TurnIdentity> = {}) =>
    conversations.begin({ tenant: 'key alice', id: undefined, messages, ...more });

  /** One whole turn; gives the token that it came with. */
  async function say(messages: Message[], answer: string, more: Partial<TurnIdentity> = {}): Promise<string> {
    const turn = begin(messages, more);
    const token = await turn.claim(staying());
    turn.observe([thought('Hm.'), ...[...answer].map(text)]);
    await turn.finish();
    return token;
  }

  const HELLO = [user('Hello')];
  const SECOND = [...HELLO, assistant('Hi there'), user('How are you?')];

  it('count the turns that reuse the token of their conversation', async () => {
    await say(HELLO, 'Hi there');
    await say(HELLO, 'Hi there', { id: 'one' });
    expect(conversations.counts).to.deep.equal({ reused: 0 });
    await say(SECOND, 'Fine');
    expect(conversations.counts).to.deep.equal({ reused: 1 });
    await say(HELLO, 'Hi there', { id: 'one' });
    expect(conversations.counts).to.deep.equal({ reused: 2 });
  });

  describe('without an id', () => {
    it('treat every first turn as a new conversation', async () => {
      const tokens = [await say(HELLO, 'Hi'), await say(HELLO, 'Hi'), await say([user('Bye')], 'Bye')];
      expect(new Set(tokens).size).to.equal(3);
    });

    it('use the token of the first turn for all later turns', async () => {
      const first = await say(HELLO, 'Hi there');
      expect(await say(SECOND, 'Fine')).to.equal(first);
      expect(await say([...SECOND, assistant('Fine'), user('Good')], 'Yes')).to.equal(first);
      expect(pool.taken).to.equal(1);
    });

    it('use the same token for a turn that is repeated', async () => {
      const first = await say(HELLO, 'Hi there');
      expect(await say(SECOND, 'Fine')).to.equal(first);
      expect(await say(SECOND, 'Not so well')).to.equal(first);
      expect(await say([...SECOND, assistant('Fine'), user('Good')], 'Yes')).to.equal(first);
    });

    it('give users with equal first messages different tokens', async () => {
      const one = await say(HELLO, 'Hi there');
      const other = await say(HELLO, 'Hello yourself');
      expect(await say(SECOND, 'Fine')).to.equal(one);
      expect(await say([...HELLO, assistant('Hello yourself'), user('And?')], 'Fine')).to.equal(other);
    });

    it('give users with equal first messages and answers different tokens', async () => {
      const tokens = [await say(HELLO, 'Hi there'), await say(HELLO, 'Hi there')];
      tokens.push(await say(SECOND, 'Fine'), await say(SECOND, 'Great'));
      expect(new Set(tokens).size).to.equal(4);
      // From then on their transcripts differ, and each keeps its own.
      expect(await say([...SECOND, assistant('Fine'), user('x')], 'y')).to.equal(tokens[2]);
      expect(await say([...SECOND, assistant('Great'), user('x')], 'y')).to.equal(tokens[3]);
    });

    it('use different tokens for different tenants', async () => {
      const one = await say(HELLO, 'Hi there', { tenant: 'public 192.0.2.1' });
      expect(await say(SECOND, 'Fine', { tenant: 'public 192.0.2.2' })).not.to.equal(one);
      expect(await say(SECOND, 'Fine', { tenant: 'key public' })).not.to.equal(one);
      expect(await say(SECOND, 'Fine', { tenant: 'public 192.0.2.1' })).to.equal(one);
    });

    it('use a new token for each later turn with an unknown transcript', async () => {
      expect(await say(SECOND, 'Fine')).not.to.equal(await say(SECOND, 'Great'));
    });

    it('do not recognize an answer that was not finished', async () => {
      const turn = begin(HELLO);
      const first = await turn.claim(staying());
      turn.observe([text('Hi there')]);
      expect(await say(SECOND, 'Fine')).not.to.equal(first);
    });

    it('recognize the answer as the client received it, without its reasoning', async () => {
      const turn = begin(HELLO);
      const first = await turn.claim(staying());
      turn.observe([thought('Polite.'), text('<think>\nHm.\n</think>\n\n')]);
      turn.observe([text('Hi '), thought('More.'), text('there\n')]);
      await turn.finish();
      expect(await say(SECOND, 'Fine')).to.equal(first);
    });

    it('store a finished answer before the client receives its end', async () => {
      let done: () => void = () => undefined;
      const storing = new Promise<void>((resolve) => {
        done = resolve;
      });
      const remember = store.rememberToken.bind(store);
      store.rememberToken = async (...noted) => {
        await storing;
        await remember(...noted);
      };
      const turn = begin(HELLO);
      const first = await turn.claim(staying());
      turn.observe([text('Hi there')]);
      let finished = false;
      const finishing = turn.finish().then(() => {
        finished = true;
      });
      await settled();
      expect(finished).to.equal(false);
      done();
      await finishing;
      expect(await say(SECOND, 'Fine')).to.equal(first);
    });
  });

  describe('with an id', () => {
    const mine = { id: 'my-conversation' };

    it('keep one token from the first turn on, whatever the messages are', async () => {
      const first = await say(HELLO, 'Hi', mine);
      expect(await say(HELLO, 'Hi', mine)).to.equal(first);
      expect(await say([user('rewritten'), assistant('history'), user('x')], 'y', mine)).to.equal(first);
      expect(pool.taken).to.equal(1);
    });

    it('use different tokens for different ids and tenants', async () => {
      const tokens = [
        await say(HELLO, 'Hi', mine),
        await say(HELLO, 'Hi', { id: 'another' }),
        await say(HELLO, 'Hi', { ...mine, tenant: 'key bob' }),
      ];
      expect(new Set(tokens).size).to.equal(3);
    });

    it('store no digest of the transcript', async () => {
      const first = await say(HELLO, 'Hi there', mine);
      expect(await say(SECOND, 'Fine')).not.to.equal(first);
    });

    it('are not confused with a transcript that has the same text', async () => {
      const first = await say(HELLO, 'Hi there');
      const digest = new Transcript('key alice', HELLO).after({ content: 'Hi there' });
      expect(await say(HELLO, 'Hi', { id: digest })).not.to.equal(first);
    });

    it('mint one token for many concurrent requests', async () => {
      const open = pool.hold();
      const claims = Array.from({ length: 50 }, () => begin(HELLO, mine).claim(staying()));
      await settled();
      expect(pool.taken).to.equal(1);
      open();
      expect(new Set(await Promise.all(claims)).size).to.equal(1);
      expect(pool.taken).to.equal(1);
    });

    it('mint tokens of different conversations concurrently', async () => {
      pool.hold();
      for (let index = 0; index < 20; index += 1) void begin(HELLO, { id: `c-${index}` }).claim(staying());
      await settled();
      expect(pool.taken).to.equal(20);
    });

    it('fail all waiting requests when the mint fails, and mint again for the next request', async () => {
      pool.failure = new UpstreamError('no guests today');
      const claims = Array.from({ length: 3 }, () => begin(HELLO, mine).claim(staying()));
      for (const result of await Promise.allSettled(claims)) {
        expect(result).to.deep.equal({ status: 'rejected', reason: pool.failure });
      }
      expect(pool.taken).to.equal(1);
      pool.failure = undefined;
      expect(await begin(HELLO, mine).claim(staying())).to.equal('token-2');
    });
  });

  describe('when a token is refused', () => {
    it('mint one new token for all requests that used the refused token', async () => {
      const old = await say(HELLO, 'Hi', { id: 'c' });
      const turns = Array.from({ length: 10 }, () => begin(HELLO, { id: 'c' }));
      for (const turn of turns) expect(await turn.claim(staying())).to.equal(old);
      const open = pool.hold();
      await Promise.all(turns.slice(0, 6).map((turn) => turn.drop(old)));
      const claims = turns.slice(0, 6).map((turn) => turn.claim(staying()));
      await settled();
      open();
      const fresh = new Set(await Promise.all(claims));
      expect([...fresh]).to.deep.equal(['token-2']);
      // Those who learn of it later do not drop the fresh one.
      for (const turn of turns.slice(6)) {
        await turn.drop(old);
        expect(await turn.claim(staying())).to.equal('token-2');
      }
      expect(pool.taken).to.equal(2);
    });

    it('mint one new token for a conversation recognized by its transcript, and keep it', async () => {
      const old = await say(HELLO, 'Hi there');
      const turns = [begin(SECOND), begin(SECOND)];
      for (const turn of turns) expect(await turn.claim(staying())).to.equal(old);
      for (const turn of turns) await turn.drop(old);
      const fresh = await Promise.all(turns.map((turn) => turn.claim(staying())));
      expect(fresh).to.deep.equal(['token-2', 'token-2']);
      expect(await say(SECOND, 'Fine')).to.equal('token-2');
      expect(await say([...SECOND, assistant('Fine'), user('Good')], 'Yes')).to.equal('token-2');
    });

    it('mint a new token instead of taking one from the pool', async () => {
      const turns = [begin(HELLO), begin(HELLO, { id: 'c' })];
      for (const turn of turns) {
        await turn.drop(await turn.claim(staying()));
        await turn.claim(staying());
      }
      await say(HELLO, 'Hi there');
      const later = begin(SECOND);
      await later.drop(await later.claim(staying()));
      await later.claim(staying());
      expect(pool).to.include({ taken: 6, fresh: 3 });
    });

    it('use another token in a first turn', async () => {
      const turn = begin(HELLO);
      await turn.drop(await turn.claim(staying()));
      expect(await turn.claim(staying())).to.equal('token-2');
      turn.observe([text('Hi there')]);
      await turn.finish();
      expect(await say(SECOND, 'Fine')).to.equal('token-2');
    });

    it('do not share the new token with another user whose first answer was the same', async () => {
      await say(HELLO, 'Hi there');
      const mine = begin(SECOND);
      await mine.drop(await mine.claim(staying()));
      const others = await say(HELLO, 'Hi there');
      expect(await mine.claim(staying())).not.to.equal(others);
      expect(await say(SECOND, 'Fine')).not.to.equal(others);
    });
  });

  describe('at several replicas that share a store', () => {
    let replicas: Conversations[];
    const turnAt = (replica: number, more: Partial<TurnIdentity> = {}, messages = HELLO) =>
      (replicas[replica] as Conversations).begin({ tenant: 'key alice', id: 'c', messages, ...more });

    beforeEach(() => {
      replicas = ['a', 'b', 'c'].map((owner) => new Conversations(store, pool, owner));
    });

    it('mint one token for turns that begin at the same time', async () => {
      const open = pool.hold();
      const claims = Array.from({ length: 99 }, (_, index) => turnAt(index % 3).claim(staying()));
      await settled();
      expect(pool.taken).to.equal(1);
      open();
      expect(new Set(await Promise.all(claims))).to.deep.equal(new Set(['token-1']));
      expect(pool.taken).to.equal(1);
    });

    it('mint tokens of different conversations concurrently', async () => {
      const open = pool.hold();
      const claims = ['c', 'd', 'e'].map((id, replica) => turnAt(replica, { id }).claim(staying()));
      await settled();
      expect(pool.taken).to.equal(3);
      open();
      expect(new Set(await Promise.all(claims)).size).to.equal(3);
    });

    it('are recognized by the answer of another replica', async () => {
      const first = turnAt(0, { id: undefined });
      const token = await first.claim(staying());
      first.observe([text('Hi there')]);
      await first.finish();
      expect(await turnAt(1, { id: undefined }, SECOND).claim(staying())).to.equal(token);
    });

    it('wait for another replica to mint after a mint has failed', async () => {
      const open = pool.hold();
      pool.failure = new UpstreamError('no guests today');
      const failing = turnAt(0).claim(staying());
      const waiting = turnAt(1).claim(staying());
      await settled();
      open();
      expect(await failing.catch((error: unknown) => error)).to.equal(pool.failure);
      pool.failure = undefined;
      expect(await waiting).to.equal('token-2');
      expect(await turnAt(0).claim(staying())).to.equal('token-2');
    });

    it('mint again after the minting replica has died', async () => {
      let now = 0;
      store = new MemoryStore(() => now);
      replicas = ['a', 'b'].map((owner) => new Conversations(store, pool, owner));
      // Never to be heard of again.
      pool.hold();
      void turnAt(0).claim(staying());
      await settled();
      pool.gate = Promise.resolve();
      const waiting = turnAt(1).claim(staying());
      await settled();
      expect(pool.taken).to.equal(1);
      now += MINT_LEASE_MS + 1;
      expect(await waiting).to.equal('token-2');
    });

    it('mint one new token when theirs is refused', async () => {
      const old = await turnAt(0).claim(staying());
      const turns = [0, 1, 2].map((replica) => turnAt(replica));
      for (const turn of turns) expect(await turn.claim(staying())).to.equal(old);
      await Promise.all(turns.map((turn) => turn.drop(old)));
      expect(new Set(await Promise.all(turns.map((turn) => turn.claim(staying()))))).to.deep.equal(
        new Set(['token-2']),
      );
    });
  });

  it('give waiting requests tokens of their own when their conversation becomes ambiguous', async () => {
    await say(HELLO, 'Hi there');
    const turns = [begin(SECOND), begin(SECOND), begin(SECOND)];
    for (const turn of turns) await turn.drop(await turn.claim(staying()));
    await say(HELLO, 'Hi there');
    const tokens = await Promise.all(turns.map((turn) => turn.claim(staying())));
    expect(new Set(tokens).size).to.equal(3);
  });

  describe('for one request', () => {
    it('keep the token for its retries', async () => {
      const turn = begin(HELLO);
      const tokens = [await turn.claim(staying()), await turn.claim(staying())];
      expect(tokens).to.deep.equal(['token-1', 'token-1']);
    });

    it('do no work before a token is claimed', async () => {
      const untouchable = new Proxy({} as Store, {
        get: (_, name) => () => expect.fail(`${String(name)} was called`),
      });
      const turn = new Conversations(untouchable, pool).begin({
        tenant: 't',
        id: undefined,
        messages: SECOND,
      });
      turn.observe([text('Hi')]);
      await turn.finish();
      expect(pool.taken).to.equal(0);
    });

    it('mint no token after the client has left', async () => {
      const error = await begin(HELLO)
        .claim(AbortSignal.abort())
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(APIUserAbortError);
      expect(pool.taken).to.equal(0);
    });

    it('stop waiting when the client leaves, while other requests still get the minted token', async () => {
      const open = pool.hold();
      const leaving = new AbortController();
      const left = begin(HELLO, { id: 'c' }).claim(leaving.signal);
      const stayed = begin(HELLO, { id: 'c' }).claim(staying());
      await settled();
      leaving.abort();
      expect(await left.catch((thrown: unknown) => thrown)).to.be.instanceOf(APIUserAbortError);
      open();
      expect(await stayed).to.equal('token-1');
      expect(await begin(HELLO, { id: 'c' }).claim(staying())).to.equal('token-1');
      expect(pool.taken).to.equal(1);
    });

    it('remove their abort listener once there is a token', async () => {
      const client = new AbortController();
      let listeners = 0;
      const { addEventListener, removeEventListener } = client.signal;
      client.signal.addEventListener = (...listener: Parameters<typeof addEventListener>) => {
        listeners += 1;
        addEventListener.apply(client.signal, listener);
      };
      client.signal.removeEventListener = (...listener: Parameters<typeof removeEventListener>) => {
        listeners -= 1;
        removeEventListener.apply(client.signal, listener);
      };
      await begin(HELLO).claim(client.signal);
      expect(listeners).to.equal(0);
    });
  });

  it('never share a token between users, in any order of turns, refusals and equal messages', async () => {
    const word = fc.constantFrom('a', 'b');
    const step = fc.record({ who: fc.nat(2), word, refused: fc.boolean(), abandoned: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
        store = new MemoryStore();
        pool = new FakePool();
        conversations = new Conversations(store, pool);
        const owners = new Map<string, number>();
        const chats = [0, 1, 2].map((who) => new Chat(who, owners));
        for (const { who, ...what } of steps) await chats[who]?.step(begin, what);
        expect(owners.size).to.be.greaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

interface Step {
  word: string;
  refused: boolean;
  abandoned: boolean;
}

/** A user who takes turns in one conversation, and notes whose each token is. */
class Chat {
  #said: Message[] = [];
  #open: { turn: ReturnType<Conversations['begin']>; messages: Message[]; token: string } | undefined;

  constructor(
    private readonly who: number,
    private readonly owners: Map<string, number>,
  ) {}

  async step(begin: (messages: Message[]) => ReturnType<Conversations['begin']>, step: Step): Promise<void> {
    if (this.#open === undefined) {
      const messages = [...this.#said, user(step.word)];
      const turn = begin(messages);
      this.#open = { turn, messages, token: await this.#claim(turn) };
    } else if (step.refused) {
      await this.#open.turn.drop(this.#open.token);
      this.#open.token = await this.#claim(this.#open.turn);
    } else {
      const { turn, messages } = this.#open;
      this.#open = undefined;
      if (step.abandoned) return;
      turn.observe([text(step.word)]);
      await turn.finish();
      this.#said = [...messages, assistant(step.word)];
    }
  }

  async #claim(turn: ReturnType<Conversations['begin']>): Promise<string> {
    const token = await turn.claim(staying());
    const owner = this.owners.get(token) ?? this.who;
    expect(owner, `${token} of user ${owner}, given to user ${this.who}`).to.equal(this.who);
    this.owners.set(token, this.who);
    return token;
  }
}
