import { expect } from 'chai';
import { pino } from 'pino';
import { RedisLink } from '../../../src/store/redis/link.js';
import { needs, type RedisServer, startRedis, until } from '../../support/redis.js';
import { limitStoreOn } from './limit-contract.js';

describe('SharedLimitStore while Redis is unavailable', () => {
  let server: RedisServer;
  let link: RedisLink;

  before(async function () {
    needs(this, 'redis-server');
    server = await startRedis('--appendonly', 'yes');
    const options = { redisUrls: [server.url], redisSentinels: [], redisTimeoutMs: 2_000 };
    link = new RedisLink(options, pino({ level: 'silent' }));
    await link.ready(5_000);
  });
  after(async () => {
    await link?.close();
    await server?.stop('SIGTERM');
  });

  it('multiplies all hits but the first by the number of replicas, and continues in Redis afterwards', async () => {
    let replicas = 3;
    const store = limitStoreOn(link, () => replicas);
    expect((await store.increment('alice')).totalHits).to.equal(1);
    expect((await store.increment('alice')).totalHits).to.equal(2);
    await server.stop('SIGKILL');
    await until(() => link.down !== undefined);
    const calls = link.calls;
    expect((await store.increment('alice')).totalHits).to.equal(1);
    expect((await store.increment('alice')).totalHits).to.equal(6);
    expect((await store.increment('bob')).totalHits).to.equal(1);
    replicas = 1;
    expect((await store.increment('bob')).totalHits).to.equal(2);
    expect((await store.increment('bob')).resetTime?.getTime()).to.be.greaterThan(Date.now());
    expect(link.calls).to.equal(calls);
    await server.start();
    await until(() => link.down === undefined);
    expect((await store.increment('alice')).totalHits).to.equal(3);
  });

  it('works when Redis is unavailable from the start', async () => {
    await server.stop('SIGKILL');
    await until(() => link.down !== undefined);
    const store = limitStoreOn(link, () => 2);
    expect((await store.increment('carol')).totalHits).to.equal(1);
    expect((await store.increment('carol')).totalHits).to.equal(4);
    await server.start();
    await until(() => link.down === undefined);
    expect((await store.increment('carol')).totalHits).to.equal(1);
  });
});
