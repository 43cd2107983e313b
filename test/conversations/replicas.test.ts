import { expect } from 'chai';
import { Conversations, type TurnIdentity } from '../../src/conversations/conversations.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { MINT_LEASE_MS } from '../../src/store/store.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';
import { text } from '../completion/events.js';
import { HELLO, SECOND, settled, staying, World } from './support.js';

describe('Conversations', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  describe('at several replicas that share a store', () => {
    let replicas: Conversations[];
    const turnAt = (replica: number, more: Partial<TurnIdentity> = {}, messages = HELLO) =>
      (replicas[replica] as Conversations).begin({ tenant: 'key alice', id: 'c', messages, ...more });

    beforeEach(() => {
      replicas = ['a', 'b', 'c'].map((owner) => new Conversations(world.store, world.pool, owner));
    });

    it('mint one token for turns that begin at the same time', async () => {
      const open = world.pool.hold();
      const claims = Array.from({ length: 99 }, (_, index) => turnAt(index % 3).claim(staying()));
      await settled();
      expect(world.pool.taken).to.equal(1);
      open();
      expect(new Set(await Promise.all(claims))).to.deep.equal(new Set(['token-1']));
      expect(world.pool.taken).to.equal(1);
    });

    it('mint tokens of different conversations concurrently', async () => {
      const open = world.pool.hold();
      const claims = ['c', 'd', 'e'].map((id, replica) => turnAt(replica, { id }).claim(staying()));
      await settled();
      expect(world.pool.taken).to.equal(3);
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
      const open = world.pool.hold();
      world.pool.failure = new UpstreamError('no guests today');
      const failing = turnAt(0).claim(staying());
      const waiting = turnAt(1).claim(staying());
      await settled();
      open();
      expect(await failing.catch((error: unknown) => error)).to.equal(world.pool.failure);
      world.pool.failure = undefined;
      expect(await waiting).to.equal('token-2');
      expect(await turnAt(0).claim(staying())).to.equal('token-2');
    });

    it('mint again after the minting replica has died', async () => {
      let now = 0;
      world.store = new MemoryStore(() => now);
      replicas = ['a', 'b'].map((owner) => new Conversations(world.store, world.pool, owner));
      // Never to be heard of again.
      world.pool.hold();
      void turnAt(0).claim(staying());
      await settled();
      world.pool.gate = Promise.resolve();
      const waiting = turnAt(1).claim(staying());
      await settled();
      expect(world.pool.taken).to.equal(1);
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
});
