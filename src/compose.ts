/** Who is built from what: the one place that builds implementations. Nothing runs yet. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { AlertDispatcher } from './alerts/dispatcher.js';
import { createApp } from './app.js';
import type { Budgets } from './budgets/budgets.js';
import { CheckThreads } from './completion/json-checks/check-threads.js';
import { composeAlerts } from './compose/alerts.js';
import { composeBudgets } from './compose/budgets.js';
import { composeMetrics, composeOnFinished } from './compose/observers.js';
import { composeReadiness, type ReadinessSwitch } from './compose/readiness.js';
import { composeCare, composeDashboardPassword, composeWatch } from './compose/replica.js';
import { composeTeam } from './compose/team.js';
import type { Terms } from './compose/terms.js';
import {
  composeConversations,
  composeReadings,
  composeSlots,
  composeUpstreams,
} from './compose/upstreams.js';
import type { Config } from './config/config.js';
import { findPlanQuotas } from './dashboard/plan-quotas.js';
import { EventTeller } from './events/event-teller.js';
import { HistoryRecorder } from './history/history-recorder.js';
import { OpenRequests } from './http/open-requests.js';
import type { StreamTiming } from './http/send-stream.js';
import { HttpServer } from './http/server.js';
import { KeptResponses } from './kept-responses/kept-responses.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics/metrics.js';
import { PriceList } from './pricing/price-list.js';
import type { SlotQueue } from './queue/slot-queue.js';
import { Heartbeat } from './replica/heartbeat.js';
import type { ReplicaWatch } from './replica/replica-watch.js';
import type { SharedReadings } from './replica/shared-readings.js';
import type { Entries } from './routing/upstreams.js';
import { StatsRecorder } from './stats/recorder.js';
import type { RequestRecord } from './stats/request-record.js';
import type { DurableState } from './store/disk/durable-state.js';
import { OwnFigures } from './store/own-figures.js';
import { openSharedState, type SharedState } from './store/shared-state.js';
import type { Store } from './store/store.js';
import type { AdminPassword } from './team/admin-password.js';
import type { KeyVerifier } from './team/key-verifier.js';
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
  /** `undefined` when no history is kept. */
  readonly history: HistoryRecorder | undefined;
  /** `undefined` when no port for metrics is configured. */
  readonly metrics: Metrics | undefined;
  readonly server: HttpServer;
  readonly heartbeat: Heartbeat;
  readonly watch: ReplicaWatch;
  readonly events: EventTeller;
  /** `undefined` when no receivers of alerts are configured. */
  readonly alerts: AlertDispatcher | undefined;
  readonly slots: SlotQueue;
  readonly budgets: Budgets;
  readonly readings: SharedReadings;
  readonly verifier: KeyVerifier;
  readonly adminPassword: AdminPassword;
  readonly terms: Terms;
  readonly tracing: Tracing;
}

/** Connects to Redis where one is configured, else opens DATA_DIR. Rejects as openSharedState does. */
export async function composeGateway(config: Config, options: GatewayOptions): Promise<Parts> {
  const { log } = options;
  const replica = `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  const state = options.state ?? (await openSharedState(config, log, options.durable));
  const { store, degraded } = state;
  const upstreams = composeUpstreams(config, log);
  const prices = new PriceList(config.prices, config.upstreams);
  const hasReceivers = config.alertReceivers !== undefined;
  const events = new EventTeller(state.eventStore, hasReceivers, () => void alerts?.look());
  const alerts = composeAlerts(config, state, events, log);
  const slots = composeSlots(config, upstreams, state, replica, log, events);
  const budgets = composeBudgets(config, state, replica, events);
  const tracing = await createTracing(config, replica, log);
  const readiness = composeReadiness(state, slots, upstreams);
  const openRequests = new OpenRequests();
  const { verifier, teamAdmin, adminPassword, sessions, terms } = composeTeam(
    config,
    state,
    openRequests,
    events,
    log,
  );
  const checkThreads = new CheckThreads();
  const catalog = new ModelCatalog(upstreams.source, config);
  const { conversations, countGuestTokens } = composeConversations(upstreams, store, replica, log);
  const recorder = new StatsRecorder(store, replica, log, config.timeZone);
  const ownFigures = new OwnFigures(degraded, config.timeZone);
  const history = state.historyStore && new HistoryRecorder(state.historyStore, replica);
  const inFlight = () => openRequests.count;
  const metrics = composeMetrics(config, state, slots, { inFlight, guestTokens: countGuestTokens });
  const password = composeDashboardPassword(config, options, store, adminPassword);
  const { readings, refresh } = composeReadings(upstreams, store, events);
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
    planSharers: () => terms.countSharers(),
    planQuotas: () => findPlanQuotas(readings.names, (name) => readings.find(name)),
    historyStore: state.historyStore,
    eventStore: state.eventStore,
    alertReceivers: config.alertReceivers?.map(({ name }) => name) ?? [],
    alerts,
    teamAdmin,
    sessions,
    adminPassword,
    ownFigures,
    catalog,
    conversations,
    prices,
    kept: composeKept(config, store),
    slots,
    budgets,
    tracing,
    demo: options.demo ?? false,
    streamTiming: options.streamTiming,
    onFinished: composeOnFinished(options, recorder, ownFigures, metrics, readings, events, history),
  });
  const server = new HttpServer(app, config, log);
  const care = composeCare({ config, options, state, teamAdmin, adminPassword, password, server });
  const heartbeat = new Heartbeat(store, {
    id: replica,
    inFlight,
    redisLatencyMs: () => state.redis?.latencyMs ?? 0,
    drainingSince: () => readiness.drainingSince,
    degraded,
    notKept: readiness.notKept,
    guestTokens: countGuestTokens,
    pools: () => slots.limitedPools,
    refusals: () => slots.refusals,
    upstreamsDigest: () => upstreams.digest,
    onBeat: care,
  });
  const watch = composeWatch(replica, state, events, alerts);
  return {
    replica,
    state,
    readiness,
    openRequests,
    catalog,
    replaceUpstreams: async (entries) => {
      upstreams.replace(entries);
      prices.replace(entries.upstreams);
      catalog.replace(upstreams.source);
      refresh();
      await slots.reconfigure(() => upstreams.tellReplaced());
    },
    checkThreads,
    recorder,
    history,
    metrics,
    server,
    heartbeat,
    watch,
    events,
    alerts,
    slots,
    budgets,
    readings,
    verifier,
    adminPassword,
    terms,
    tracing,
  };
}

function composeKept({ responsesTtlMs, bodyLimitBytes }: Config, store: Store): KeptResponses | undefined {
  return responsesTtlMs === 0 ? undefined : new KeptResponses(store, responsesTtlMs, bodyLimitBytes);
}
