/** Creates ioredis clients for a single server, a master behind sentinels, or a cluster. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import { SCRIPTS } from './scripts.js';

export type ClientOptions = Pick<Config, 'redisUrls' | 'redisSentinels'>;
export type Client = Redis | Cluster;

/** True when one address without sentinels is configured, which may be the endpoint of a cluster. */
export function isSingleEndpoint({ redisUrls, redisSentinels }: ClientOptions): boolean {
  return redisUrls.length === 1 && redisSentinels.length === 0;
}

/** Creates a client, which connects at once. `asCluster` treats a single address as the endpoint of a cluster. */
export function createClient(options: ClientOptions, asCluster = false): Client {
  const { redisUrls, redisSentinels } = options;
  const [first = ''] = redisUrls;
  const client: Client =
    asCluster || redisUrls.length > 1
      ? cluster(redisUrls)
      : redisSentinels.length > 0
        ? new Redis(behindSentinels(first, redisSentinels))
        : new Redis(parseAddress(first));
  for (const [name, script] of Object.entries(SCRIPTS)) client.defineCommand(name, script);
  return client;
}

const COMMON = {
  protocol: 2,
  // Callers fall back at once when a command cannot be sent.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  // A dead host does not close its side of the connection.
  disconnectTimeout: 500,
  // The link has its own check. ioredis's check needs the right to INFO, and keeps a server that is loading its data.
  enableReadyCheck: false,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
} as const;

/** Parses redis:// and rediss:// URLs with user, password and database. */
function parseAddress(url: string) {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    ...COMMON,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1) || 0),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** With sentinels, the URL's host is the name of the master. */
function behindSentinels(url: string, sentinels: ClientOptions['redisSentinels']) {
  const { host, port, ...rest } = parseAddress(url);
  return {
    ...rest,
    name: host,
    sentinels: sentinels.map((one) => ({ ...one })),
    sentinelRetryStrategy: (times: number) => Math.min(100 * times, 1_000),
  };
}

function cluster(urls: readonly string[]): Cluster {
  const nodes = urls.map((url) => {
    const { host, port } = parseAddress(url);
    return { host, port };
  });
  // Left out: settings of each node, and those that a cluster does not have.
  const { host, port, db, enableOfflineQueue, retryStrategy, tls, ...redisOptions } = parseAddress(
    urls[0] ?? '',
  );
  const names = nodes.map((node) => node.host);
  return new Cluster(nodes, {
    redisOptions: tls === undefined ? redisOptions : { ...redisOptions, tls: clusterTls(names) },
    enableOfflineQueue: false,
    enableReadyCheck: false,
    // Host names are kept: certificates are issued for them, and each connection resolves them again.
    dnsLookup: (address, callback) => callback(null, address),
    clusterRetryStrategy: (times: number) => Math.min(100 * times, 1_000),
    slotsRefreshTimeout: 2_000,
  });
}

/** A cluster may list its nodes by IP address while their certificates name the configured endpoint. */
function clusterTls(names: readonly string[]) {
  return {
    checkServerIdentity: (host: string, certificate: PeerCertificate) => {
      const errors = [host, ...names].map((name) => checkServerIdentity(name, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
}
