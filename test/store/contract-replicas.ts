/** The part of the contract that is about the replicas themselves. */
import { expect } from 'chai';
import {
  type Announcement,
  LOST_REPLICA_MS,
  MAX_LOST_REPLICAS,
  REPLICA_SILENCE_MS,
} from '../../src/store/store.js';
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

/** One that takes requests. */
function alive(id: string): Announcement {
  const { drainingSince, ...more } = announcementOf(id);
  return more;
}

export function replicasContract(subject: Subject): void {
  describe('replicas', () => {
    const ids = async () => (await subject.store.readReplicas()).map(({ id }) => id);

    it('are empty at first', async () => {
      expect(await subject.store.readReplicas()).to.deep.equal([]);
    });

    it('learn their number, and are listed with their announcements', async () => {
      const { store } = subject;
      expect(await store.announce(announcementOf('a'))).to.equal(1);
      expect(await store.announce(announcementOf('b'))).to.equal(2);
      const changed = { ...announcementOf('a'), inFlight: 9, pools: ['glm-4.6', 'web'] };
      expect(await store.announce(changed)).to.equal(2);
      const replicas = await store.readReplicas();
      const a = replicas.find(({ id }) => id === 'a');
      expect(a).to.deep.equal({ ...changed, silentMs: a?.silentMs });
      expect(a?.silentMs).to.be.within(0, 60_000);
      expect(replicas).to.have.length(2);
    });

    it('disappear after 10 s without an announcement, and come back', async () => {
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

    it('are neither listed nor recorded as lost after they withdraw', async () => {
      const { store, clock } = subject;
      await store.announce(alive('a'));
      await store.announce(alive('b'));
      await store.withdraw('a');
      await store.withdraw('unknown');
      expect(await ids()).to.deep.equal(['b']);
      await clock.advance(REPLICA_SILENCE_MS + 1_000);
      expect(await store.announce(alive('b'))).to.equal(1);
      expect(await store.readLostReplicas()).to.deep.equal([]);
    });
  });

  describe('lost replicas', () => {
    const lost = async () => (await subject.store.readLostReplicas()).map(({ id }) => id);

    it('are listed for an hour after their last announcement, latest first', async () => {
      const { store, clock } = subject;
      await store.announce(alive('a'));
      await clock.advance(2_000);
      await store.announce(alive('b'));
      await store.announce(alive('c'));
      expect(await lost()).to.deep.equal([]);
      await clock.advance(REPLICA_SILENCE_MS + 1_000);
      await store.announce(alive('c'));
      expect(await lost()).to.deep.equal(['b', 'a']);
      const [b, a] = await store.readLostReplicas();
      expect((b?.lostAt ?? 0) - (a?.lostAt ?? 0)).to.be.within(1_900, 3_000);

      await clock.advance(LOST_REPLICA_MS - 2 * REPLICA_SILENCE_MS);
      await store.announce(alive('c'));
      expect(await lost()).to.include.members(['b', 'a']);
      await clock.advance(2 * REPLICA_SILENCE_MS);
      await store.announce(alive('c'));
      expect(await lost())
        .not.to.include('b')
        .and.not.to.include('a');
    });

    it('are found by the first replica that starts after all were lost', async () => {
      const { store, clock } = subject;
      await store.announce(alive('a'));
      await clock.advance(10 * 60 * 1000);
      expect(await store.announce(alive('b'))).to.equal(1);
      expect(await lost()).to.deep.equal(['a']);
    });

    it('are removed from the list when they announce themselves again', async () => {
      const { store, clock } = subject;
      await store.announce(alive('a'));
      await clock.advance(REPLICA_SILENCE_MS + 1_000);
      await store.announce(alive('b'));
      expect(await lost()).to.deep.equal(['a']);
      await store.announce(alive('a'));
      expect(await lost()).to.deep.equal([]);
    });

    it('do not include replicas that stopped while draining', async () => {
      const { store, clock } = subject;
      await store.announce({ ...alive('a'), drainingSince: 1_759_399_100_000 });
      await clock.advance(REPLICA_SILENCE_MS + 1_000);
      await store.announce(alive('b'));
      expect(await lost()).to.deep.equal([]);
    });

    it('are limited in number', async () => {
      const { store, clock } = subject;
      for (let index = 0; index < MAX_LOST_REPLICAS + 5; index += 1) await store.announce(alive(`r${index}`));
      await clock.advance(REPLICA_SILENCE_MS + 1_000);
      await store.announce(alive('b'));
      expect(await lost()).to.have.length(MAX_LOST_REPLICAS);
    });
  });

  describe('a shared secret', () => {
    it('is the one that was proposed first, for all replicas and permanently', async () => {
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
