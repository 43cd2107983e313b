/** Joins the parts and listens: the one place that builds implementations. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from './app.js';
import { CheckThreads } from './completion/json-checks/check-threads.js';
import type { Config } from './config/config.js';
import { isLoopbackHost } from './config/loopback.js';
import { Conversations } from './conversations/conversations.js';
import { TokenPool } from './conversations/token-pool.js';
import { DashboardPassword } from './dashboard/password.js';
import { OpenRequests } from './http/open-requests.js';
import type { StreamTiming } from './http/send-stream.js';
import { HttpServer } from './http/server.js';
import type { Logger } from './logger.js';
import { Metrics } from './metrics/metrics.js';
import { serveMetrics } from './metrics/server.js';
import { Heartbeat } from './replica/heartbeat.js';
import { StatsRecorder } from './stats/recorder.js';
import { RequestLog } from './stats/request-log.js';
import type { RequestRecord } from './stats/request-record.js';
import { openSharedState } from './store/shared-state.js';
import { ModelCatalog } from './upstream/model-catalog.js';
import { OpenaiCompatibleUpstream } from './upstream/openai-compatible/client.js';
import { Connection } from './upstream/transport/connection.js';
import type { Upstream } from './upstream/upstream.js';
import { ZaiWebUpstream } from './upstream/zai-web/client.js';

/** For the error that ends a request to reach a client that reads. */
const LAST_WORDS_MS = 1_000;
/** How long a drained replica waits for a store that is away to take its last statistics. */
const LAST_STATISTICS_MS = 10_000;
const FLUSH_AGAIN_MS = 250;

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
  /**
   * Says 503 at /readyz, serves on for DRAIN_DELAY, then takes no more and lets open requests finish. Those that have not
   * after DRAIN_TIMEOUT are ended with an error. Resolves when all is over and the statistics are written.
   */
  drain(): Promise<void>;
  /** Ends open requests too. */
  close(): Promise<void>;
}

/**
 * Resolves when the gateway listens. Rejects with the listen error (`EADDRINUSE`, …) or a RedisUnusableError.
 */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const replica = `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  const state = await openSharedState(config, log);
  const { store } = state;
  const { upstream, mintGuestToken } = createUpstream(config, log);
  const pool = new TokenPool(store, mintGuestToken, (error) =>
    log.debug({ err: error }, 'no guest token minted ahead'),
  );
  const conversations = new Conversations(store, pool, replica);
  const checkThreads = new CheckThreads();
  const openRequests = new OpenRequests();
  let drainingSince: number | undefined;
  const guestTokens = () => ({ ...conversations.counts, ...pool.counts });
  const readiness = { draining: false, closing: false, degraded: state.degraded };
  const requestLog = new RequestLog(log);
  const recorder = new StatsRecorder(store, replica, log);
  const metrics =
    config.metricsPort === undefined
      ? undefined
      : new Metrics({
          inFlight: () => openRequests.count,
          redis: state.redis,
          guestTokens,
        });
  const catalog = new ModelCatalog(upstream, config);
  // Whoever reaches a demo on a loopback address gets in without.
  const isPasswordNeeded = options.demo !== true || !isLoopbackHost(config.host);
  const password = new DashboardPassword(config.dashboardPassword, store, log, isPasswordNeeded);
  const app = createApp({
    config,
    log,
    readiness,
    openRequests,
    store,
    upstream,
    checkThreads,
    limitStore: state.limitStore,
    dashboardPassword: () => password.value,
    catalog,
    conversations,
    demo: options.demo ?? false,
    streamTiming: options.streamTiming,
    onFinished: (record) => {
      requestLog.write(record);
      recorder.record(record);
      metrics?.record(record);
      options.onFinished?.(record);
    },
  });
  const server = new HttpServer(app, config, log);
  await server.listen(config);
  // Asked for ahead, so that the first requests do not wait for it. Whoever needs it is told why it cannot be had.
  void catalog.list().catch(() => undefined);
  const heartbeat = new Heartbeat(store, {
    id: replica,
    inFlight: () => openRequests.count,
    redisLatencyMs: () => state.redis?.latencyMs ?? 0,
    drainingSince: () => drainingSince,
    degraded: state.degraded,
    guestTokens,
    onBeat: () => (config.dashboardEnabled ? password.share() : Promise.resolve()),
  });
  await heartbeat.start();
  const metricsServer = metrics && (await serveMetrics(config, metrics.registry, log));

  const close = async (patienceMs: number) => {
    await server.close();
    metricsServer?.close();
    const until = performance.now() + patienceMs;
    let written = await recorder.flush();
    while (!written && performance.now() < until) {
      await sleep(FLUSH_AGAIN_MS);
      written = await recorder.flush();
    }
    if (!written) log.warn('the last statistics are lost: the store does not take them');
    checkThreads.close();
    // Last, for a store that was away until now.
    await heartbeat.stop();
    await store.close();
  };
  return {
    url: server.url(config),
    replica,
    drain: async () => {
      readiness.draining = true;
      drainingSince = Date.now();
      await sleep(config.drainDelayMs);
      readiness.closing = true;
      let cut: NodeJS.Timeout | undefined;
      const lastCall = setTimeout(() => {
        log.warn(`DRAIN_TIMEOUT is over: open requests are ended (${openRequests.count})`);
        openRequests.end();
        cut = setTimeout(() => server.cut(), LAST_WORDS_MS);
      }, config.drainTimeoutMs);
      await close(LAST_STATISTICS_MS);
      clearTimeout(lastCall);
      clearTimeout(cut);
    },
    close: () => {
      server.cut();
      return close(0);
    },
  };
}

interface ChosenUpstream {
  readonly upstream: Upstream;
  readonly mintGuestToken: () => Promise<string>;
}

export function createUpstream(config: Config, log?: Logger): ChosenUpstream {
  const connection = new Connection(config);
  if (config.upstreamProtocol === 'zai-web') {
    const upstream = new ZaiWebUpstream(connection, config);
    return { upstream, mintGuestToken: () => upstream.mintGuestToken() };
  }
  const upstream = new OpenaiCompatibleUpstream(connection, config, {
    onFieldRefused: (field, model) =>
      log?.warn(
        { field, model },
        'the upstream refuses or ignores a field that the gateway sends: requests go without it, or in words',
      ),
  });
  return { upstream, mintGuestToken: () => Promise.reject(new Error('this upstream has no guests')) };
}
