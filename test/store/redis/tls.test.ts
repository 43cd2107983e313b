import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { freePort } from '../../../scripts/cluster.mjs';
import { startNode } from '../../support/processes.js';
import { needs, type RedisServer, startRedis, until } from '../../support/redis.js';

const HERE = join(import.meta.dirname, 'tls');
/** Of nobody but these tests, for the name `localhost` only: no IP address. */
const CERTIFICATE = join(HERE, 'certificate.crt');

describe('A Redis Cluster by its one endpoint over TLS', function () {
  this.timeout(30_000);
  let nodes: RedisServer[];
  let tlsPorts: number[];
  let admins: Redis[];
  /** What processes say that were started at once: those that are to fail take five seconds. */
  let trusting: Promise<string>;
  let byAddress: Promise<string>;
  let distrusting: Promise<string>;

  before(async function () {
    needs(this, 'redis-server');
    tlsPorts = await Promise.all([freePort(), freePort()]);
    const buses = await Promise.all([freePort(), freePort()]);
    const tls = ['--tls-cert-file', CERTIFICATE, '--tls-key-file', join(HERE, 'private.key')];
    const trust = ['--tls-ca-cert-file', CERTIFICATE, '--tls-auth-clients', 'no'];
    nodes = await Promise.all(
      buses.map((bus, index) =>
        startRedis(
          ...['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--tls-cluster', 'yes'],
          ...['--tls-port', String(tlsPorts[index]), ...tls, ...trust],
        ),
      ),
    );
    admins = nodes.map(({ url }) => new Redis(url));
    await admins[0]?.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await admins[0]?.call('CLUSTER', 'MEET', '127.0.0.1', String(tlsPorts[1]), String(buses[1]));
    for (const admin of admins)
      await until(async () => {
        const info = String(await admin.call('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:2');
      });
    const url = `rediss://localhost:${tlsPorts[1]}`;
    trusting = ask(url, { NODE_EXTRA_CA_CERTS: CERTIFICATE });
    byAddress = ask(`rediss://127.0.0.1:${tlsPorts[1]}`, { NODE_EXTRA_CA_CERTS: CERTIFICATE });
    distrusting = ask(url, { NODE_EXTRA_CA_CERTS: '' });
  });
  after(async () => {
    for (const admin of admins ?? []) admin.disconnect();
    await Promise.all((nodes ?? []).map((node) => node.stop('SIGTERM')));
  });

  async function ask(url: string, env: NodeJS.ProcessEnv): Promise<string> {
    const args = ['--import=tsx', join(HERE, 'ask.ts'), url];
    return (await startNode(args, { env: { ...process.env, ...env } }).ended).stdout.trim();
  }

  it('accepts the endpoint’s certificate from nodes that are listed by IP address', async () => {
    expect(await trusting).to.equal('used as a cluster');
    expect(await admins[0]?.exists('conv:{c}')).to.equal(1);
  });

  it('rejects certificates for other names and of unknown issuers', async () => {
    expect(await byAddress).to.contain('does not match');
    expect(await distrusting).to.match(/self-signed/i);
  });
});
