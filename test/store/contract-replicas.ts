/** The part of the contract that is about the replicas themselves. */
import { expect } from 'chai';
import { type Announcement, REPLICA_SILENCE_MS } from '../../src/store/store.js';
import type { Subject } from './contract.js';

export function announcementOf(id: string): Announcement {
  return {
    id,
    version: '1.2.3',
    startedAt: 1_759_399_000_000,
    inFlight: 3,
    eventLoopLagMs: 1.5,
    memoryBytes: 100_000_000,
    redisLatencyMs: 0.25,
    drainingSince: 1_759_399_100_000,
    degradedAt: 1_759_399_050_000,
    guestTokens: { reused: 5, pooled: 4, waited: 3, minted: 2, failed: 1 },
  };
}

export function replicasContract(subject: Subject): void {
  describe('replicas', () => {
    const ids = async () => (await subject.store.readReplicas()).map(({ id }) => id);

    it('are none at first', async () => {
      expect(await subject.store.readReplicas()).to.deep.equal([]);
    });

    it('are told how many they are, and listed as they announce themselves', async () => {
      const { store } = subject;
      expect(await store.announce(announcementOf('a'))).to.equal(1);
      expect(await store.announce(announcementOf('b'))).to.equal(2);
      expect(await store.announce({ ...announcementOf('a'), inFlight: 9 })).to.equal(2);
      const replicas = await store.readReplicas();
      const a = replicas.find(({ id }) => id === 'a');
      expect(a).to.deep.equal({ ...announcementOf('a'), inFlight: 9, silentMs: a?.silentMs });
      expect(a?.silentMs).to.be.within(0, 60_000);
      expect(replicas).to.have.length(2);
    });

    it('disappear after some silence, and come back', async () => {
      const { store, clock } = subject;
      await store.announce(announcementOf('a'));
      await clock.advance(REPLICA_SILENCE_MS - 2_000);
      await store.announce(announcementOf('b'));
      expect(await ids()).to.have.members(['a', 'b']);
      expect((await store.readReplicas()).find(({ id }) => id === 'a')?.silentMs).to.be.within(8_000, 9_000);
      await clock.advance(3_000);
      expect(await ids()).to.deep.equal(['b']);
      expect(await store.announce(announcementOf('b'))).to.equal(1);
      expect(await store.announce(announcementOf('a'))).to.equal(2);
      await clock.advance(REPLICA_SILENCE_MS + 1_000);
      expect(await ids()).to.deep.equal([]);
    });
  });

  describe('a shared secret', () => {
    it('is the one that was proposed first, for everybody and for good', async () => {
      const proposals = Array.from({ length: 20 }, (_, index) => `secret-${index}`);
      const agreed = await Promise.all(proposals.map((one) => subject.store.shareSecret('name', one)));
      expect(new Set(agreed).size).to.equal(1);
      expect(proposals).to.include(agreed[0]);
      await subject.clock.advance(1_000 * 24 * 60 * 60 * 1_000);
      expect(await subject.store.shareSecret('name', 'late')).to.equal(agreed[0]);
      expect(await subject.store.shareSecret('other name', 'late')).to.equal('late');
    });
  });
}
