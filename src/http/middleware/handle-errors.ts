/** The one place that answers errors: OpenAI's shape, the right status, nothing of the inside. */
import type { NextFunction, Request, Response } from 'express';
import type { Config } from '../../config/config.js';
import type { Logger } from '../../logger.js';
import { ApiError, BadRequestError, InternalServerError } from '../../vocabulary/errors.js';
import { hideToken } from '../hide-token.js';
import { type Trace, traceOf } from '../trace.js';

export function handleErrors({ zaiToken }: Pick<Config, 'zaiToken'>, log: Logger) {
  // Express tells error handlers by their four parameters.
  return (thrown: unknown, _req: Request, res: Response, _next: NextFunction): void => {
    const trace = traceOf(res);
    const error = toApiError(thrown, trace, zaiToken);
    trace.error = error;
    logUnexpected(error, trace.requestId, log);
    if (res.headersSent || res.destroyed) {
      res.destroy();
      return;
    }
    res.setHeader('server-timing', trace.serverTiming());
    if (error.retryAfterSeconds !== undefined) res.setHeader('retry-after', error.retryAfterSeconds);
    if (error.shouldRetry !== undefined) res.setHeader('x-should-retry', String(error.shouldRetry));
    res.status(trace.errorStatus(error)).json(trace.errorBody(error, trace.requestId));
  };
}

/** Any thrown thing as an ApiError whose message does not hold `token`, the gateway's own credential. */
export function toApiError(
  thrown: unknown,
  trace: Pick<Trace, 'endedBy'>,
  token: string | undefined,
): ApiError {
  const error = asApiError(thrown, trace);
  error.message = hideToken(error.message, token);
  return error;
}

/** Once a request was ended, whatever failed after that failed because of it. */
function asApiError(thrown: unknown, { endedBy }: Pick<Trace, 'endedBy'>): ApiError {
  if (endedBy) return endedBy;
  if (thrown instanceof ApiError) return thrown;
  // Express itself refuses a path that does not decode.
  if (thrown instanceof URIError)
    return new BadRequestError('The path is not valid.', { code: 'invalid_url' });
  return new InternalServerError(undefined, { cause: thrown });
}

/** What nobody foresaw, with its cause; what clients, upstreams or a restart did is in the request's line. */
export function logUnexpected(error: ApiError, requestId: string, log: Logger): void {
  if (error instanceof InternalServerError)
    log.error({ requestId, err: error.cause ?? error }, 'unexpected error');
}

/** For a route's other methods. */
export function allowOnly(...methods: string[]) {
  return (req: Request, res: Response): never => {
    res.setHeader('allow', methods.join(', '));
    throw new ApiError(405, `${req.path.slice(0, 200)} takes ${methods.join(' or ')}, not ${req.method}.`, {
      code: 'method_not_allowed',
    });
  };
}
