/** Middleware: warns once when a proxy forwards requests but TRUST_PROXY is 0. */
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../../logger.js';

/** Without TRUST_PROXY all callers behind a proxy share one address, for limits and conversations alike. */
export function warnOfProxy(log: Logger) {
  let isWarned = false;
  return (req: Request, _res: Response, next: NextFunction): void => {
    if (!isWarned && req.headers['x-forwarded-for'] !== undefined) {
      isWarned = true;
      log.warn(
        'X-Forwarded-For was seen, but TRUST_PROXY is 0: behind a proxy all callers look like one address',
      );
    }
    next();
  };
}
