import { expect } from 'chai';
import fc from 'fast-check';
import { orderByRendezvous } from '../../src/routing/rendezvous.js';

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 });

describe('The credential of a conversation', () => {
  it('changes only where the credential that came first is lost, and then to the one that was second', () => {
    fc.assert(
      fc.property(names, fc.array(fc.string(), { maxLength: 30 }), (all, conversations) => {
        const lost = all[0];
        const left = all.slice(1);
        for (const conversation of conversations) {
          const before = orderByRendezvous(conversation, all);
          expect(orderByRendezvous(conversation, left)).to.deep.equal(before.filter((name) => name !== lost));
        }
      }),
    );
  });

  it('does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(names, fc.string(), (all, conversation) => {
        expect(orderByRendezvous(conversation, all.toReversed())).to.deep.equal(
          orderByRendezvous(conversation, all),
        );
      }),
    );
  });

  it('is one of four for a quarter of the conversations each, and a fifth takes a fifth from each', () => {
    const four = ['a', 'b', 'c', 'd'];
    const conversations = Array.from({ length: 4_000 }, (_, index) => `conversation ${index}`);
    const first = (among: string[], conversation: string) => orderByRendezvous(conversation, among)[0] ?? '';
    for (const name of four) {
      const share = conversations.filter((one) => first(four, one) === name);
      expect(share.length).to.be.within(900, 1_100);
    }
    const moved = conversations.filter((one) => first([...four, 'e'], one) !== first(four, one));
    expect(moved.length).to.be.within(700, 900);
    expect(moved.every((one) => first([...four, 'e'], one) === 'e')).to.equal(true);
  });
});
