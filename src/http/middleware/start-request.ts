/** Middleware: the request's id, its context and its meter, and the signal that says that the client has left. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { printableLine } from '../../printable.js';
import { openaiErrors } from '../../protocol/openai-chat/error-body.js';
import type { RequestTrace, Tracing } from '../../tracing/request-trace.js';
import { NO_TRACE } from '../../tracing/untraced.js';
import { APIUserAbortError } from '../../vocabulary/errors.js';
import { getClientAddress } from '../client-address.js';
import type { RequestLocals } from '../request-locals.js';
import { RequestMeter } from '../request-meter.js';
import { endTrace } from './trace-request.js';

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;
const API_PATH = /^\/+v1\//i;

/**
 * A client that reads nothing of what was sent for `clientStallMs` counts as gone: otherwise it would hold its upstream
 * connection for ever.
 */
export function startRequest(clientStallMs: number, tracing: Tracing) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const controller = new AbortController();
    const id = requestIdOf(req);
    const trace = startTrace(req, id, tracing);
    const locals: RequestLocals = {
      context: { id, clientAddress: getClientAddress(req), signal: controller.signal },
      meter: new RequestMeter(trace),
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
      if (trace.isRecording) endTrace(req, res);
    });
    res.setTimeout(clientStallMs, () => {
      if (res.writableLength > 0) res.destroy();
    });
    next();
  };
}

/** Pages and health checks have no trace. */
function startTrace(req: Request, requestId: string, tracing: Tracing): RequestTrace {
  const traceparent = req.get('traceparent');
  if ((traceparent === undefined && !tracing.isOn) || !API_PATH.test(req.url)) return NO_TRACE;
  const userAgent = printableLine(req.get('user-agent') ?? '');
  return tracing.startRequest({ requestId, method: req.method, userAgent, traceparent });
}

/** The client's own id if it can stand in a header and a log line. */
function requestIdOf(req: Request): string {
  const given = req.get('x-request-id');
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}
