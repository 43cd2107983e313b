/** The part of the contract that is about who mints a conversation's token. */
import { expect } from 'chai';
import { CONVERSATION_TTL_MS, MINT_LEASE_MS, type TokenClaim } from '../../src/store/store.js';
import type { Subject } from './contract.js';

export function claimsContract(subject: Subject): void {
  const claim = (owner: string, conversation = 'c') => subject.store.claimToken(conversation, owner);

  describe('claiming a conversation’s token', () => {
    it('lets exactly one of many owners mint, and the others wait', async () => {
      const owners = Array.from({ length: 30 }, (_, index) => `owner-${index}`);
      const claims = await Promise.all(owners.map((owner) => claim(owner)));
      expect(claims.filter((one) => one === 'mint')).to.have.length(1);
      expect(claims.filter((one) => one === 'wait')).to.have.length(29);
      const minter = owners[claims.indexOf('mint')] ?? '';
      expect(await claim(minter)).to.equal('mint');
    });

    it('grants claims of different conversations at the same time', async () => {
      expect(await claim('a', 'c')).to.equal('mint');
      expect(await claim('b', 'd')).to.equal('mint');
      expect(await claim('a', 'd')).to.equal('wait');
    });

    it('returns the token to all owners once it is bound', async () => {
      await claim('a');
      await subject.store.bindToken('c', 'one');
      for (const owner of ['a', 'b']) expect(await claim(owner)).to.deep.equal({ token: 'one' });
      expect(await subject.store.findToken('c')).to.equal('one');
    });

    it('finds no token while one is being minted', async () => {
      await claim('a');
      expect(await subject.store.findToken('c')).to.equal(undefined);
    });

    it('lets another owner mint after the owner of the claim released it', async () => {
      await claim('a');
      await subject.store.releaseClaim('c', 'b');
      expect(await claim('b')).to.equal('wait');
      await subject.store.releaseClaim('c', 'a');
      expect(await claim('b')).to.equal('mint');
      expect(await claim('a')).to.equal('wait');
    });

    it('lets another owner mint after the claim has expired, even if the first owner asked again', async () => {
      await claim('a');
      await subject.clock.advance(MINT_LEASE_MS - 1_000);
      expect(await claim('a')).to.equal('mint');
      expect(await claim('b')).to.equal('wait');
      await subject.clock.advance(2_000);
      const claims: TokenClaim[] = await Promise.all(['b', 'c', 'd'].map((owner) => claim(owner)));
      expect(claims.filter((one) => one === 'mint')).to.have.length(1);
    });

    it('returns the token that is already bound to an owner that binds late', async () => {
      await claim('a');
      await subject.clock.advance(MINT_LEASE_MS + 1_000);
      await claim('b');
      expect(await subject.store.bindToken('c', 'of b')).to.equal('of b');
      expect(await subject.store.bindToken('c', 'of a')).to.equal('of b');
      await subject.store.releaseClaim('c', 'a');
      expect(await claim('a')).to.deep.equal({ token: 'of b' });
    });

    it('shares no token of an ambiguous conversation', async () => {
      await subject.store.rememberToken('c', 'one');
      await subject.store.rememberToken('c', 'two');
      for (const owner of ['a', 'b']) expect(await claim(owner)).to.equal('ambiguous');
    });

    it('returns the token that an answer recorded meanwhile, also to the owner of the claim', async () => {
      await claim('a');
      await subject.store.rememberToken('c', 'one');
      expect(await claim('b')).to.deep.equal({ token: 'one' });
      expect(await subject.store.bindToken('c', 'two')).to.equal('one');
    });

    it('renews the lifetime of the token', async () => {
      await subject.store.bindToken('c', 'one');
      for (let use = 0; use < 3; use += 1) {
        await subject.clock.advance(CONVERSATION_TTL_MS - 1_000);
        expect(await claim('a')).to.deep.equal({ token: 'one' });
      }
    });

    describe('after a token was dropped', () => {
      beforeEach(async () => {
        await subject.store.bindToken('c', 'old');
        await subject.store.forgetToken('c', 'old');
      });

      it('lets exactly one owner mint the next token', async () => {
        const claims = await Promise.all(['a', 'b', 'c'].map((owner) => claim(owner)));
        expect(claims.filter((one) => one === 'mint')).to.have.length(1);
        expect(await subject.store.bindToken('c', 'new')).to.equal('new');
        expect(await claim('b')).to.deep.equal({ token: 'new' });
      });

      for (const [title, happens] of [
        ['while it is minted', async () => undefined],
        ['after the minter gave up', () => subject.store.releaseClaim('c', 'a')],
        ['after the minter’s lease has ended', () => subject.clock.advance(MINT_LEASE_MS + 1_000)],
      ] as const) {
        it(`does not share the token with another user’s answer ${title}`, async () => {
          await claim('a');
          await happens();
          await subject.store.rememberToken('c', 'of a stranger');
          expect(await claim('b')).to.equal('ambiguous');
          expect(await subject.store.bindToken('c', 'of a')).to.equal('of a');
          expect(await subject.store.findToken('c')).to.equal(undefined);
        });
      }
    });
  });
}
