/** The one place that builds ioredis clients: a single server, a master behind sentinels, a cluster. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import { SCRIPTS } from './scripts.js';

export type ClientOptions = Pick<Config, 'redisUrls' | 'redisSentinels'>;
export type Client = Redis | Cluster;

/** Whether one address without sentinels is configured: it may turn out to be an endpoint of a cluster. */
export function isSingleEndpoint({ redisUrls, redisSentinels }: ClientOptions): boolean {
  return redisUrls.length === 1 && redisSentinels.length === 0;
}

/** Connects at once. `asCluster` uses a single endpoint as a cluster's. */
export function createClient(options: ClientOptions, asCluster = false): Client {
  const { redisUrls, redisSentinels } = options;
  const [first = ''] = redisUrls;
  const client: Client =
    asCluster || redisUrls.length > 1
      ? cluster(redisUrls)
      : redisSentinels.length > 0
        ? new Redis(behindSentinels(first, redisSentinels))
        : new Redis(single(first));
  for (const [name, script] of Object.entries(SCRIPTS)) client.defineCommand(name, script);
  return client;
}

const COMMON = {
  protocol: 2,
  // A command that cannot be sent now is of no use later; the callers have their own ways on.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  // A dead host never ends its side of a connection.
  disconnectTimeout: 500,
  // The link's own check decides. ioredis's needs the right to INFO and stays with a server that loads its data.
  enableReadyCheck: false,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
} as const;

/** redis:// and rediss:// with user, password and database. */
function single(url: string) {
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

/** The URL's host is then the name of the master. */
function behindSentinels(url: string, sentinels: ClientOptions['redisSentinels']) {
  const { host, port, ...rest } = single(url);
  return {
    ...rest,
    name: host,
    sentinels: sentinels.map((one) => ({ ...one })),
    sentinelRetryStrategy: (times: number) => Math.min(100 * times, 1_000),
  };
}

function cluster(urls: readonly string[]): Cluster {
  const nodes = urls.map((url) => {
    const { host, port } = single(url);
    return { host, port };
  });
  // Taken out: what the nodes have each, or a cluster has not.
  const { host, port, db, enableOfflineQueue, retryStrategy, tls, ...redisOptions } = single(urls[0] ?? '');
  const names = nodes.map((node) => node.host);
  return new Cluster(nodes, {
    redisOptions: tls === undefined ? redisOptions : { ...redisOptions, tls: clusterTls(names) },
    enableOfflineQueue: false,
    enableReadyCheck: false,
    // Names stay names: certificates are issued for them, and each connection looks them up again.
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
