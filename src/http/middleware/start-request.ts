/** Middleware: the request's id, its context and its meter, and the signal that says that the client has left. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { openaiErrors } from '../../protocol/openai-chat/error-body.js';
import { APIUserAbortError } from '../../vocabulary/errors.js';
import { getClientAddress } from '../client-address.js';
import type { RequestLocals } from '../request-locals.js';
import { RequestMeter } from '../request-meter.js';

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/**
 * A client that reads nothing of what was sent for `clientStallMs` counts as gone: otherwise it would hold its upstream
 * connection for ever.
 */
export function startRequest(clientStallMs: number) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const controller = new AbortController();
    const locals: RequestLocals = {
      context: { id: requestIdOf(req), clientAddress: getClientAddress(req), signal: controller.signal },
      meter: new RequestMeter(),
      errorFormat: openaiErrors,
      controller,
    };
    Object.assign(res.locals, locals);
    // Node emits `finish` (and sets `writableFinished`) as well when the socket is lost with bytes unsent.
    let isSent = false;
    res.once('finish', () => {
      isSent = !req.socket.destroyed;
    });
    res.once('close', () => {
      if (!isSent) controller.abort(new APIUserAbortError());
    });
    res.setTimeout(clientStallMs, () => {
      if (res.writableLength > 0) res.destroy();
    });
    next();
  };
}

/** The client's own id if it can stand in a header and a log line. */
function requestIdOf(req: Request): string {
  const given = req.get('x-request-id');
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}
