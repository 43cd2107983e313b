import { expect } from 'chai';
import { Conversations } from '../../src/conversations/conversations.js';
import { Transcript } from '../../src/conversations/transcript.js';
import type { Store } from '../../src/store/store.js';
import { APIUserAbortError, UpstreamError } from '../../src/vocabulary/errors.js';
import { text, thought } from '../completion/events.js';
import { assistant, HELLO, SECOND, settled, staying, user, World } from './support.js';

describe('Conversations', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  it('count the turns that reuse the token of their conversation', async () => {
    await world.say(HELLO, 'Hi there');
    await world.say(HELLO, 'Hi there', { id: 'one' });
    expect(world.conversations.counts).to.deep.equal({ reused: 0 });
    await world.say(SECOND, 'Fine');
    expect(world.conversations.counts).to.deep.equal({ reused: 1 });
    await world.say(HELLO, 'Hi there', { id: 'one' });
    expect(world.conversations.counts).to.deep.equal({ reused: 2 });
  });

  describe('without an id', () => {
    it('treat every first turn as a new conversation', async () => {
      const tokens = [
        await world.say(HELLO, 'Hi'),
        await world.say(HELLO, 'Hi'),
        await world.say([user('Bye')], 'Bye'),
      ];
      expect(new Set(tokens).size).to.equal(3);
    });

    it('use the token of the first turn for all later turns', async () => {
      const first = await world.say(HELLO, 'Hi there');
      expect(await world.say(SECOND, 'Fine')).to.equal(first);
      expect(await world.say([...SECOND, assistant('Fine'), user('Good')], 'Yes')).to.equal(first);
      expect(world.pool.taken).to.equal(1);
    });

    it('use the same token for a turn that is repeated', async () => {
      const first = await world.say(HELLO, 'Hi there');
      expect(await world.say(SECOND, 'Fine')).to.equal(first);
      expect(await world.say(SECOND, 'Not so well')).to.equal(first);
      expect(await world.say([...SECOND, assistant('Fine'), user('Good')], 'Yes')).to.equal(first);
    });

    it('give users with equal first messages different tokens', async () => {
      const one = await world.say(HELLO, 'Hi there');
      const other = await world.say(HELLO, 'Hello yourself');
      expect(await world.say(SECOND, 'Fine')).to.equal(one);
      expect(await world.say([...HELLO, assistant('Hello yourself'), user('And?')], 'Fine')).to.equal(other);
    });

    it('give users with equal first messages and answers different tokens', async () => {
      const tokens = [await world.say(HELLO, 'Hi there'), await world.say(HELLO, 'Hi there')];
      tokens.push(await world.say(SECOND, 'Fine'), await world.say(SECOND, 'Great'));
      expect(new Set(tokens).size).to.equal(4);
      // From then on their transcripts differ, and each keeps its own.
      expect(await world.say([...SECOND, assistant('Fine'), user('x')], 'y')).to.equal(tokens[2]);
      expect(await world.say([...SECOND, assistant('Great'), user('x')], 'y')).to.equal(tokens[3]);
    });

    it('use different tokens for different tenants', async () => {
      const one = await world.say(HELLO, 'Hi there', { tenant: 'public 192.0.2.1' });
      expect(await world.say(SECOND, 'Fine', { tenant: 'public 192.0.2.2' })).not.to.equal(one);
      expect(await world.say(SECOND, 'Fine', { tenant: 'key public' })).not.to.equal(one);
      expect(await world.say(SECOND, 'Fine', { tenant: 'public 192.0.2.1' })).to.equal(one);
    });

    it('use a new token for each later turn with an unknown transcript', async () => {
      expect(await world.say(SECOND, 'Fine')).not.to.equal(await world.say(SECOND, 'Great'));
    });

    it('do not recognize an answer that was not finished', async () => {
      const turn = world.begin(HELLO);
      const first = await turn.claim(staying());
      turn.observe([text('Hi there')]);
      expect(await world.say(SECOND, 'Fine')).not.to.equal(first);
    });

    it('recognize the answer as the client received it, without its reasoning', async () => {
      const turn = world.begin(HELLO);
      const first = await turn.claim(staying());
      turn.observe([thought('Polite.'), text('<think>\nHm.\n</think>\n\n')]);
      turn.observe([text('Hi '), thought('More.'), text('there\n')]);
      await turn.finish();
      expect(await world.say(SECOND, 'Fine')).to.equal(first);
    });

    it('store a finished answer before the client receives its end', async () => {
      let done: () => void = () => undefined;
      const storing = new Promise<void>((resolve) => {
        done = resolve;
      });
      const remember = world.store.rememberToken.bind(world.store);
      world.store.rememberToken = async (...noted) => {
        await storing;
        await remember(...noted);
      };
      const turn = world.begin(HELLO);
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
      expect(await world.say(SECOND, 'Fine')).to.equal(first);
    });
  });

  describe('with an id', () => {
    const mine = { id: 'my-conversation' };

    it('keep one token from the first turn on, whatever the messages are', async () => {
      const first = await world.say(HELLO, 'Hi', mine);
      expect(await world.say(HELLO, 'Hi', mine)).to.equal(first);
      expect(await world.say([user('rewritten'), assistant('history'), user('x')], 'y', mine)).to.equal(
        first,
      );
      expect(world.pool.taken).to.equal(1);
    });

    it('use different tokens for different ids and tenants', async () => {
      const tokens = [
        await world.say(HELLO, 'Hi', mine),
        await world.say(HELLO, 'Hi', { id: 'another' }),
        await world.say(HELLO, 'Hi', { ...mine, tenant: 'key bob' }),
      ];
      expect(new Set(tokens).size).to.equal(3);
    });

    it('store no digest of the transcript', async () => {
      const first = await world.say(HELLO, 'Hi there', mine);
      expect(await world.say(SECOND, 'Fine')).not.to.equal(first);
    });

    it('are not confused with a transcript that has the same text', async () => {
      const first = await world.say(HELLO, 'Hi there');
      const digest = new Transcript('key alice', HELLO).after({ content: 'Hi there' });
      expect(await world.say(HELLO, 'Hi', { id: digest })).not.to.equal(first);
    });

    it('mint one token for many concurrent requests', async () => {
      const open = world.pool.hold();
      const claims = Array.from({ length: 50 }, () => world.begin(HELLO, mine).claim(staying()));
      await settled();
      expect(world.pool.taken).to.equal(1);
      open();
      expect(new Set(await Promise.all(claims)).size).to.equal(1);
      expect(world.pool.taken).to.equal(1);
    });

    it('mint tokens of different conversations concurrently', async () => {
      world.pool.hold();
      for (let index = 0; index < 20; index += 1)
        void world.begin(HELLO, { id: `c-${index}` }).claim(staying());
      await settled();
      expect(world.pool.taken).to.equal(20);
    });

    it('fail all waiting requests when the mint fails, and mint again for the next request', async () => {
      world.pool.failure = new UpstreamError('no guests today');
      const claims = Array.from({ length: 3 }, () => world.begin(HELLO, mine).claim(staying()));
      for (const result of await Promise.allSettled(claims)) {
        expect(result).to.deep.equal({ status: 'rejected', reason: world.pool.failure });
      }
      expect(world.pool.taken).to.equal(1);
      world.pool.failure = undefined;
      expect(await world.begin(HELLO, mine).claim(staying())).to.equal('token-2');
    });
  });

  describe('for one request', () => {
    it('keep the token for its retries', async () => {
      const turn = world.begin(HELLO);
      const tokens = [await turn.claim(staying()), await turn.claim(staying())];
      expect(tokens).to.deep.equal(['token-1', 'token-1']);
    });

    it('do no work before a token is claimed', async () => {
      const untouchable = new Proxy({} as Store, {
        get: (_, name) => () => expect.fail(`${String(name)} was called`),
      });
      const turn = new Conversations(untouchable, world.pool).begin({
        tenant: 't',
        id: undefined,
        messages: SECOND,
      });
      turn.observe([text('Hi')]);
      await turn.finish();
      expect(world.pool.taken).to.equal(0);
    });

    it('mint no token after the client has left', async () => {
      const error = await world
        .begin(HELLO)
        .claim(AbortSignal.abort())
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(APIUserAbortError);
      expect(world.pool.taken).to.equal(0);
    });

    it('stop waiting when the client leaves, while other requests still get the minted token', async () => {
      const open = world.pool.hold();
      const leaving = new AbortController();
      const left = world.begin(HELLO, { id: 'c' }).claim(leaving.signal);
      const stayed = world.begin(HELLO, { id: 'c' }).claim(staying());
      await settled();
      leaving.abort();
      expect(await left.catch((thrown: unknown) => thrown)).to.be.instanceOf(APIUserAbortError);
      open();
      expect(await stayed).to.equal('token-1');
      expect(await world.begin(HELLO, { id: 'c' }).claim(staying())).to.equal('token-1');
      expect(world.pool.taken).to.equal(1);
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
      await world.begin(HELLO).claim(client.signal);
      expect(listeners).to.equal(0);
    });
  });
});
