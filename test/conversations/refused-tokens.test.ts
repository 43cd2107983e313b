import { expect } from 'chai';
import fc from 'fast-check';
import type { Message } from '../../src/completion/request.js';
import type { Conversations } from '../../src/conversations/conversations.js';
import { text } from '../completion/events.js';
import { assistant, HELLO, SECOND, settled, staying, user, World } from './support.js';

describe('Conversations', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  describe('when a token is refused', () => {
    it('mint one new token for all requests that used the refused token', async () => {
      const old = await world.say(HELLO, 'Hi', { id: 'c' });
      const turns = Array.from({ length: 10 }, () => world.begin(HELLO, { id: 'c' }));
      for (const turn of turns) expect(await turn.claim(staying())).to.equal(old);
      const open = world.pool.hold();
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
      expect(world.pool.taken).to.equal(2);
    });

    it('mint one new token for a conversation recognized by its transcript, and keep it', async () => {
      const old = await world.say(HELLO, 'Hi there');
      const turns = [world.begin(SECOND), world.begin(SECOND)];
      for (const turn of turns) expect(await turn.claim(staying())).to.equal(old);
      for (const turn of turns) await turn.drop(old);
      const fresh = await Promise.all(turns.map((turn) => turn.claim(staying())));
      expect(fresh).to.deep.equal(['token-2', 'token-2']);
      expect(await world.say(SECOND, 'Fine')).to.equal('token-2');
      expect(await world.say([...SECOND, assistant('Fine'), user('Good')], 'Yes')).to.equal('token-2');
    });

    it('mint a new token instead of taking one from the pool', async () => {
      const turns = [world.begin(HELLO), world.begin(HELLO, { id: 'c' })];
      for (const turn of turns) {
        await turn.drop(await turn.claim(staying()));
        await turn.claim(staying());
      }
      await world.say(HELLO, 'Hi there');
      const later = world.begin(SECOND);
      await later.drop(await later.claim(staying()));
      await later.claim(staying());
      expect(world.pool).to.include({ taken: 6, fresh: 3 });
    });

    it('use another token in a first turn', async () => {
      const turn = world.begin(HELLO);
      await turn.drop(await turn.claim(staying()));
      expect(await turn.claim(staying())).to.equal('token-2');
      turn.observe([text('Hi there')]);
      await turn.finish();
      expect(await world.say(SECOND, 'Fine')).to.equal('token-2');
    });

    it('do not share the new token with another user whose first answer was the same', async () => {
      await world.say(HELLO, 'Hi there');
      const mine = world.begin(SECOND);
      await mine.drop(await mine.claim(staying()));
      const others = await world.say(HELLO, 'Hi there');
      expect(await mine.claim(staying())).not.to.equal(others);
      expect(await world.say(SECOND, 'Fine')).not.to.equal(others);
    });
  });

  it('give waiting requests tokens of their own when their conversation becomes ambiguous', async () => {
    await world.say(HELLO, 'Hi there');
    const turns = [world.begin(SECOND), world.begin(SECOND), world.begin(SECOND)];
    for (const turn of turns) await turn.drop(await turn.claim(staying()));
    await world.say(HELLO, 'Hi there');
    const tokens = await Promise.all(turns.map((turn) => turn.claim(staying())));
    expect(new Set(tokens).size).to.equal(3);
  });

  it('never share a token between users, in any order of turns, refusals and equal messages', async () => {
    const word = fc.constantFrom('a', 'b');
    const step = fc.record({ who: fc.nat(2), word, refused: fc.boolean(), abandoned: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
        world = new World();
        const owners = new Map<string, number>();
        const chats = [0, 1, 2].map((who) => new Chat(who, owners));
        for (const { who, ...what } of steps)
          await chats[who]?.step((messages) => world.begin(messages), what);
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
