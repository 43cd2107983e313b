/** A gateway from its start to its end: start, drain, close. */
import { setTimeout as sleep } from 'node:timers/promises';
import { composeGateway, type GatewayOptions, type Parts } from './compose.js';
import type { Config } from './config/config.js';
import type { Logger } from './logger.js';
import { serveMetrics } from './metrics/server.js';

/** Time for a client to read the error that ends its request. */
const LAST_WORDS_MS = 1_000;
/** How long a drained replica waits for an unavailable store to take its last statistics. */
const LAST_STATISTICS_MS = 10_000;
const FLUSH_AGAIN_MS = 250;

export interface Gateway {
  /** Where it listens, reachable from this machine. */
  readonly url: string;
  /** Whether the store has members or managed keys, as known at the start. */
  readonly hasTeam: boolean;
  /** Its name among the replicas. */
  readonly replica: string;
  /**
   * Answers 503 at /readyz, serves on for DRAIN_DELAY, then accepts no more and lets open requests finish. Those that have
   * not after DRAIN_TIMEOUT are ended with an error. Resolves when all is over and the statistics are written.
   */
  drain(): Promise<void>;
  /** Goes on with these upstream entries; requests that have begun end at the ones they began with. */
  replaceUpstreams(entries: Pick<Config, 'upstreams' | 'upstreamsDigest'>): Promise<void>;
  /** Ends open requests too. */
  close(): Promise<void>;
}

/** Resolves when the gateway listens. Rejects with the listen error (`EADDRINUSE`, …) a RedisUnusableError or a DataFolderError. */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const parts = await composeGateway(config, options);
  const { server, catalog, heartbeat, metrics, replica, slots, verifier, readings } = parts;
  await Promise.all([slots.start(), verifier.start()]);
  await server.listen(config);
  // Asked for ahead, so that the first requests do not wait for it. A failure is reported to the request that needs the list.
  void catalog.list().catch(() => undefined);
  void warnOfVolatileRedis(parts, log);
  void parts.terms.check();
  await heartbeat.start();
  readings.start();
  parts.watch.start();
  parts.alerts?.start();
  const metricsServer = metrics && (await serveMetrics(config, metrics.registry, log));
  const close = (patienceMs: number) => closeParts(parts, metricsServer, patienceMs, log);
  return {
    url: server.url(config),
    hasTeam: verifier.presence === 'present',
    replica,
    drain: async () => {
      await stopAccepting(parts, config);
      const stopWaiting = limitWaiting(parts, config, log);
      await close(LAST_STATISTICS_MS);
      stopWaiting();
    },
    replaceUpstreams: parts.replaceUpstreams,
    close: () => {
      server.cut();
      return close(0);
    },
  };
}

/** A team in a Redis without a disk is gone when that restarts. */
async function warnOfVolatileRedis({ state, verifier }: Parts, log: Logger): Promise<void> {
  if (state.redis === undefined || verifier.presence !== 'present') return;
  const isPersistent = await state.teamStore.isPersistent().catch(() => undefined);
  if (isPersistent !== false) return;
  log.warn(
    'members and keys are in a Redis that writes nothing to a disk: a restart of Redis ends them (turn on its append-only file)',
  );
}

async function stopAccepting({ readiness }: Parts, { drainDelayMs }: Config): Promise<void> {
  readiness.draining = true;
  readiness.drainingSince = Date.now();
  await sleep(drainDelayMs);
  readiness.closing = true;
}

/** Ends what is open after DRAIN_TIMEOUT. @returns a function that cancels it */
function limitWaiting({ openRequests, server }: Parts, { drainTimeoutMs }: Config, log: Logger): () => void {
  let cut: NodeJS.Timeout | undefined;
  const lastCall = setTimeout(() => {
    log.warn(`DRAIN_TIMEOUT is over: open requests are ended (${openRequests.count})`);
    openRequests.end();
    cut = setTimeout(() => server.cut(), LAST_WORDS_MS);
  }, drainTimeoutMs);
  return () => {
    clearTimeout(lastCall);
    clearTimeout(cut);
  };
}

async function closeParts(
  {
    server,
    recorder,
    history,
    checkThreads,
    heartbeat,
    watch,
    events,
    alerts,
    state,
    slots,
    budgets,
    verifier,
    readings,
    tracing,
  }: Parts,
  metricsServer: { close(): void } | undefined,
  patienceMs: number,
  log: Logger,
): Promise<void> {
  await server.close();
  metricsServer?.close();
  const until = performance.now() + patienceMs;
  let written = await recorder.flush();
  while (!written && performance.now() < until) {
    await sleep(FLUSH_AGAIN_MS);
    written = await recorder.flush();
  }
  if (!written) log.warn('the last statistics are lost: the store does not take them');
  await history?.flush();
  history?.stop();
  checkThreads.close();
  readings.stop();
  watch.stop();
  await events.flush();
  await alerts?.stop();
  events.close();
  await slots.close();
  await budgets.close();
  await verifier.close();
  await tracing.close();
  // Last, since the store may have been unavailable until now.
  await heartbeat.stop();
  await state.close();
}
