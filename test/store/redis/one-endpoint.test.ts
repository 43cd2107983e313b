import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { freePort } from '../../../scripts/cluster.mjs';
import { RedisLink } from '../../../src/store/redis/link.js';
import { RedisStore } from '../../../src/store/redis/redis-store.js';
import { StoreUnavailableError } from '../../../src/store/store.js';
import { needs, type RedisServer, startRedis, until } from '../../support/redis.js';

describe('One address of a Redis Cluster', () => {
  let nodes: RedisServer[];
  let admins: Redis[];
  let link: RedisLink;
  let lines: { level: number; msg: string }[];

  beforeEach(async function () {
    needs(this, 'redis-server');
    const buses = await Promise.all([freePort(), freePort()]);
    nodes = await Promise.all(
      buses.map((bus) =>
        startRedis(
          ...['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
          // A node without slots stays a master.
          ...['--cluster-allow-replica-migration', 'no'],
        ),
      ),
    );
    admins = nodes.map(({ url }) => new Redis(url));
    await admins[0]?.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await admins[0]?.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[1]?.port), String(buses[1]));
    for (const admin of admins)
      await until(async () => {
        const info = String(await admin.call('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:2');
      });
    lines = [];
  });
  afterEach(async () => {
    await link?.close();
    for (const admin of admins) admin.disconnect();
    await Promise.all(nodes.map((node) => node.stop('SIGTERM')));
  });

  function open(node: number, path = ''): RedisLink {
    link = new RedisLink(
      { redisUrls: [`${nodes[node]?.url}${path}`], redisSentinels: [], redisTimeoutMs: 1_000 },
      pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
    );
    return link;
  }

  /** Gives the slot of the key to the other node. */
  async function moveSlot(key: string, from: number, to: number): Promise<void> {
    const slot = String(await admins[0]?.call('CLUSTER', 'KEYSLOT', key));
    const [source, target] = await Promise.all(
      [from, to].map((node) => admins[node]?.call('CLUSTER', 'MYID')),
    );
    await admins[to]?.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(source));
    await admins[from]?.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(target));
    const keys = (await admins[from]?.call('CLUSTER', 'GETKEYSINSLOT', slot, '100')) as string[];
    for (const one of keys)
      await admins[from]?.call('MIGRATE', '127.0.0.1', String(nodes[to]?.port), one, '0', '5000');
    for (const admin of [admins[to], admins[from]])
      await admin?.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(target));
  }

  it('that holds every slot is used alone until a slot moves; then all nodes are used', async () => {
    expect(await open(0).ready(5_000)).to.equal(true);
    const store = new RedisStore(link, '');
    await store.bindToken('c', 'one');
    expect(link.isCluster).to.equal(false);
    lines.length = 0;

    await moveSlot('conv:{c}', 0, 1);
    const error = await store.findToken('c').catch((thrown) => thrown);
    expect(error).to.be.instanceOf(StoreUnavailableError);
    await until(() => link.down === undefined);
    expect(link.isCluster).to.equal(true);
    expect(await store.findToken('c')).to.equal('one');
    expect(lines.map(({ msg }) => msg)).to.deep.equal([
      'Redis refuses to work: MOVED 7365: going on without it (X-Gateway-Mode: degraded)',
      'REDIS_URL is an endpoint of a Redis Cluster: connecting to its nodes (database 0)',
      'Redis is back: everything is shared again',
    ]);
    // A moved slot is ioredis's own business from now on.
    await moveSlot('conv:{c}', 1, 0);
    expect(await store.findToken('c')).to.equal('one');
    expect(link.down).to.equal(undefined);
  });

  for (const path of ['', '/0', '/3']) {
    it(`that holds no slot (${path || 'no database'}) leads to all of them, in database 0`, async () => {
      expect(await open(1, path).ready(8_000), link.lastError).to.equal(true);
      expect(link.isCluster).to.equal(true);
      await new RedisStore(link, '').bindToken('c', 'one');
      expect(await admins[0]?.exists('conv:{c}')).to.equal(1);
    });
  }

  it('reports the unreachable address of its nodes', async function () {
    this.timeout(20_000);
    const closed = await freePort();
    await admins[0]?.config('SET', 'cluster-announce-port', String(closed));
    await until(async () => String(await admins[1]?.call('CLUSTER', 'SLOTS')).includes(String(closed)));
    open(1);
    await until(() => link.lastError.includes(`127.0.0.1:${closed}`));
    expect(link.lastError).to.match(/ECONNREFUSED|closed/);
    expect(await link.ready(100)).to.equal(false);
    expect(link.down).to.match(/Redis is a cluster whose nodes/);
  });

  it('is not used while its slots are not served', async () => {
    await admins[0]?.call('CLUSTER', 'DELSLOTSRANGE', 0, 16_383);
    await until(async () => String(await admins[0]?.call('CLUSTER', 'INFO')).includes('cluster_state:fail'));
    open(0);
    await until(() => link.refusal !== undefined);
    expect(link.down).to.match(/CLUSTERDOWN/);
    await admins[0]?.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await until(() => link.down === undefined);
  });
});
