/** Middleware: identifies the caller by the key in `Authorization: Bearer` or `x-api-key`. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Verification } from '../../team/key-verifier.js';
import { ApiError } from '../../vocabulary/errors.js';
import { type FindCaller, toError, type Verifier } from '../find-caller.js';
import type { Caller } from '../request-context.js';
import { getLocals } from '../request-locals.js';

const LINGER_MS = 1_000;

/** `onFailure` counts wrong keys; past its limit its error replaces the 401. */
export function authenticate(findCaller: FindCaller, onFailure: RequestHandler) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const accept = (caller: Caller) => {
      const locals = getLocals(res);
      locals.context = { ...locals.context, caller };
      next();
    };
    const reject = (error: ApiError) => {
      closeAfterResponse(req, res);
      if (error.status === 503) next(error);
      else onFailure(req, res, (limited?: unknown) => next(limited ?? error));
    };
    const found = findCaller(req, res);
    const decide = (result: Caller | ApiError) =>
      result instanceof ApiError ? reject(result) : accept(result);
    if (found instanceof Promise) found.then(decide, next);
    else decide(found);
  };
}

/** Middleware: verifies a managed key again if neither cache nor limit has just done so. Comes after the limits. */
export function confirmKey(verifier: Verifier) {
  return (_req: Request, res: Response, next: NextFunction): void => {
    const locals = getLocals(res);
    const { caller } = locals.context;
    if (caller?.managed === undefined) {
      next();
      return;
    }
    const decide = (verification: Verification) => {
      if (verification.verdict !== 'valid') {
        next(toError(verification.verdict === 'unknown' ? { verdict: 'revoked' } : verification));
        return;
      }
      const { known } = verification;
      if (known !== caller.managed)
        locals.context = { ...locals.context, caller: { ...caller, managed: known } };
      next();
    };
    const verification = verifier.confirm(caller.managed);
    if (verification instanceof Promise) verification.then(decide, next);
    else decide(verification);
  };
}

/**
 * Reads nothing more of a connection whose key was rejected. The socket stays open for a moment: bytes that arrive at a
 * closed socket reset the connection, and the client would not see its 401.
 */
function closeAfterResponse({ socket }: Request, res: Response): void {
  res.setHeader('connection', 'close');
  // Node calls this with the last byte of the response.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}
