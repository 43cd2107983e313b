/** Answers all errors, in the format and with the status of the client protocol. Reveals no internals. */
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../../logger.js';
import { findClientField } from '../../protocol/client-field.js';
import type { Router } from '../../routing/route.js';
import { ApiError, BadRequestError, InternalServerError } from '../../vocabulary/errors.js';
import { hideToken } from '../hide-token.js';
import type { RequestContext } from '../request-context.js';
import { getLocals } from '../request-locals.js';

type Credentials = Pick<Router, 'tokens'>;

export function handleErrors(credentials: Credentials, log: Logger) {
  // Express recognizes error handlers by their four parameters.
  return (thrown: unknown, req: Request, res: Response, _next: NextFunction): void => {
    const { context, meter, errorFormat } = getLocals(res);
    const error = toApiError(thrown, context, credentials, req.body);
    meter.fail(error);
    logUnexpected(error, context.id, log);
    if (res.headersSent || res.destroyed) {
      res.destroy();
      return;
    }
    res.set({ 'server-timing': meter.serverTiming(), ...meter.queueHeaders() });
    if (error.retryAfterSeconds !== undefined) res.setHeader('retry-after', error.retryAfterSeconds);
    if (error.shouldRetry !== undefined) res.setHeader('x-should-retry', String(error.shouldRetry));
    res.status(errorFormat.status(error)).json(errorFormat.body(error, context.id));
  };
}

/**
 * Any thrown thing as an ApiError whose message does not hold the gateway's own credentials, and which names the field at
 * fault as the client wrote it in `body`.
 */
export function toApiError(
  thrown: unknown,
  context: Pick<RequestContext, 'signal'>,
  { tokens }: Credentials,
  body: unknown,
): ApiError {
  const error = asApiError(thrown, context);
  if (error.upstreamParam !== undefined) error.param = findClientField(error.upstreamParam, body);
  for (const token of tokens) error.message = hideToken(error.message, token);
  return error;
}

/** Once a request was aborted, the reason of the abort is the error, whatever was thrown after it. */
function asApiError(thrown: unknown, { signal }: Pick<RequestContext, 'signal'>): ApiError {
  if (signal.aborted) return signal.reason as ApiError;
  if (thrown instanceof ApiError) return thrown;
  // Thrown by Express for a path that cannot be decoded.
  if (thrown instanceof URIError)
    return new BadRequestError('The path is not valid.', { code: 'invalid_url' });
  return new InternalServerError(undefined, { cause: thrown });
}

/** Logs internal errors with their cause. Errors of clients and upstreams are in the request's log line. */
export function logUnexpected(error: ApiError, requestId: string, log: Logger): void {
  if (error instanceof InternalServerError)
    log.error({ requestId, err: error.cause ?? error }, 'unexpected error');
}

/** Answers a route's other methods with a 405. */
export function allowOnly(...methods: string[]) {
  return (req: Request, res: Response): never => {
    res.setHeader('allow', methods.join(', '));
    throw new ApiError(
      'method_not_allowed',
      `${req.path.slice(0, 200)} takes ${methods.join(' or ')}, not ${req.method}.`,
    );
  };
}
