import { expect } from 'chai';
import type { Subject } from './contract.js';

export function readingsContract(subject: Subject): void {
  describe('readings', () => {
    it('are claimed by one at a time', async () => {
      const { store, clock } = subject;
      const claims = () => Promise.all(['a', 'b', 'a'].map((name) => store.claimReading(name, 60_000)));
      expect(await claims()).to.deep.equal([true, true, false]);
      await clock.advance(60_000);
      expect(await claims()).to.deep.equal([true, true, false]);
    });

    it('are found until their time is over', async () => {
      const { store, clock } = subject;
      expect(await store.findReading('a')).to.equal(undefined);
      await store.keepReading('a', 'first', 60_000);
      await store.keepReading('a', 'second', 60_000);
      expect(await store.findReading('a')).to.equal('second');
      await clock.advance(60_000);
      expect(await store.findReading('a')).to.equal(undefined);
    });
  });
}
