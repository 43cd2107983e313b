/** Middleware and routes, in the order in which a request meets them. */
import { fileURLToPath } from 'node:url';
import cors from 'cors';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Config } from './config.js';
import { dashboardAccess } from './dashboard/access.js';
import { dashboardRequests, dashboardStats } from './dashboard/routes.js';
import { type ChatDeps, chatCompletions } from './http/chat-completions.js';
import { closeWhenDraining, healthz, type Readiness, readyz, tellDegraded } from './http/health.js';
import { homePage } from './http/home.js';
import { authenticate } from './http/middleware/authenticate.js';
import { allowOnly, handleErrors, notFound } from './http/middleware/handle-errors.js';
import {
  addressKey,
  createRateLimits,
  type Limit,
  type LimitStoreFactory,
  limiter,
} from './http/middleware/limit-rate.js';
import { readJson } from './http/middleware/read-json.js';
import { recordRequest } from './http/middleware/record-request.js';
import { getModel, listModels } from './http/models.js';
import type { OpenRequests } from './http/open-requests.js';
import { STREAM_TIMING } from './http/send-stream.js';
import { startTrace } from './http/trace.js';
import type { Logger } from './logger.js';
import type { RequestRecord } from './stats/request-record.js';
import type { Store } from './store/store.js';

export interface AppDeps extends Omit<ChatDeps, 'config' | 'thinkingOutput'> {
  readonly config: Config;
  readonly readiness: Readiness;
  readonly demo: boolean;
  readonly onFinished: (record: RequestRecord) => void;
  readonly openRequests: OpenRequests;
  readonly limitStore: LimitStoreFactory;
  readonly store: Store;
  readonly dashboardPassword: () => string;
}

/** Per address and minute. */
const WRONG_PASSWORDS = 20;
const VIEWS = fileURLToPath(new URL('../views', import.meta.url));
const EXPOSED_HEADERS = [
  'x-request-id',
  'retry-after',
  'x-gateway-mode',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
];

export function createApp(deps: AppDeps): Express {
  const { config, catalog } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', typeof config.trustProxy === 'number' ? config.trustProxy : [...config.trustProxy]);
  app.set('views', VIEWS);
  app.set('view engine', 'ejs');

  app.use(startTrace((deps.streamTiming ?? STREAM_TIMING).clientStallMs));
  app.use(closeWhenDraining(deps.readiness), tellDegraded(deps.readiness));
  if (config.trustProxy === 0) app.use(warnOfProxy(deps.log));
  app.use('/v1', crossOrigin(config));

  const limits = createRateLimits(config, deps.limitStore, deps.log);
  app
    .route('/v1/chat/completions')
    .post(
      recordRequest(deps.openRequests, deps.onFinished),
      authenticate(config, limits.forFailedAuthentication),
      ...limits.forCaller,
      readJson(config.bodyLimitBytes),
      chatCompletions({ ...deps, thinkingOutput: config.thinkingOutput }),
    )
    .all(allowOnly('POST'));
  app.route('/v1/models').get(listModels(catalog)).all(allowOnly('GET', 'HEAD'));
  app.route('/v1/models/*id').get(getModel(catalog)).all(allowOnly('GET', 'HEAD'));
  app.route('/healthz').get(healthz).all(allowOnly('GET', 'HEAD'));
  app.route('/readyz').get(readyz(deps.readiness)).all(allowOnly('GET', 'HEAD'));
  app.route('/').get(pagePolicy(), homePage(deps)).all(allowOnly('GET', 'HEAD'));
  if (config.dashboardEnabled) addDashboard(app, deps);
  app.use(notFound);
  app.use(handleErrors(deps.log));
  return app;
}

/** The team's figures; never for other origins, never kept by a cache. */
function addDashboard(app: Express, { config, store, limitStore, dashboardPassword, log }: AppDeps): void {
  const access = dashboardAccess({
    password: dashboardPassword,
    trustLoopback: config.dashboardPassword === undefined,
    throttle: limiter('dashboard-password', limitStore, wrongPasswords, log),
  });
  app.use('/dashboard', pagePolicy());
  app.route('/dashboard/stats').get(access, dashboardStats(store)).all(allowOnly('GET', 'HEAD'));
  app.route('/dashboard/requests').get(access, dashboardRequests(store)).all(allowOnly('GET', 'HEAD'));
}

const wrongPasswords: Limit = {
  limit: () => WRONG_PASSWORDS,
  key: addressKey,
  message: () => 'Too many wrong passwords from this address; try again in a minute.',
};

/** Without TRUST_PROXY all callers behind a proxy are one address, for limits and conversations alike. */
function warnOfProxy(log: Logger) {
  let warned = false;
  return (req: Request, _res: Response, next: NextFunction): void => {
    if (!warned && req.headers['x-forwarded-for'] !== undefined) {
      warned = true;
      log.warn(
        'X-Forwarded-For was seen, but TRUST_PROXY is 0: behind a proxy all callers look like one address',
      );
    }
    next();
  };
}

/** Browsers may call the API from the allowed origins, with any header, never with cookies. */
function crossOrigin({ corsOrigins }: Pick<Config, 'corsOrigins'>) {
  return cors({
    origin: corsOrigins === '*' ? '*' : [...corsOrigins],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  });
}

/** Pages: nothing inline, nothing from elsewhere, no frames. What needs HTTPS is left out: plain HTTP must work too. */
function pagePolicy() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}
