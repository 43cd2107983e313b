/** What SharedLimitStore must do on any Redis: one server, a cluster, behind sentinels. */
import { expect } from 'chai';
import type { ClientRateLimitInfo, Options } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { SharedLimitStore } from '../../../src/store/redis/limit-store.js';
import type { RedisLink } from '../../../src/store/redis/link.js';

export const WINDOW_MS = 60_000;

export function limitStoreOn(link: RedisLink, replicas = () => 1): SharedLimitStore {
  const store = new SharedLimitStore(link, 'test:limit:named:', replicas);
  store.init({ windowMs: WINDOW_MS } as Options);
  return store;
}

export function limitContract(subject: {
  readonly link: RedisLink;
  readonly admins: readonly Redis[];
}): void {
  describe('SharedLimitStore', () => {
    beforeEach(() => Promise.all(subject.admins.map((admin) => admin.flushall())));

    const hits = (infos: readonly ClientRateLimitInfo[]) =>
      infos.map(({ totalHits }) => totalHits).sort((one, other) => one - other);
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

    it('counts exactly when many replicas count concurrently', async () => {
      const stores = [limitStoreOn(subject.link), limitStoreOn(subject.link), limitStoreOn(subject.link)];
      const infos = await Promise.all(upTo(300).map((n) => stores[n % 3]?.increment('alice')));
      expect(hits(infos as ClientRateLimitInfo[])).to.deep.equal(upTo(300));
    });

    it('counts exactly when Redis loses the scripts meanwhile', async () => {
      const stores = [limitStoreOn(subject.link), limitStoreOn(subject.link)];
      const counted: Promise<ClientRateLimitInfo>[] = [];
      for (let round = 0; round < 10; round += 1) {
        for (const store of stores) counted.push(store.increment('alice'), store.increment('alice'));
        await Promise.all(subject.admins.map((admin) => admin.script('FLUSH')));
      }
      expect(hits(await Promise.all(counted))).to.deep.equal(upTo(40));
    });

    it('counts each caller separately, whatever node has its key', async () => {
      const store = limitStoreOn(subject.link);
      const callers = upTo(30).map((n) => `caller-${n}`);
      for (const expected of [1, 2]) {
        const infos = await Promise.all(callers.map((caller) => store.increment(caller)));
        expect(new Set(hits(infos))).to.deep.equal(new Set([expected]));
      }
    });

    it('reads a counter without incrementing it', async () => {
      const store = limitStoreOn(subject.link);
      // Nothing was counted: whatever number is told, its time is over.
      expect((await store.get('alice'))?.resetTime?.getTime() ?? 0).to.be.at.most(Date.now());
      await store.increment('alice');
      await store.increment('alice');
      for (let time = 0; time < 3; time += 1) {
        const { totalHits, resetTime } = (await store.get('alice')) ?? {};
        expect(totalHits).to.equal(2);
        expect((resetTime?.getTime() ?? 0) - Date.now()).to.be.within(WINDOW_MS - 5_000, WINDOW_MS);
      }
      await Promise.all(subject.admins.map((admin) => admin.script('FLUSH')));
      expect((await store.get('alice'))?.totalHits).to.equal(2);
      expect((await store.increment('alice')).totalHits).to.equal(3);
    });

    it('makes one call for each hit, and each counter expires with its window', async () => {
      const store = limitStoreOn(subject.link);
      await store.increment('alice');
      const before = subject.link.calls;
      const { resetTime } = await store.increment('alice');
      expect(subject.link.calls - before).to.equal(1);
      expect((resetTime?.getTime() ?? 0) - Date.now()).to.be.within(WINDOW_MS - 5_000, WINDOW_MS);
      const ends = await Promise.all(
        subject.admins.map(async (admin) =>
          (await admin.keys('*')).map(async (key) => [key, await admin.pttl(key)] as const),
        ),
      );
      const [[key, left] = ['', 0], ...more] = await Promise.all(ends.flat());
      expect(more).to.deep.equal([]);
      expect(key).to.equal('test:limit:named:alice');
      expect(left).to.be.within(1, WINDOW_MS);
    });
  });
}
