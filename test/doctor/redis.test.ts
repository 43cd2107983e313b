import { expect } from 'chai';
import { Redis } from 'ioredis';
import { loadConfig } from '../../src/config/config.js';
import { checkRedis } from '../../src/doctor/redis.js';
import { Report } from '../../src/doctor/report.js';
import { listLeastRights } from '../../src/store/redis/check.js';
import { needs, type RedisServer, startRedis, startRedisCluster } from '../support/redis.js';

const PREFIX = 'team:';
const RIGHTS = listLeastRights(PREFIX);

describe('The doctor', () => {
  let server: RedisServer;
  let admin: Redis;
  /** Takes five seconds, in which the other tests run. */
  let absent: Promise<string[]>;

  before(async function () {
    needs(this, 'redis-server');
    absent = examine('redis://127.0.0.1:9');
    server = await startRedis('--user', 'team', 'on', '>canary', ...RIGHTS.split(' '));
    admin = new Redis(server.url);
  });
  after(async () => {
    admin?.disconnect();
    await server?.stop('SIGTERM');
  });

  async function examine(url: string): Promise<string[]> {
    const lines: string[] = [];
    const config = loadConfig({ REDIS_URL: url, REDIS_PREFIX: PREFIX });
    await checkRedis(config, new Report((line) => lines.push(line.trim())));
    expect(lines.shift()).to.equal('Redis');
    return lines;
  }

  const teamUrl = () => `redis://team:canary@127.0.0.1:${server.port}`;

  it('runs the commands that the gateway needs, as the gateway’s user', async () => {
    const [line = '', ...more] = await examine(teamUrl());
    expect(line).to.match(
      /^ok {4}it answers, runs scripts that write and publish under team:, and lets subscribe \(\d+ ms\)$/,
    );
    expect(more).to.deep.equal([]);
  });

  for (const right of ['publish', 'subscribe', 'hset', 'evalsha'])
    it(`reports the missing right to ${right.toUpperCase()}, with the command that grants it`, async () => {
      await admin.call('ACL', 'SETUSER', 'team', `-${right}`);
      const [found = '', cure = '', ...more] = await examine(teamUrl());
      expect(found).to.match(new RegExp(`^BAD {3}Redis refuses ${right.toUpperCase()}: `));
      expect(more).to.deep.equal([]);
      const command = /ACL SETUSER team .*?(?= \()/.exec(cure)?.[0].split(' ') ?? [];
      await admin.call(...(command as [string]));
      expect((await examine(teamUrl()))[0]).to.match(/^ok/);
    });

  it('reports a wrong password without showing it', async () => {
    const lines = await examine(`redis://team:canary-wrong@127.0.0.1:${server.port}`);
    expect(lines[0]).to.match(/^BAD {3}Redis refuses: WRONGPASS/);
    expect(lines[1]).to.contain('Correct user and password in REDIS_URL.');
    expect(lines.join()).not.to.contain('canary');
  });

  it('reports that the server is a replica', async () => {
    const replica = await startRedis('--replicaof', '127.0.0.1', String(server.port));
    const lines = await examine(replica.url);
    expect(lines[0]).to.match(/^BAD {3}Redis refuses SET: READONLY/);
    expect(lines[1]).to.contain('address of the master');
    await replica.stop('SIGTERM');
  });

  it('reports a cluster behind one endpoint', async () => {
    const cluster = await startRedisCluster();
    expect((await examine(String(cluster.urls[1])))[0]).to.match(/^ok {4}a cluster answers/);
    await cluster.stop();
  });

  it('reports that no server listens', async () => {
    const lines = await absent;
    expect(lines[0]).to.match(/^BAD {3}no answer: connect ECONNREFUSED/);
    expect(lines[1]).to.contain('host and port in REDIS_URL');
  });
});
