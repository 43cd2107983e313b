import { expect } from 'chai';
import { MemoryStore } from '../../src/store/memory-store.js';
import { ResilientStore } from '../../src/store/resilient-store.js';
import { StoreUnavailableError } from '../../src/store/store.js';
import { batchOf, recordOf } from '../stats/records.js';
import { storeContract } from './contract.js';
import { announcementOf } from './contract-replicas.js';

/** What replicas share, in memory; while `error` is set every verb rejects with it. */
class FakeRedis extends MemoryStore {
  error: Error | undefined;

  constructor(now?: () => number) {
    super(now);
    // biome-ignore lint/correctness/noConstructorReturn: every verb of the store, whatever their names
    return new Proxy(this, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          if (target.error && name !== 'close') throw target.error;
          return Reflect.apply(value, target, args);
        };
      },
    });
  }
}

const away = () => new StoreUnavailableError('Redis is late');

storeContract('ResilientStore', async (clock) => new ResilientStore(new FakeRedis(() => clock.now)));

describe('ResilientStore', () => {
  let redis: FakeRedis;
  let store: ResilientStore;
  /** Another replica. */
  let other: ResilientStore;

  beforeEach(() => {
    redis = new FakeRedis();
    store = new ResilientStore(redis);
    other = new ResilientStore(redis);
  });

  describe('while Redis is unavailable', () => {
    beforeEach(async () => {
      await redis.bindToken('before', 'shared');
      await redis.addSpareToken('shared spare');
      redis.error = away();
    });

    it('binds one token of a conversation for this replica, even for concurrent requests', async () => {
      expect(await store.claimToken('c', 'a')).to.equal('mint');
      expect(await store.claimToken('c', 'b')).to.equal('wait');
      expect(await store.bindToken('c', 'one')).to.equal('one');
      expect(await store.bindToken('c', 'two')).to.equal('one');
      expect(await store.findToken('c')).to.equal('one');
      expect(await other.findToken('c')).to.equal(undefined);
    });

    it('supports all other operations on tokens', async () => {
      await store.rememberToken('c', 'one');
      await store.rememberToken('c', 'two');
      expect(await store.claimToken('c', 'a')).to.equal('ambiguous');
      await store.claimToken('d', 'a');
      await store.releaseClaim('d', 'a');
      expect(await store.claimToken('d', 'b')).to.equal('mint');
      await store.bindToken('d', 'one');
      await store.forgetToken('d', 'one');
      expect(await store.findToken('d')).to.equal(undefined);
      expect(await store.takeSpareToken()).to.equal(undefined);
      await store.addSpareToken('spare');
      expect(await store.countSpareTokens()).to.equal(1);
      expect(await store.takeSpareToken()).to.equal('spare');
    });

    it('rejects statistics, which are not kept in memory', async () => {
      const calls = [
        store.recordBatch(batchOf('a', 1, [recordOf()])),
        store.readCounters(['total']),
        store.readLabels('key', ['total']),
        store.readAddresses('h1', 20),
        store.readRequests(100),
        store.announce(announcementOf('a')),
        store.readReplicas(),
        store.readLostReplicas(),
        store.withdraw('a'),
        store.shareSecret('name', 'mine'),
      ];
      for (const { status, ...rest } of await Promise.allSettled(calls)) {
        expect(status).to.equal('rejected');
        expect(rest).to.have.property('reason').that.is.instanceOf(StoreUnavailableError);
      }
    });
  });

  describe('after Redis is back', () => {
    it('shares a token that was bound in memory', async () => {
      redis.error = away();
      await store.claimToken('c', 'a');
      await store.bindToken('c', 'one');
      redis.error = undefined;
      expect(await store.claimToken('c', 'a')).to.deep.equal({ token: 'one' });
      expect(await other.claimToken('c', 'b')).to.deep.equal({ token: 'one' });
      expect(await other.findToken('c')).to.equal('one');
    });

    it('uses the token that another replica has shared already', async () => {
      redis.error = away();
      for (const [replica, token] of [
        [store, 'one'],
        [other, 'two'],
      ] as const) {
        await replica.claimToken('c', token);
        await replica.bindToken('c', token);
      }
      redis.error = undefined;
      expect(await other.claimToken('c', 'b')).to.deep.equal({ token: 'two' });
      expect(await store.claimToken('c', 'a')).to.deep.equal({ token: 'two' });
    });

    it('does not restore a dropped token, wherever it was bound', async () => {
      redis.error = away();
      await store.bindToken('c', 'one');
      redis.error = undefined;
      await store.claimToken('c', 'a');
      await store.forgetToken('c', 'one');
      expect(await store.claimToken('c', 'a')).to.equal('mint');
      expect(await store.bindToken('c', 'two')).to.equal('two');
    });

    it('mints tokens for unknown conversations as usual', async () => {
      redis.error = away();
      await store.bindToken('c', 'one');
      redis.error = undefined;
      expect(await store.claimToken('d', 'a')).to.equal('mint');
      expect(await store.claimToken('d', 'a')).to.equal('mint');
      expect(await other.claimToken('d', 'b')).to.equal('wait');
    });
  });

  it('passes on errors that are not outages', async () => {
    redis.error = new TypeError('a bug');
    const calls = [
      store.findToken('c'),
      store.claimToken('c', 'a'),
      store.releaseClaim('c', 'a'),
      store.bindToken('c', 'one'),
      store.rememberToken('c', 'one'),
      store.forgetToken('c', 'one'),
      store.addSpareToken('one'),
      store.takeSpareToken(),
      store.countSpareTokens(),
    ];
    for (const { status } of await Promise.allSettled(calls)) expect(status).to.equal('rejected');
  });

  it('remembers the number of replicas from before the outage', async () => {
    expect(store.replicasLastSeen).to.equal(1);
    await store.announce(announcementOf('a'));
    await store.announce(announcementOf('b'));
    expect(store.replicasLastSeen).to.equal(2);
    redis.error = away();
    await store.announce(announcementOf('a')).catch(() => undefined);
    expect(store.replicasLastSeen).to.equal(2);
  });
});
