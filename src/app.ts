/** Middleware and routes, in the order in which a request meets them. */
import { fileURLToPath } from 'node:url';
import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Config } from './config.js';
import { type ChatDeps, chatCompletions } from './http/chat-completions.js';
import { closeWhenDraining, healthz, type Readiness, readyz } from './http/health.js';
import { homePage } from './http/home.js';
import { authenticate } from './http/middleware/authenticate.js';
import { allowOnly, handleErrors, notFound } from './http/middleware/handle-errors.js';
import { readJson } from './http/middleware/read-json.js';
import { recordRequest } from './http/middleware/record-request.js';
import { getModel, listModels } from './http/models.js';
import { STREAM_TIMING } from './http/send-stream.js';
import { startTrace } from './http/trace.js';
import type { RequestRecord } from './stats/request-record.js';

export interface AppDeps extends Omit<ChatDeps, 'config' | 'thinkingOutput'> {
  readonly config: Config;
  readonly readiness: Readiness;
  readonly demo: boolean;
  readonly onFinished: (record: RequestRecord) => void;
}

const VIEWS = fileURLToPath(new URL('../views', import.meta.url));
const EXPOSED_HEADERS = [
  'x-request-id',
  'retry-after',
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
  app.use(closeWhenDraining(deps.readiness));
  app.use('/v1', crossOrigin(config));

  app
    .route('/v1/chat/completions')
    .post(
      recordRequest(deps.onFinished),
      authenticate(config),
      readJson(config.bodyLimitBytes),
      chatCompletions({ ...deps, thinkingOutput: config.thinkingOutput }),
    )
    .all(allowOnly('POST'));
  app.route('/v1/models').get(listModels(catalog)).all(allowOnly('GET', 'HEAD'));
  app.route('/v1/models/*id').get(getModel(catalog)).all(allowOnly('GET', 'HEAD'));
  app.route('/healthz').get(healthz).all(allowOnly('GET', 'HEAD'));
  app.route('/readyz').get(readyz(deps.readiness)).all(allowOnly('GET', 'HEAD'));
  app.route('/').get(pagePolicy(), homePage(deps)).all(allowOnly('GET', 'HEAD'));
  app.use(notFound);
  app.use(handleErrors(deps.log));
  return app;
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
