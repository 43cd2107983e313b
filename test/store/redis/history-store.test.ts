import { expect } from 'chai';
import { RedisHistoryStore } from '../../../src/store/redis/history-store.js';
import { useRedisLink } from '../../support/redis-link.js';
import { HOUR, historyContract, requests } from '../history-contract.js';
import { GARBAGE } from './garbage.js';

describe('The history in Redis', () => {
  const used = useRedisLink();
  const open = () => new RedisHistoryStore(used.link, '', 14);
  beforeEach(() => used.redis.flushall());

  historyContract(open);

  it('leaves nothing of what it removes, and ends by itself', async () => {
    for (let part = 0; part < 6; part += 1)
      await open().write(
        requests(100, (index) => ({
          requestId: `${part}-${index}`,
          finishedAt: HOUR * 3_600_000 + part * 100 + index,
        })),
      );
    const name = (part: string) => `{history:${HOUR}}:${part}`;
    const sizes = await Promise.all([
      used.redis.hlen(name('entries')),
      used.redis.hlen(name('addresses')),
      used.redis.zcard(name('newest')),
      used.redis.zcard(name('slowest')),
    ]);
    expect(sizes[0]).to.equal(sizes[1]);
    expect(sizes.slice(2)).to.deep.equal([200, 50]);
    expect(sizes[0]).to.be.within(200, 250);
    for (const key of await used.redis.keys('*')) {
      const most = key.endsWith('addresses') ? 24 : 14 * 24 + 1;
      expect(await used.redis.ttl(key), key).to.be.within(1, most * 3_600);
    }
  });

  it('is read and written whatever others have left under its keys', async () => {
    await open().write(requests(2, () => ({ outcome: 'upstream_error', status: 502 })));
    const keys = await used.redis.keys('*');
    expect(keys).to.have.length(5);
    for (const leave of Object.values(GARBAGE)) {
      await used.redis.flushall();
      for (const key of keys) await leave(used.redis, key);
      expect((await open().readHours([HOUR]))[0]).to.deep.equal([]);
      expect(await open().find('ok', [HOUR])).to.equal(undefined);
      await open().write(requests(2));
      expect((await open().readHours([HOUR]))[0]).to.have.length(2);
    }
  });
});
