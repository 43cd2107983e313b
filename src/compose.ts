/** Who is built from what: the one place that builds implementations. Nothing runs yet. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createApp } from './app.js';
import { CheckThreads } from './completion/json-checks/check-threads.js';
import type { Config } from './config/config.js';
import { listReservedNames } from './config/cross-checks.js';
import { isLoopbackHost } from './config/loopback.js';
import { Conversations } from './conversations/conversations.js';
import { TokenPool } from './conversations/token-pool.js';
import { DashboardPassword } from './dashboard/password.js';
import { findPlanQuotas } from './dashboard/plan-quotas.js';
import { listGroups } from './dashboard/queue.js';
import { FAILED_AUTHENTICATIONS } from './http/middleware/limit-rate.js';
import { OpenRequests } from './http/open-requests.js';
import { logPauses } from './http/pause-log.js';
import type { StreamTiming } from './http/send-stream.js';
import { HttpServer } from './http/server.js';
import { KeptResponses } from './kept-responses/kept-responses.js';
import type { Logger } from './logger.js';
import { type MetricSources, Metrics } from './metrics/metrics.js';
import { SlotQueue } from './queue/slot-queue.js';
import { Heartbeat } from './replica/heartbeat.js';
import { SharedReadings } from './replica/shared-readings.js';
import { type Entries, Upstreams } from './routing/upstreams.js';
import { StatsRecorder } from './stats/recorder.js';
import { RequestLog } from './stats/request-log.js';
import type { RequestRecord } from './stats/request-record.js';
import { endReset, readReset } from './store/disk/admin-reset.js';
import type { DurableState } from './store/disk/durable-state.js';
import { MemoryQueueStore } from './store/memory-queue.js';
import { openSharedState, type SharedState } from './store/shared-state.js';
import { AdminPassword } from './team/admin-password.js';
import { KeyVerifier } from './team/key-verifier.js';
import { Sessions } from './team/sessions.js';
import { TeamAdmin } from './team/team-admin.js';
import { createTracing } from './tracing/create-tracing.js';
import type { Tracing } from './tracing/request-trace.js';
import { ModelCatalog } from './upstream/model-catalog.js';

export interface GatewayOptions {
  readonly log: Logger;
  /** The upstream is the bundled simulator; pages say so. */
  readonly demo?: boolean;
  readonly streamTiming?: StreamTiming;
  /** Shared with other gateways of this process; opened from the configuration if left out. */
  readonly state?: SharedState;
  /** The state in DATA_DIR if it is being opened already. */
  readonly durable?: Promise<DurableState> | undefined;
  /** Called with every finished request, besides the log. */
  readonly onFinished?: (record: RequestRecord) => void;
}

/** What lifecycle.ts starts, drains and closes. */
export interface Parts {
  /** This replica's name among the others. */
  readonly replica: string;
  readonly state: SharedState;
  readonly readiness: ReadinessSwitch;
  readonly openRequests: OpenRequests;
  readonly catalog: ModelCatalog;
  /** See `Gateway`. */
  readonly replaceUpstreams: (entries: Entries) => Promise<void>;
  readonly checkThreads: CheckThreads;
  readonly recorder: StatsRecorder;
  /** `undefined` when no port for metrics is configured. */
  readonly metrics: Metrics | undefined;
  readonly server: HttpServer;
  readonly heartbeat: Heartbeat;
  readonly slots: SlotQueue;
  readonly readings: SharedReadings;
  readonly verifier: KeyVerifier;
  readonly adminPassword: AdminPassword;
  readonly tracing: Tracing;
}

/** See http/readiness.ts; set by lifecycle.ts. */
export interface ReadinessSwitch {
  draining: boolean;
  closing: boolean;
  /** Unix milliseconds; `undefined` until draining begins. */
  drainingSince: number | undefined;
  readonly degraded: () => string | undefined;
  readonly notKept: () => string | undefined;
  readonly isWithoutSlots: () => boolean;
  readonly isWithoutCredential: () => boolean;
}

/** Connects to Redis where one is configured, else opens DATA_DIR. Rejects as openSharedState does. */
export async function composeGateway(config: Config, options: GatewayOptions): Promise<Parts> {
  const { log } = options;
  const replica = `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  const state = options.state ?? (await openSharedState(config, log, options.durable));
  const { store, degraded } = state;
  const upstreams = new Upstreams(config, { onFieldRefused: warnOfRefusedField(log) });
  const slots = composeSlots(config, upstreams, state, replica, log);
  const tracing = await createTracing(config, replica, log);
  const isWithoutSlots = () => slots.isWithoutShare;
  const isWithoutCredential = () => {
    const paused = slots.pausedCredentials;
    return upstreams.names.every((name) => paused.has(name));
  };
  const readiness = {
    draining: false,
    closing: false,
    drainingSince: undefined,
    degraded,
    notKept: () => state.durable?.problem,
    isWithoutSlots,
    isWithoutCredential,
  };
  const openRequests = new OpenRequests();
  const verifier = composeVerifier(config, state, openRequests);
  const teamAdmin = new TeamAdmin(state.teamStore, listReservedNames(config));
  const adminPassword = new AdminPassword(config.adminPassword, state.teamStore);
  const checkThreads = new CheckThreads();
  const catalog = new ModelCatalog(upstreams.source, config);
  const { conversations, countGuestTokens } = composeConversations(upstreams, store, replica, log);
  const recorder = new StatsRecorder(store, replica, log);
  const inFlight = () => openRequests.count;
  const metrics = composeMetrics(config, state, {
    inFlight,
    queued: () => slots.waiting,
    queue: {
      counts: () => slots.counts,
      readGroups: async () => listGroups({ pools: await slots.read(), groups: new Map() }),
    },
    guestTokens: countGuestTokens,
  });
  // A demo that listens on a loopback address needs no password.
  const isPasswordNeeded = options.demo !== true || !isLoopbackHost(config.host);
  const password = new DashboardPassword(config.dashboardPassword, store, log, isPasswordNeeded);
  const { readings, refresh } = composeReadings(upstreams, store);
  const app = createApp({
    config,
    log,
    readiness,
    openRequests,
    store,
    router: upstreams,
    checkThreads,
    limitStore: state.limitStore,
    keyLimitStore: state.keyLimitStore((id, revision) => verifier.noteRevision(id, revision)),
    verifier,
    dashboardPassword: () => password.value,
    planQuotas: () => findPlanQuotas(readings.names, (name) => readings.find(name)),
    teamAdmin,
    sessions: new Sessions(state.teamStore, verifier),
    adminPassword,
    catalog,
    conversations,
    kept: composeKept(config, store),
    slots,
    tracing,
    demo: options.demo ?? false,
    streamTiming: options.streamTiming,
    onFinished: composeOnFinished(options, recorder, metrics, readings),
  });
  const server = new HttpServer(app, config, log);
  const heartbeat = new Heartbeat(store, {
    id: replica,
    inFlight,
    redisLatencyMs: () => state.redis?.latencyMs ?? 0,
    drainingSince: () => readiness.drainingSince,
    degraded,
    notKept: readiness.notKept,
    guestTokens: countGuestTokens,
    pools: () => slots.limitedPools,
    upstreamsDigest: () => upstreams.digest,
    onBeat: async () => {
      if (config.dashboardEnabled) await password.share();
      await takeReset(config, adminPassword, teamAdmin);
    },
  });
  return {
    replica,
    state,
    readiness,
    openRequests,
    catalog,
    replaceUpstreams: async (entries) => {
      upstreams.replace(entries);
      catalog.replace(upstreams.source);
      refresh();
      await slots.reconfigure();
    },
    checkThreads,
    recorder,
    metrics,
    server,
    heartbeat,
    slots,
    readings,
    verifier,
    adminPassword,
    tracing,
  };
}

/** Takes up a new admin password that `npm run keys -- reset-admin` asks for by a file in DATA_DIR. */
async function takeReset(
  { redisUrls, dataDir }: Config,
  password: AdminPassword,
  teamAdmin: TeamAdmin,
): Promise<void> {
  const hash = redisUrls.length > 0 || dataDir === undefined ? undefined : await readReset(dataDir);
  if (hash === undefined || dataDir === undefined) return;
  await password.replace(hash);
  await teamAdmin.noteReset();
  await endReset(dataDir);
}

function composeVerifier({ rateLimit }: Config, { teamStore }: SharedState, open: OpenRequests): KeyVerifier {
  return new KeyVerifier({
    store: teamStore,
    limits: { requestsPerMinute: rateLimit },
    inUse: { list: () => open.listKeys(), end: (sha256) => open.endKey(sha256) },
    failuresPerMinute: FAILED_AUTHENTICATIONS,
  });
}

function composeSlots(
  config: Config,
  upstreams: Upstreams,
  { store, queueStore }: SharedState,
  replica: string,
  log: Logger,
): SlotQueue {
  const limits = {
    reserve: config.queueReserve,
    maxWaitingPerFlow: config.queueLimit,
    maxWaiting: config.queueLimitTotal,
  };
  return new SlotQueue({
    replica,
    store: queueStore,
    createFallback: () => new MemoryQueueStore(),
    settingsOf: (pool) => ({ ...limits, groups: upstreams.getGroups(pool) }),
    events: logPauses(log, store),
    readReplicas: async () => (await store.readReplicas()).map(({ id }) => id),
  });
}

function composeConversations(
  upstreams: Upstreams,
  store: SharedState['store'],
  replica: string,
  log: Logger,
) {
  const pool = new TokenPool(
    store,
    () => upstreams.mintGuestToken(),
    (error) => log.debug({ err: error }, 'no guest token minted ahead'),
  );
  const conversations = new Conversations(store, pool, replica);
  return { conversations, countGuestTokens: () => ({ ...conversations.counts, ...pool.counts }) };
}

function composeKept({ responsesTtlMs, bodyLimitBytes }: Config, store: SharedState['store']) {
  return responsesTtlMs === 0 ? undefined : new KeptResponses(store, responsesTtlMs, bodyLimitBytes);
}

function composeMetrics(
  { metricsPort }: Config,
  { redis }: SharedState,
  counts: Omit<MetricSources, 'redis'>,
): Metrics | undefined {
  return metricsPort === undefined ? undefined : new Metrics({ ...counts, redis });
}

/** The quotas of coding plans. `refresh` is called after the upstreams have changed. */
function composeReadings(upstreams: Upstreams, store: SharedState['store']) {
  const sources = new Map<string, () => Promise<string>>();
  const fill = () => {
    sources.clear();
    for (const [name, read] of upstreams.planQuotas)
      sources.set(name, async () => JSON.stringify((await read()) ?? null));
  };
  fill();
  const readings = new SharedReadings(store, sources);
  const refresh = () => {
    fill();
    readings.start();
  };
  return { readings, refresh };
}

function composeOnFinished(
  { log, onFinished }: GatewayOptions,
  recorder: StatsRecorder,
  metrics: Metrics | undefined,
  readings: SharedReadings,
) {
  const requestLog = new RequestLog(log);
  return (record: RequestRecord) => {
    requestLog.write(record);
    recorder.record(record);
    readings.noteUse();
    metrics?.record(record);
    onFinished?.(record);
  };
}

function warnOfRefusedField(log: Logger) {
  return (field: string, model: string) =>
    log.warn(
      { field, model },
      'the upstream refuses or ignores a field that the gateway sends: requests go without it, or in words',
    );
}
