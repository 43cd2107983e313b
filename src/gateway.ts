/** Joins the parts and listens: the one place that builds implementations. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { Conversations } from './conversations/conversations.js';
import { TokenPool } from './conversations/token-pool.js';
import type { StreamTiming } from './http/send-stream.js';
import type { Logger } from './logger.js';
import { RequestLog } from './stats/request-log.js';
import type { RequestRecord } from './stats/request-record.js';
import { MemoryStore } from './store/memory-store.js';
import type { Store } from './store/store.js';
import { Connection } from './upstream/connection.js';
import { ModelCatalog } from './upstream/model-catalog.js';
import { OpenaiCompatibleUpstream } from './upstream/openai-compatible/client.js';
import type { Upstream } from './upstream/upstream.js';
import { ZaiWebUpstream } from './upstream/zai-web/client.js';

export interface GatewayOptions {
  readonly log: Logger;
  /** The upstream is the bundled simulator; pages say so. */
  readonly demo?: boolean;
  readonly store?: Store;
  readonly streamTiming?: StreamTiming;
  /** Told of every finished request, besides the log. */
  readonly onFinished?: (record: RequestRecord) => void;
}

export interface Gateway {
  /** Where it listens, reachable from this machine. */
  readonly url: string;
  /** Takes no new requests, lets open ones finish, then resolves. */
  drain(): Promise<void>;
  /** Ends open requests too. */
  close(): Promise<void>;
}

/** Resolves when the gateway listens. Rejects with the listen error (`EADDRINUSE`, …). */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const store = options.store ?? new MemoryStore();
  const { upstream, mintGuestToken } = createUpstream(config);
  const pool = new TokenPool(store, mintGuestToken, (error) =>
    log.debug({ err: error }, 'no guest token minted ahead'),
  );
  const readiness = { draining: false };
  const requestLog = new RequestLog(log);
  const app = createApp({
    config,
    log,
    readiness,
    upstream,
    catalog: new ModelCatalog(upstream, config),
    conversations: new Conversations(store, pool),
    demo: options.demo ?? false,
    streamTiming: options.streamTiming,
    onFinished: (record) => {
      requestLog.write(record);
      options.onFinished?.(record);
    },
  });
  // Long uploads of images over slow lines are legitimate; Node's 5 minutes for a whole request stay.
  // Idle connections stay longer than the 60 s after which usual proxies drop them: else they would use closed ones.
  const server = createServer({ keepAliveTimeout: 75_000 }, app);
  // Who asks before it uploads is told to go on by readJson, after its key was found right.
  server.on('checkContinue', app);
  await listen(server, config);
  const close = () => closeServer(server, () => store.close());
  return {
    url: addressOf(server, config.host),
    drain: () => {
      readiness.draining = true;
      return close();
    },
    close: () => {
      server.closeAllConnections();
      return close();
    },
  };
}

interface ChosenUpstream {
  readonly upstream: Upstream;
  readonly mintGuestToken: () => Promise<string>;
}

export function createUpstream(config: Config): ChosenUpstream {
  const connection = new Connection(config);
  if (config.upstreamProtocol === 'zai-web') {
    const upstream = new ZaiWebUpstream(connection, config);
    return { upstream, mintGuestToken: () => upstream.mintGuestToken() };
  }
  const upstream = new OpenaiCompatibleUpstream(connection, config);
  return { upstream, mintGuestToken: () => Promise.reject(new Error('this upstream has no guests')) };
}

function listen(server: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** `0.0.0.0` and `::` are no addresses to call. */
function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  if (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host)) return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function closeServer(server: Server, after: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  await after();
}
