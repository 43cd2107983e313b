/** What stands behind REDIS_URL becomes another server, while the address stays. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisLink } from '../../../src/store/redis/link.js';
import { RedisStore } from '../../../src/store/redis/redis-store.js';
import { needs, type RedisServer, startRedis, until } from '../../support/redis.js';

/** Replicas need not wait for others. */
const AT_ONCE = ['--repl-diskless-sync-delay', '0'];

describe('A Redis that fails over behind one address', () => {
  let one: RedisServer;
  let two: RedisServer;
  let admins: Redis[];
  let name: MovableName;
  let link: RedisLink;
  let store: RedisStore;
  let lines: { level: number; msg: string }[];

  beforeEach(async function () {
    needs(this, 'redis-server');
    [one, two] = await Promise.all([startRedis(...AT_ONCE), startRedis(...AT_ONCE)]);
    admins = [one, two].map(({ url }) => new Redis(url));
    for (const admin of admins) admin.on('error', () => undefined);
    name = await MovableName.of(one.port);
    lines = [];
    link = new RedisLink(
      { redisUrls: [`redis://127.0.0.1:${name.port}`], redisSentinels: [], redisTimeoutMs: 200 },
      pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
    );
    store = new RedisStore(link, '');
    expect(await link.ready(5_000)).to.equal(true);
    await store.addSpareToken('first');
    lines.length = 0;
  });
  afterEach(async () => {
    await link.close();
    await name.close();
    for (const admin of admins) admin.disconnect();
    await Promise.all([one.stop('SIGTERM'), two.stop('SIGTERM')]);
  });

  const use = () => store.addSpareToken('second').catch((error: Error) => error);
  const sparesOn = (index: number) => admins[index]?.zrange('{spares}', '0', '-1');

  it('is followed to the new master when the old one stays connected and is READONLY', async () => {
    await admins[1]?.replicaof('127.0.0.1', one.port);
    await until(async () => (await sparesOn(1))?.length === 1);
    await admins[1]?.replicaof('NO', 'ONE');
    await admins[0]?.replicaof('127.0.0.1', two.port);
    // Resolvers may know of it later: meanwhile the name leads to the replica.
    await use();
    expect(link.down).to.match(/^Redis refuses to work: READONLY/);
    await until(() => name.connections > 3);
    expect(link.down).to.match(/READONLY/);
    name.leadTo(two.port);
    await until(() => link.down === undefined);
    await store.addSpareToken('third');
    expect(await sparesOn(1)).to.deep.equal(['first', 'third']);
    expect(lines.map(({ level }) => level)).to.deep.equal([40, 30]);
  });

  it('is checked about twice a second while it stays READONLY', async () => {
    await admins[0]?.replicaof('127.0.0.1', two.port);
    await use();
    const before = name.connections;
    const begun = performance.now();
    await until(() => name.connections >= before + 4);
    expect(performance.now() - begun).to.be.greaterThan(1_200);
  });

  it('is followed when the old server has lost its master (MASTERDOWN)', async () => {
    await admins[0]?.config('SET', 'replica-serve-stale-data', 'no');
    await admins[0]?.replicaof('127.0.0.1', 9);
    await use();
    expect(link.down).to.match(/MASTERDOWN|READONLY/);
    name.leadTo(two.port);
    await until(() => link.down === undefined);
    expect(await use()).to.equal(undefined);
    expect(await sparesOn(1)).to.deep.equal(['second']);
  });

  it('is followed when the first server is still LOADING', async () => {
    const loading = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('-LOADING Redis is loading the dataset in memory\r\n'.repeat(30)));
    }).listen(0, '127.0.0.1');
    await once(loading, 'listening');
    name.leadTo((loading.address() as AddressInfo).port);
    await one.stop('SIGKILL');
    await until(() => link.down?.includes('LOADING') ?? false);
    name.leadTo(two.port);
    await until(() => link.down === undefined);
    expect(await use()).to.equal(undefined);
    loading.close();
  });

  it('is followed when the old host is silent and closes no connection', async () => {
    name.freeze();
    name.leadTo(two.port);
    for (let call = 0; call < 3; call += 1) await use();
    expect(link.down).to.equal('Redis did not answer in 200 ms');
    await until(() => link.down === undefined);
    expect(await use()).to.equal(undefined);
    expect(await sparesOn(1)).to.deep.equal(['second']);
  });
});

/** A DNS name in miniature: leads new connections to another server, while old ones stay where they are. */
class MovableName {
  connections = 0;
  readonly #sockets: Socket[] = [];

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (client) => {
      this.connections += 1;
      const upstream = connect(this.target, '127.0.0.1');
      this.#sockets.push(client, upstream);
      client.pipe(upstream).pipe(client);
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
  }

  static async of(target: number): Promise<MovableName> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MovableName(server, target);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  leadTo(port: number): void {
    this.target = port;
  }

  /** Open connections carry nothing any more. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
