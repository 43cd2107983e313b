/** Middleware: the headers of every response, whatever its route. */
import type { NextFunction, Request, Response } from 'express';
import type { Readiness } from '../readiness.js';
import { getLocals } from '../request-locals.js';

export function setCommonHeaders(readiness: Readiness) {
  return (req: Request, res: Response, next: NextFunction): void => {
    res.setHeader('x-request-id', getLocals(res).context.id);
    // While draining, a connection ends with its response: kept alive, it would bring new requests and delay the end.
    if (readiness.draining) res.setHeader('connection', 'close');
    closeWhenClosing(req, res, readiness);
    // Limits and statistics are this replica's own for a while.
    if (readiness.degraded() !== undefined) res.setHeader('x-gateway-mode', 'degraded');
    next();
  };
}

/**
 * For responses whose head was sent before draining began. Not during DRAIN_DELAY: a proxy that was not told to close
 * the connection may be sending its next request on it.
 */
function closeWhenClosing({ socket }: Request, res: Response, readiness: Readiness): void {
  res.once('finish', () => {
    if (readiness.closing) socket.end();
  });
}
