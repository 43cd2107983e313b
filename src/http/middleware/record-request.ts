/** Hands the record of every request to a completion endpoint on, once its response is over, however it ended. */
import type { NextFunction, Request, Response } from 'express';
import type { RequestRecord } from '../../stats/request-record.js';
import type { OpenRequests } from '../open-requests.js';
import { traceOf } from '../trace.js';

export function recordRequest(open: OpenRequests, onFinished: (record: RequestRecord) => void) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const trace = traceOf(res);
    open.add(trace);
    // `close` comes last, after a finished response as well as after a lost client.
    res.once('close', () => {
      open.delete(trace);
      onFinished(trace.record(req, res));
    });
    next();
  };
}
