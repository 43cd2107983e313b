/** What every Store must do, run on each implementation: see memory-store.test.ts for how. */
import { expect } from 'chai';
import { CONVERSATION_TTL_MS, SPARE_TOKEN_TTL_MS, type Store } from '../../src/store/store.js';
import { claimsContract } from './contract-claims.js';
import { readingsContract } from './contract-readings.js';
import { replicasContract } from './contract-replicas.js';
import { responsesContract } from './contract-responses.js';
import { statsContract } from './contract-stats.js';
import { usageContract } from './contract-usage.js';

/** The time a store lives in. One whose time is not its own sets `onAdvance` to make what it keeps that much older. */
export class Clock {
  now = 1_759_400_000_000;
  onAdvance: (ms: number) => Promise<void> = async () => undefined;

  async advance(ms: number): Promise<void> {
    this.now += ms;
    await this.onAdvance(ms);
  }
}

/** The store under test, a new one for each test, and its time. */
export interface Subject {
  readonly store: Store;
  readonly clock: Clock;
}

/** `create` gives an empty store that lives in this time; the suite closes it. */
export function storeContract(name: string, create: (clock: Clock) => Promise<Store>): void {
  describe(`${name} as a Store`, () => {
    let clock: Clock;
    let store: Store;

    beforeEach(async () => {
      clock = new Clock();
      store = await create(clock);
    });
    afterEach(() => store.close());

    const subject: Subject = {
      get store() {
        return store;
      },
      get clock() {
        return clock;
      },
    };
    claimsContract(subject);
    statsContract(subject);
    usageContract(subject);
    replicasContract(subject);
    responsesContract(subject);
    readingsContract(subject);

    describe('binding tokens to conversations', () => {
      it('finds no token for a new conversation', async () => {
        expect(await store.findToken('c')).to.equal(undefined);
      });

      it('finds the bound token for its conversation only', async () => {
        expect(await store.bindToken('c', 'one')).to.equal('one');
        expect(await store.findToken('c')).to.equal('one');
        expect(await store.findToken('d')).to.equal(undefined);
      });

      it('keeps the first token that is bound, and returns it to later callers', async () => {
        await store.bindToken('c', 'one');
        expect(await store.bindToken('c', 'two')).to.equal('one');
        expect(await store.findToken('c')).to.equal('one');
      });

      it('binds one of many concurrent tokens, and returns it to all callers', async () => {
        const tokens = Array.from({ length: 50 }, (_, index) => `token-${index}`);
        const bound = await Promise.all(tokens.map((token) => store.bindToken('c', token)));
        expect(new Set(bound).size).to.equal(1);
        expect(tokens).to.include(bound[0]);
        expect(await store.findToken('c')).to.equal(bound[0]);
      });

      it('treats a remembered token as bound', async () => {
        await store.rememberToken('c', 'one');
        expect(await store.bindToken('c', 'two')).to.equal('one');
      });

      it('keeps digests and tokens of any characters', async () => {
        const odd = 'a-_:{}*"\\ \u0001你好';
        await store.bindToken(odd, odd);
        expect(await store.findToken(odd)).to.equal(odd);
      });
    });

    describe('conversations with equal transcripts', () => {
      it('share the entry while their token is the same', async () => {
        await store.rememberToken('c', 'one');
        await store.rememberToken('c', 'one');
        expect(await store.findToken('c')).to.equal('one');
      });

      it('become ambiguous permanently with another token', async () => {
        await store.rememberToken('c', 'one');
        await store.rememberToken('c', 'two');
        expect(await store.findToken('c')).to.equal(undefined);
        for (const token of ['one', 'two', 'three', 'three']) await store.rememberToken('c', token);
        expect(await store.findToken('c')).to.equal(undefined);
      });

      it('become ambiguous also if a token was bound', async () => {
        await store.bindToken('c', 'one');
        await store.rememberToken('c', 'two');
        expect(await store.findToken('c')).to.equal(undefined);
      });

      it('stay ambiguous when a token is bound, which only its caller uses', async () => {
        await store.rememberToken('c', 'one');
        await store.rememberToken('c', 'two');
        expect(await store.bindToken('c', 'three')).to.equal('three');
        expect(await store.bindToken('c', 'four')).to.equal('four');
        expect(await store.findToken('c')).to.equal(undefined);
      });

      it('stay ambiguous after a token is forgotten', async () => {
        await store.rememberToken('c', 'one');
        await store.rememberToken('c', 'two');
        for (const token of ['one', 'two', '']) await store.forgetToken('c', token);
        await store.rememberToken('c', 'three');
        expect(await store.findToken('c')).to.equal(undefined);
      });

      it('are ambiguous when several tokens are remembered concurrently', async () => {
        const tokens = Array.from({ length: 20 }, (_, index) => `token-${index}`);
        await Promise.all(tokens.map((token) => store.rememberToken('c', token)));
        expect(await store.findToken('c')).to.equal(undefined);
      });
    });

    describe('forgetting a token', () => {
      it('allows another token to be bound', async () => {
        await store.bindToken('c', 'one');
        await store.forgetToken('c', 'one');
        expect(await store.findToken('c')).to.equal(undefined);
        expect(await store.bindToken('c', 'two')).to.equal('two');
        expect(await store.bindToken('c', 'three')).to.equal('two');
        expect(await store.findToken('c')).to.equal('two');
      });

      it('does not remove a different token', async () => {
        await store.bindToken('c', 'one');
        await store.forgetToken('c', 'two');
        expect(await store.findToken('c')).to.equal('one');
      });

      it('binds one of many concurrent tokens afterwards', async () => {
        await store.bindToken('c', 'old');
        await store.forgetToken('c', 'old');
        const bound = await Promise.all(['a', 'b', 'c', 'd'].map((token) => store.bindToken('c', token)));
        expect(new Set(bound).size).to.equal(1);
      });

      it('still makes the transcript ambiguous after another user’s answer', async () => {
        await store.rememberToken('c', 'one');
        await store.forgetToken('c', 'one');
        await store.rememberToken('c', 'two');
        expect(await store.findToken('c')).to.equal(undefined);
        expect(await store.bindToken('c', 'three')).to.equal('three');
        expect(await store.findToken('c')).to.equal(undefined);
      });

      it('does nothing for an unknown conversation', async () => {
        await store.forgetToken('c', 'one');
        expect(await store.bindToken('c', 'two')).to.equal('two');
        await store.forgetToken('d', 'one');
        await store.rememberToken('d', 'two');
        expect(await store.findToken('d')).to.equal('two');
      });
    });

    describe('the lifetime of a conversation', () => {
      const almost = CONVERSATION_TTL_MS - 1_000;

      it('ends one hour after its last use', async () => {
        await store.bindToken('bound', 'one');
        await store.rememberToken('remembered', 'two');
        await clock.advance(almost);
        // Looking would be a use.
        await clock.advance(2_000);
        expect(await store.findToken('bound')).to.equal(undefined);
        expect(await store.findToken('remembered')).to.equal(undefined);
        expect(await store.bindToken('bound', 'three')).to.equal('three');
      });

      for (const [use, run] of [
        ['findToken', () => store.findToken('c')],
        ['bindToken', () => store.bindToken('c', 'two')],
        ['rememberToken', () => store.rememberToken('c', 'one')],
      ] as const) {
        it(`is renewed by ${use}`, async () => {
          await store.bindToken('c', 'one');
          for (let use = 0; use < 3; use += 1) {
            await clock.advance(almost);
            await run();
          }
          await clock.advance(almost);
          expect(await store.findToken('c')).to.equal('one');
        });
      }

      it('keeps an ambiguous conversation ambiguous while it is used', async () => {
        await store.rememberToken('c', 'one');
        await store.rememberToken('c', 'two');
        for (let use = 0; use < 3; use += 1) {
          await clock.advance(almost);
          expect(await store.findToken('c')).to.equal(undefined);
        }
        await store.rememberToken('c', 'one');
        expect(await store.findToken('c')).to.equal(undefined);
      });
    });

    describe('spare tokens', () => {
      it('are empty at first', async () => {
        expect(await store.takeSpareToken()).to.equal(undefined);
        expect(await store.countSpareTokens()).to.equal(0);
      });

      it('are counted, and the oldest is taken first', async () => {
        for (const token of ['one', 'two', 'three']) {
          await store.addSpareToken(token);
          await clock.advance(10);
        }
        expect(await store.countSpareTokens()).to.equal(3);
        expect(await store.takeSpareToken()).to.equal('one');
        expect(await store.countSpareTokens()).to.equal(2);
        expect(await store.takeSpareToken()).to.equal('two');
        expect(await store.takeSpareToken()).to.equal('three');
        expect(await store.takeSpareToken()).to.equal(undefined);
      });

      it('are each given to one of many concurrent callers', async () => {
        const tokens = Array.from({ length: 20 }, (_, index) => `token-${index}`);
        await Promise.all(tokens.map((token) => store.addSpareToken(token)));
        const taken = await Promise.all(Array.from({ length: 30 }, () => store.takeSpareToken()));
        const given = taken.filter((token) => token !== undefined);
        expect(given).to.have.members(tokens);
        expect(taken).to.have.length(30);
      });

      it('expire after five minutes', async () => {
        await store.addSpareToken('old');
        await clock.advance(SPARE_TOKEN_TTL_MS - 1_000);
        await store.addSpareToken('new');
        expect(await store.countSpareTokens()).to.equal(2);
        await clock.advance(2_000);
        expect(await store.countSpareTokens()).to.equal(1);
        expect(await store.takeSpareToken()).to.equal('new');
        expect(await store.takeSpareToken()).to.equal(undefined);
      });

      it('do not live longer because others are taken or counted', async () => {
        await store.addSpareToken('one');
        await store.addSpareToken('two');
        await clock.advance(SPARE_TOKEN_TTL_MS - 1_000);
        await store.takeSpareToken();
        await store.countSpareTokens();
        await clock.advance(2_000);
        expect(await store.takeSpareToken()).to.equal(undefined);
      });
    });
  });
}
