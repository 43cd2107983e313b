/** The gateway's Express app, with doubles for the dependencies that a test does not pass. */
import { expect } from 'chai';
import type { Express } from 'express';
import { MemoryStore as LimitMemory } from 'express-rate-limit';
import { type AppDeps, createApp } from '../../src/app.js';
import { Budgets } from '../../src/budgets/budgets.js';
import { CheckThreads } from '../../src/completion/json-checks/check-threads.js';
import { loadConfig } from '../../src/config/config.js';
import type { Environment } from '../../src/config/environment.js';
import { Conversations } from '../../src/conversations/conversations.js';
import { TokenPool } from '../../src/conversations/token-pool.js';
import { OpenRequests } from '../../src/http/open-requests.js';
import { createLogger } from '../../src/logger.js';
import { PriceList } from '../../src/pricing/price-list.js';
import { MemoryBudgetStore } from '../../src/store/memory-budgets.js';
import { MemoryEvents } from '../../src/store/memory-events.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { MemoryTeamStore } from '../../src/store/memory-team.js';
import { Sessions } from '../../src/team/sessions.js';
import { TeamAdmin } from '../../src/team/team-admin.js';
import { UNTRACED } from '../../src/tracing/untraced.js';
import { ModelCatalog } from '../../src/upstream/model-catalog.js';
import type { Upstream } from '../../src/upstream/upstream.js';
import { routesTo, unlimitedSlots } from './slots.js';

const noTeam: AppDeps['verifier'] = {
  presence: 'none',
  verify: async () => ({ verdict: 'unknown' }),
  confirm: (known) => ({ verdict: 'valid', known }),
};

export function composedApp({ env = {}, ...deps }: Partial<AppDeps> & { env?: Environment } = {}): Express {
  const config = loadConfig({ LOG_LEVEL: 'silent', DEBUG_MODE: 'false', ...env });
  const model = { name: 'x', id: 'x', created: 0, ownedBy: 'x' };
  const upstream: Upstream = {
    unlistedModels: 'none',
    models: async () => [model],
    stream: () => expect.fail('nobody asked for this'),
    check: () => expect.fail('nobody asked for this'),
  };
  const store = new MemoryStore();
  const pool = new TokenPool(
    store,
    async () => 'token',
    () => undefined,
  );
  const all: AppDeps = {
    config,
    router: routesTo(upstream),
    catalog: new ModelCatalog(upstream, config),
    conversations: new Conversations(store, pool),
    log: createLogger(config),
    readiness: {
      draining: false,
      closing: false,
      degraded: () => undefined,
      notKept: () => undefined,
      isWithoutSlots: () => false,
      isWithoutCredential: () => false,
    },
    demo: false,
    streamTiming: undefined,
    checkThreads: new CheckThreads(),
    openRequests: new OpenRequests(),
    store,
    prices: new PriceList(config.prices, config.upstreams),
    tracing: UNTRACED,
    slots: unlimitedSlots(),
    budgets: new Budgets({
      replica: 'test',
      store: new MemoryBudgetStore(),
      zone: 'UTC',
      replicas: () => 1,
    }),
    limitStore: () => new LimitMemory(),
    keyLimitStore: new LimitMemory(),
    verifier: noTeam,
    dashboardPassword: () => 'password',
    planQuotas: async () => new Map(),
    planSharers: async () => 0,
    eventStore: new MemoryEvents(),
    historyStore: undefined,
    alertReceivers: [],
    alerts: undefined,
    sessions: new Sessions({
      store: new MemoryTeamStore(),
      verifier: { verifySecret: async () => ({ verdict: 'unknown' }) },
      listConfigured: () => [],
      failuresPerMinute: 20,
    }),
    ownFigures: { read: async () => undefined },
    teamAdmin: new TeamAdmin(new MemoryTeamStore(), new Set()),
    adminPassword: { isRight: async (given) => given === 'admin' },
    onFinished: () => undefined,
    ...deps,
  };
  return createApp(all);
}
