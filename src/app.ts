/** Middleware and routes, in the order in which a request meets them. */
import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import type { Config } from './config/config.js';
import { type MyPageDeps, myPage } from './dashboard/my-page.js';
import { addDashboard, type DashboardDeps } from './dashboard/routes.js';
import { createFinder, type FindCaller, type Verifier } from './http/find-caller.js';
import { authenticate, confirmKey } from './http/middleware/authenticate.js';
import { setCommonHeaders } from './http/middleware/common-headers.js';
import { restrictOrigins } from './http/middleware/cross-origin.js';
import { useAnthropicErrors, useAnthropicErrorsIfAsked } from './http/middleware/error-format.js';
import { allowOnly, handleErrors } from './http/middleware/handle-errors.js';
import { handleInTurn } from './http/middleware/in-turn.js';
import { createRateLimits, type LimitStoreFactory, type RateLimits } from './http/middleware/limit-rate.js';
import { collapseSlashes, notFound } from './http/middleware/not-found.js';
import { readJson } from './http/middleware/read-json.js';
import { recordRequest } from './http/middleware/record-request.js';
import { rejectStateful } from './http/middleware/reject-stateful.js';
import { startRequest } from './http/middleware/start-request.js';
import { traceAccess } from './http/middleware/trace-request.js';
import { warnOfProxy } from './http/middleware/warn-of-proxy.js';
import type { OpenRequests } from './http/open-requests.js';
import type { Readiness } from './http/readiness.js';
import { type AdminDeps, acceptedKeys, addAdmin, takeInvite } from './http/routes/admin/routes.js';
import { type CompletionsDeps, completions } from './http/routes/completions.js';
import { countMessageTokens, countResponseTokens } from './http/routes/count-tokens.js';
import { healthz, readyz } from './http/routes/health.js';
import { deleteResponse, getResponse, listInputItems } from './http/routes/kept-responses.js';
import { addMe } from './http/routes/me.js';
import { getModel, listModels } from './http/routes/models.js';
import { addOrganization } from './http/routes/organization.js';
import { getOwnKey } from './http/routes/own-key.js';
import { passThrough } from './http/routes/pass-through.js';
import { STREAM_TIMING } from './http/send-stream.js';
import type { BudgetReader } from './http/show-limits.js';
import { joinPage } from './pages/join.js';
import { pagePolicy } from './pages/policy.js';
import { addNotFoundPage, addPages } from './pages/routes.js';
import { anthropicMessages } from './protocol/anthropic-messages/protocol.js';
import { openaiChat } from './protocol/openai-chat/protocol.js';
import { openaiCompletions } from './protocol/openai-completions/protocol.js';
import { openaiResponses } from './protocol/openai-responses/protocol.js';
import { PASS_THROUGH_ENDPOINTS } from './protocol/pass-through.js';
import type { RequestRecord } from './stats/request-record.js';
import type { Store } from './store/store.js';
import type { Tracing } from './tracing/request-trace.js';

export interface AppDeps extends Omit<CompletionsDeps, 'config'> {
  readonly slots: CompletionsDeps['slots'] & DashboardDeps['slots'] & MyPageDeps['slots'];
  readonly config: Config;
  readonly readiness: Readiness;
  readonly demo: boolean;
  readonly onFinished: (record: RequestRecord) => void;
  readonly openRequests: OpenRequests;
  readonly limitStore: LimitStoreFactory;
  /** Counts requests of managed keys, by id. */
  readonly keyLimitStore: ReturnType<LimitStoreFactory>;
  readonly verifier: Verifier;
  readonly budgets: CompletionsDeps['budgets'] & BudgetReader;
  readonly store: Store;
  readonly tracing: Tracing;
  readonly dashboardPassword: () => string;
  readonly planQuotas: DashboardDeps['planQuotas'];
  readonly planSharers: DashboardDeps['planSharers'];
  readonly eventStore: DashboardDeps['eventStore'];
  readonly historyStore: DashboardDeps['historyStore'];
  readonly alertReceivers: DashboardDeps['alertReceivers'];
  readonly alerts: AdminDeps['alerts'];
  readonly teamAdmin: AdminDeps['teamAdmin'];
  readonly sessions: AdminDeps['sessions'];
  readonly adminPassword: AdminDeps['adminPassword'];
  readonly ownFigures: DashboardDeps['ownFigures'];
}

/** Numbers in lists that a body may hold besides its other values: embeddings take token ids. */
const MAX_TOKEN_IDS = 300_000;
const VIEWS = fileURLToPath(new URL('../views', import.meta.url));

export function createApp(deps: AppDeps): Express {
  const { config, log } = deps;
  const limits = createRateLimits(config, deps.limitStore, deps.keyLimitStore, log);
  const findCaller = createFinder(config, deps.verifier, deps.sessions);
  const app = newApp(config);
  app.use(handleInTurn());
  app.use(startRequest((deps.streamTiming ?? STREAM_TIMING).clientStallMs, deps.tracing));
  app.use(setCommonHeaders(deps.readiness));
  app.use(collapseSlashes);
  if (config.trustProxy === 0) app.use(warnOfProxy(log));
  addOrganization(app, deps);
  app.use(['/v1', '/openapi.json'], ...restrictOrigins(config, log));
  app.use('/v1/messages', useAnthropicErrors);
  app.use('/v1/models', useAnthropicErrorsIfAsked);
  app.use('/v1/responses', rejectStateful);
  addCompletions(app, deps, limits, findCaller);
  addModels(app, deps, findCaller);
  addHealth(app, deps);
  addAdmin(app, deps);
  addMe(app, deps, limits.forFailedAuthentication);
  app.route('/me').get(pagePolicy(), myPage(deps)).all(allowOnly('GET', 'HEAD'));
  app
    .route('/join')
    .get(pagePolicy(), joinPage(deps))
    .post(takeInvite(deps))
    .all(allowOnly('GET', 'HEAD', 'POST'));
  const live = { ...deps, config: withAcceptedKey(deps) };
  addPages(app, live);
  if (config.dashboardEnabled) addDashboard(app, { ...live, publicUse: limits.publicUse });
  addNotFoundPage(app);
  app.use(useAnthropicErrorsIfAsked, notFound);
  app.use(handleErrors(deps.router, log));
  return app;
}

/** The configuration with the public key that is accepted now: the well-known one ends while the gateway runs. */
function withAcceptedKey(deps: AppDeps): Config {
  return Object.defineProperty({ ...deps.config }, 'publicKey', { get: () => acceptedKeys(deps).publicKey });
}

function newApp({ trustProxy, publicUrl }: Config): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', typeof trustProxy === 'number' ? trustProxy : [...trustProxy]);
  app.set('public url', publicUrl);
  app.set('views', VIEWS);
  app.set('view engine', 'ejs');
  return app;
}

/** What needs a key. Statistics count completions only; limits count every request. */
function addCompletions(app: Express, deps: AppDeps, limits: RateLimits, findCaller: FindCaller): void {
  const { config } = deps;
  const access = [
    authenticate(findCaller, limits.forFailedAuthentication),
    ...limits.forCaller,
    confirmKey(deps.verifier),
  ];
  const authorize = traceAccess(access, deps.tracing);
  const identify = [...authorize, readJson(config.bodyLimitBytes)];
  const identifyVectors = [...authorize, readJson(config.bodyLimitBytes, MAX_TOKEN_IDS)];
  const record = recordRequest(deps.openRequests, deps.onFinished);
  const addRoute = (path: string, ...handlers: RequestHandler[]) =>
    app.route(path).post(handlers).all(allowOnly('POST'));
  addRoute('/v1/chat/completions', record, ...identify, completions(openaiChat, deps));
  addRoute('/v1/completions', record, ...identify, completions(openaiCompletions, deps));
  addRoute('/v1/messages', record, ...identify, completions(anthropicMessages, deps));
  addRoute('/v1/messages/count_tokens', ...identify, countMessageTokens(deps));
  addRoute('/v1/responses', record, ...identify, completions(openaiResponses, deps));
  for (const endpoint of PASS_THROUGH_ENDPOINTS) {
    addRoute(endpoint.path, record, ...identifyVectors, passThrough(endpoint, deps));
  }
  addRoute('/v1/responses/input_tokens', ...identify, countResponseTokens(deps));
  app
    .route('/v1/key')
    .get(...authorize, getOwnKey(config, deps.budgets))
    .all(allowOnly('GET', 'HEAD'));
  app
    .route('/v1/responses/:id')
    .get(...identify, getResponse(deps.kept))
    .delete(...identify, deleteResponse(deps.kept))
    .all(allowOnly('GET', 'HEAD', 'DELETE'));
  app
    .route('/v1/responses/:id/input_items')
    .get(...identify, listInputItems(deps.kept))
    .all(allowOnly('GET', 'HEAD'));
}

function addModels(app: Express, { catalog, config, router }: AppDeps, findCaller: FindCaller): void {
  app
    .route('/v1/models')
    .get(listModels(catalog, config, findCaller, router))
    .all(allowOnly('GET', 'HEAD'));
  app
    .route('/v1/models/*id')
    .get(getModel(catalog, config, findCaller, router))
    .all(allowOnly('GET', 'HEAD'));
}

function addHealth(app: Express, { readiness }: AppDeps): void {
  for (const path of ['/healthz', '/health']) app.route(path).get(healthz).all(allowOnly('GET', 'HEAD'));
  app.route('/readyz').get(readyz(readiness)).all(allowOnly('GET', 'HEAD'));
}
