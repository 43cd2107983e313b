import { expect } from 'chai';
import { pino } from 'pino';
import { KeyLimitStore } from '../../../src/store/redis/key-limit-store.js';
import { Keys } from '../../../src/store/redis/keys.js';
import { RedisLink } from '../../../src/store/redis/link.js';
import { RedisTeamStore } from '../../../src/store/redis/team-store.js';
import { sha256 } from '../../../src/team/secrets.js';
import { TeamAdmin } from '../../../src/team/team-admin.js';
import { needs, startRedisCluster, until } from '../../support/redis.js';
import { useRedisLink } from '../../support/redis-link.js';
import { teamContract } from '../team-contract.js';
import { GARBAGE } from './garbage.js';

const LEAD = { name: 'admin' };

describe('A team in Redis', () => {
  const used = useRedisLink();
  const open = () => new RedisTeamStore(used.link, '');
  beforeEach(() => used.redis.flushall());

  teamContract(open);

  it('tells the revision of a key with each count of its requests', async () => {
    const told: (number | undefined)[] = [];
    const counts = new KeyLimitStore(
      used.link,
      '',
      () => 1,
      (_id, revision) => told.push(revision),
    );
    const admin = new TeamAdmin(open(), new Set());
    const { key } = await admin.addKey(LEAD, { member: 'ann' });
    expect((await counts.increment(key.id)).totalHits).to.equal(1);
    await admin.updateKey(LEAD, key.id, { note: 'x' });
    const { totalHits, resetTime } = await counts.increment(key.id);
    expect(totalHits).to.equal(2);
    expect(Number(resetTime) - Date.now()).to.be.within(1, 60_000);
    await admin.removeKey(LEAD, key.id);
    await counts.increment(key.id);
    await used.redis.del(new Keys('').key(key.id).revision);
    await counts.increment(key.id);
    expect(told).to.deep.equal([1, 2, -1, undefined]);
  });

  it('tells whether Redis writes to a disk, and not where it may not be asked', async () => {
    expect(await open().isPersistent()).to.equal(false);
    await used.redis.config('SET', 'save', '60 1');
    expect(await open().isPersistent()).to.equal(true);
    await used.redis.config('SET', 'save', '');
    await used.redis.call('ACL', 'SETUSER', 'default', '-config');
    expect(await open().isPersistent()).to.equal(undefined);
    expect(used.link.down).to.equal(undefined);
    await used.redis.call('ACL', 'SETUSER', 'default', '+config');
  });

  for (const [what, leave] of Object.entries(GARBAGE)) {
    it(`works where another program left ${what} under its keys`, async () => {
      const keys = new Keys('');
      for (const key of Object.values(keys.team())) await leave(used.redis, key);
      expect((await open().read()).members.size).to.equal(0);
      expect(await open().readAudit(5)).to.deep.equal([]);
      const { key, text } = await new TeamAdmin(open(), new Set()).addKey(LEAD, { member: 'ann' });
      for (const name of Object.values(keys.key(key.id)))
        await used.redis.del(name).then(() => leave(used.redis, name));
      const counts = new KeyLimitStore(
        used.link,
        '',
        () => 1,
        () => undefined,
      );
      expect((await counts.increment(key.id)).totalHits).to.be.a('number');
      expect((await open().findKey(sha256(text))).key?.id).to.equal(key.id);
    });
  }
});

describe('A team in a Redis Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  let link: RedisLink;

  before(async function () {
    needs(this, 'redis-server');
    cluster = await startRedisCluster();
    const options = { redisUrls: cluster.urls, redisSentinels: [], redisTimeoutMs: 2_000 };
    link = new RedisLink(options, pino({ level: 'silent' }));
    expect(await link.ready(20_000)).to.equal(true);
  });
  after(async () => {
    await link?.close();
    await cluster?.stop();
  });

  it('is changed, told and counted, with keys in many slots', async () => {
    const store = new RedisTeamStore(link, '');
    const told = new Set<string>();
    const subscription = await store.listen({
      onChange: (ids) => ids.map((id) => told.add(id)),
      onConnect: () => undefined,
    });
    const admin = new TeamAdmin(store, new Set());
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((member) => admin.addKey(LEAD, { member })));
    const revisions = new Map<string, number | undefined>();
    const counts = new KeyLimitStore(
      link,
      '',
      () => 1,
      (id, revision) => revisions.set(id, revision),
    );
    for (const { key, text } of made) {
      expect((await store.findKey(sha256(text))).key?.id).to.equal(key.id);
      expect((await counts.increment(key.id)).totalHits).to.equal(1);
      expect(revisions.get(key.id)).to.equal((await store.findKey(sha256(text))).key?.revision);
    }
    await until(() => made.every(({ key }) => told.has(key.id)));
    await admin.removeMember(LEAD, 'a');
    expect((await store.read()).keys.size).to.equal(3);
    await subscription.close();
  });
});
