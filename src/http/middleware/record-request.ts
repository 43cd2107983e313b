/** Hands the record of every request to a completion endpoint on, once its response is over, however it ended. */
import type { NextFunction, Request, Response } from 'express';
import type { RequestRecord } from '../../stats/request-record.js';
import { traceOf } from '../trace.js';

export interface Load {
  inFlight: number;
}

/** `load` counts the open ones. */
export function recordRequest(load: Load, onFinished: (record: RequestRecord) => void) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const trace = traceOf(res);
    // `close` comes last, after a finished response as well as after a lost client.
    load.inFlight += 1;
    res.once('close', () => {
      load.inFlight -= 1;
      onFinished(trace.record(req, res));
    });
    next();
  };
}
