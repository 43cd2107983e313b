import { expect } from 'chai';
import { RedisEventStore } from '../../../src/store/redis/event-store.js';
import { useRedisLink } from '../../support/redis-link.js';
import { eventContract, eventOf, MAX } from '../event-contract.js';
import { GARBAGE } from './garbage.js';

describe('Events in Redis', () => {
  const used = useRedisLink();
  const open = () => new RedisEventStore(used.link, '', MAX);
  beforeEach(() => used.redis.flushall());

  eventContract(open);

  it('are read and told whatever others have left under their keys', async () => {
    await open().append(eventOf({ onceKey: 'k', isAlert: true }));
    await open().append(eventOf({ kind: 'degraded', onceKey: 'd' }));
    await open().append(eventOf({ kind: 'recovered', ends: 'd' }));
    const keys = (await used.redis.keys('*')).sort();
    expect(keys).to.have.length(5);
    for (const leave of Object.values(GARBAGE)) {
      await used.redis.flushall();
      for (const key of keys) await leave(used.redis, key);
      expect(await open().read({ limit: 5 })).to.deep.equal([]);
      expect(await open().takeAlert(1_000)).to.equal(undefined);
      expect(await open().append(eventOf({ subject: 'new', onceKey: 'k' }))).to.include({ subject: 'new' });
      expect((await open().read({ limit: 5 })).map(({ subject }) => subject)).to.deep.equal(['new']);
    }
  });

  it('pass over what a newer version has told', async () => {
    await used.redis.zadd(
      '{events}:log',
      Date.now(),
      '000000000007 1 moon_landed {"subject":"x","params":{}}',
    );
    await used.redis.zadd('{events}:alerts', 1, '000000000007 1 moon_landed {"subject":"x","params":{}}');
    expect(await open().read({ limit: 5 })).to.deep.equal([]);
    expect(await open().takeAlert(1_000)).to.equal(undefined);
  });

  it('all expire when nothing happens any more', async () => {
    await open().append(eventOf({ onceKey: 'k', isAlert: true }));
    for (const key of await used.redis.keys('*')) expect(await used.redis.pttl(key), key).to.be.above(0);
  });
});
