/** What a request's trace is told by the middleware. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Tracing } from '../../tracing/request-trace.js';
import type { ApiError } from '../../vocabulary/errors.js';
import { getLocals } from '../request-locals.js';

/** Makes the checks of who asks, and how often, a stage of the trace. */
export function traceAccess(checks: readonly RequestHandler[], { isOn }: Tracing): readonly RequestHandler[] {
  return isOn ? [startAccess, ...checks, endAccess] : checks;
}

function startAccess(_req: Request, res: Response, next: NextFunction): void {
  getLocals(res).meter.trace.startStage('access');
  next();
}

/** Without this, after a refusal, the stage ends with the request. */
function endAccess(_req: Request, res: Response, next: NextFunction): void {
  getLocals(res).meter.trace.endStage();
  next();
}

/** To be called once the response is over. */
export function endTrace(req: Request, res: Response): void {
  const { context, meter } = getLocals(res);
  const error = meter.error ?? (context.signal.reason as ApiError | undefined);
  const { model, servedModel, streamed } = meter.read();
  meter.trace.end({
    route: req.route?.path,
    status: res.headersSent ? res.statusCode : undefined,
    outcome: error?.outcome ?? 'ok',
    code: error?.code ?? undefined,
    keyName: context.caller?.keyName,
    model,
    servedModel,
    isStreamed: streamed,
  });
}
