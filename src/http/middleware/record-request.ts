/** Middleware: reports the record of each completion request once its response is over, however it ended. */
import type { NextFunction, Request, Response } from 'express';
import { printableLine } from '../../printable.js';
import type { RequestRecord } from '../../stats/request-record.js';
import type { ApiError } from '../../vocabulary/errors.js';
import type { OpenRequests } from '../open-requests.js';
import { getLocals } from '../request-locals.js';

export function recordRequest(open: OpenRequests, onFinished: (record: RequestRecord) => void) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const locals = getLocals(res);
    open.add(locals);
    // `close` comes last, after a finished response as well as after a lost client.
    res.once('close', () => {
      open.delete(locals);
      onFinished(toRecord(req, res));
    });
    next();
  };
}

function toRecord(req: Request, res: Response): RequestRecord {
  const { context, meter, errorFormat } = getLocals(res);
  const error = meter.error ?? (context.signal.reason as ApiError | undefined);
  return {
    requestId: context.id,
    traceId: meter.trace.traceId,
    finishedAt: Date.now(),
    method: req.method,
    path: routeOf(req),
    keyName: context.caller?.keyName,
    keyId: context.caller?.keyId,
    member: context.caller?.managed?.member.id,
    ...meter.read(),
    status: error ? errorFormat.status(error) : res.statusCode,
    outcome: error?.outcome ?? 'ok',
    code: error?.code ?? undefined,
    // The upstream's name of a field is its own text, which may quote the request.
    param: (error?.upstreamParam === undefined ? error?.param : undefined) ?? undefined,
    clientAddress: context.clientAddress,
    userAgent: printableLine(req.get('user-agent') ?? ''),
  };
}

/** The route's own path: a caller may write it in another case, or with a slash at its end. */
function routeOf(req: Request): string {
  return printableLine(String(req.route?.path ?? req.path));
}
