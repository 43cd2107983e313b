/** Joins the parts and listens: the one place that builds implementations. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from './app.js';
import type { Config } from './config.js';
import { Conversations } from './conversations/conversations.js';
import { TokenPool } from './conversations/token-pool.js';
import { DashboardPassword } from './dashboard/password.js';
import type { StreamTiming } from './http/send-stream.js';
import type { Logger } from './logger.js';
import { Metrics } from './metrics/metrics.js';
import { serveMetrics } from './metrics/server.js';
import { Heartbeat } from './replica/heartbeat.js';
import { StatsRecorder } from './stats/recorder.js';
import { RequestLog } from './stats/request-log.js';
import type { RequestRecord } from './stats/request-record.js';
import { openSharedState } from './store/shared-state.js';
import { Connection } from './upstream/connection.js';
import { ModelCatalog } from './upstream/model-catalog.js';
import { OpenaiCompatibleUpstream } from './upstream/openai-compatible/client.js';
import type { Upstream } from './upstream/upstream.js';
import { ZaiWebUpstream } from './upstream/zai-web/client.js';

export interface GatewayOptions {
  readonly log: Logger;
  /** The upstream is the bundled simulator; pages say so. */
  readonly demo?: boolean;
  readonly streamTiming?: StreamTiming;
  /** Told of every finished request, besides the log. */
  readonly onFinished?: (record: RequestRecord) => void;
}

export interface Gateway {
  /** Where it listens, reachable from this machine. */
  readonly url: string;
  /** Its name among the replicas. */
  readonly replica: string;
  /** Says 503 at /readyz, serves on for DRAIN_DELAY, lets open requests finish for DRAIN_TIMEOUT, then resolves. */
  drain(): Promise<void>;
  /** Ends open requests too. */
  close(): Promise<void>;
}

/**
 * Resolves when the gateway listens. Rejects with the listen error (`EADDRINUSE`, …) or a RedisUnreachableError.
 */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const replica = `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  const state = await openSharedState(config, log);
  const { store } = state;
  const { upstream, mintGuestToken } = createUpstream(config);
  const pool = new TokenPool(store, mintGuestToken, (error) =>
    log.debug({ err: error }, 'no guest token minted ahead'),
  );
  const load = { inFlight: 0 };
  const readiness = { draining: false, degraded: state.degraded };
  const requestLog = new RequestLog(log);
  const recorder = new StatsRecorder(store, replica, log);
  const metrics = new Metrics({
    inFlight: () => load.inFlight,
    redis: state.redis,
    guestTokens: () => pool.counts,
  });
  const password = new DashboardPassword(config.dashboardPassword, store, log);
  const app = createApp({
    config,
    log,
    readiness,
    load,
    store,
    upstream,
    limitStore: state.limitStore,
    dashboardPassword: () => password.value,
    catalog: new ModelCatalog(upstream, config),
    conversations: new Conversations(store, pool, replica),
    demo: options.demo ?? false,
    streamTiming: options.streamTiming,
    onFinished: (record) => {
      requestLog.write(record);
      recorder.record(record);
      metrics.record(record);
      options.onFinished?.(record);
    },
  });
  // Long uploads of images over slow lines are legitimate; Node's 5 minutes for a whole request stay.
  // Idle connections stay longer than the 60 s after which usual proxies drop them: else they would use closed ones.
  const server = createServer({ keepAliveTimeout: 75_000 }, app);
  // Who asks before it uploads is told to go on by readJson, after its key was found right.
  server.on('checkContinue', app);
  await listen(server, config);
  const heartbeat = new Heartbeat(store, {
    id: replica,
    inFlight: () => load.inFlight,
    redisLatencyMs: () => state.redis?.latencyMs ?? 0,
    // Not agreed on while Redis was away at the start.
    onBeat: () => (config.dashboardEnabled ? password.share() : Promise.resolve()),
  });
  await heartbeat.start();
  const metricsServer = await serveMetrics(config, metrics.registry, log);

  const close = async () => {
    await closeServer(server);
    heartbeat.stop();
    metricsServer?.close();
    if (!(await recorder.flush())) log.warn('the last statistics are lost: the store does not take them');
    await store.close();
  };
  return {
    url: addressOf(server, config.host),
    replica,
    drain: async () => {
      readiness.draining = true;
      await sleep(config.drainDelayMs);
      const lastCall = setTimeout(() => server.closeAllConnections(), config.drainTimeoutMs);
      await close();
      clearTimeout(lastCall);
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

/** Accepts nothing more; resolves when the last connection has ended. */
async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
