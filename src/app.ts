/** Middleware and routes, in the order in which a request meets them. */
import { fileURLToPath } from 'node:url';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Config } from './config/config.js';
import { addDashboard } from './dashboard/routes.js';
import { authenticate } from './http/middleware/authenticate.js';
import { crossOrigin } from './http/middleware/cross-origin.js';
import { allowOnly, handleErrors } from './http/middleware/handle-errors.js';
import { inTurn } from './http/middleware/in-turn.js';
import { createRateLimits, type LimitStoreFactory } from './http/middleware/limit-rate.js';
import { collapseSlashes, notFound } from './http/middleware/not-found.js';
import { readJson } from './http/middleware/read-json.js';
import { recordRequest } from './http/middleware/record-request.js';
import { rejectStateful } from './http/middleware/reject-stateful.js';
import { speakAnthropic, speakAnthropicIfAsked } from './http/middleware/speak-anthropic.js';
import type { OpenRequests } from './http/open-requests.js';
import { type CompletionsDeps, completions } from './http/routes/completions.js';
import { countMessageTokens, countResponseTokens } from './http/routes/count-tokens.js';
import { closeWhenDraining, healthz, type Readiness, readyz, tellDegraded } from './http/routes/health.js';
import { getModel, listModels } from './http/routes/models.js';
import { STREAM_TIMING } from './http/send-stream.js';
import { startTrace } from './http/trace.js';
import type { Logger } from './logger.js';
import { addNotFoundPage, addPages } from './pages/routes.js';
import { anthropicMessages } from './protocol/anthropic-messages/protocol.js';
import { openaiChat } from './protocol/openai-chat/protocol.js';
import { openaiCompletions } from './protocol/openai-completions/protocol.js';
import { openaiResponses } from './protocol/openai-responses/protocol.js';
import type { RequestRecord } from './stats/request-record.js';
import type { Store } from './store/store.js';

export interface AppDeps extends Omit<CompletionsDeps, 'config'> {
  readonly config: Config;
  readonly readiness: Readiness;
  readonly demo: boolean;
  readonly onFinished: (record: RequestRecord) => void;
  readonly openRequests: OpenRequests;
  readonly limitStore: LimitStoreFactory;
  readonly store: Store;
  readonly dashboardPassword: () => string;
}

const VIEWS = fileURLToPath(new URL('../views', import.meta.url));

export function createApp(deps: AppDeps): Express {
  const { config, catalog } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', typeof config.trustProxy === 'number' ? config.trustProxy : [...config.trustProxy]);
  app.set('public url', config.publicUrl);
  app.set('views', VIEWS);
  app.set('view engine', 'ejs');

  app.use(inTurn());
  app.use(startTrace((deps.streamTiming ?? STREAM_TIMING).clientStallMs));
  app.use(collapseSlashes);
  app.use(closeWhenDraining(deps.readiness), tellDegraded(deps.readiness));
  if (config.trustProxy === 0) app.use(warnOfProxy(deps.log));
  app.use(['/v1', '/openapi.json'], ...crossOrigin(config, deps.log));

  const limits = createRateLimits(config, deps.limitStore, deps.log);
  app.use('/v1/messages', speakAnthropic);
  app.use('/v1/models', speakAnthropicIfAsked);
  const identified = [
    authenticate(config, limits.forFailedAuthentication),
    ...limits.forCaller,
    readJson(config.bodyLimitBytes),
  ];
  const asked = [recordRequest(deps.openRequests, deps.onFinished), ...identified];
  const completionRoute = (path: string, handler: RequestHandler) =>
    app
      .route(path)
      .post(...asked, handler)
      .all(allowOnly('POST'));
  completionRoute('/v1/chat/completions', completions(openaiChat, deps));
  completionRoute('/v1/messages', completions(anthropicMessages, deps));
  // No completion: limited, but none of the requests that the statistics tell of.
  const countRoute = (path: string, handler: RequestHandler) =>
    app
      .route(path)
      .post(...identified, handler)
      .all(allowOnly('POST'));
  countRoute('/v1/messages/count_tokens', countMessageTokens(deps));
  completionRoute('/v1/completions', completions(openaiCompletions, deps));
  app.use('/v1/responses', rejectStateful);
  completionRoute('/v1/responses', completions(openaiResponses, deps));
  countRoute('/v1/responses/input_tokens', countResponseTokens(deps));
  app.route('/v1/models').get(listModels(catalog, config)).all(allowOnly('GET', 'HEAD'));
  app.route('/v1/models/*id').get(getModel(catalog, config)).all(allowOnly('GET', 'HEAD'));
  for (const path of ['/healthz', '/health']) app.route(path).get(healthz).all(allowOnly('GET', 'HEAD'));
  app.route('/readyz').get(readyz(deps.readiness)).all(allowOnly('GET', 'HEAD'));
  addPages(app, deps);
  if (config.dashboardEnabled) addDashboard(app, { ...deps, publicUse: limits.publicUse });
  addNotFoundPage(app);
  app.use(speakAnthropicIfAsked, notFound);
  app.use(handleErrors(config, deps.log));
  return app;
}

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
