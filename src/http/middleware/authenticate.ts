/** Middleware: identifies the caller by the key in `Authorization: Bearer` or `x-api-key`, compared by digest in constant time. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Config } from '../../config/config.js';
import { PUBLIC_KEY_NAME } from '../../config/cross-checks.js';
import { deriveSealing } from '../../kept-responses/seal.js';
import { AuthenticationError } from '../../vocabulary/errors.js';
import type { Caller } from '../request-context.js';
import { getLocals } from '../request-locals.js';

/** Longer keys are rejected before they are hashed. */
const MAX_KEY_LENGTH = 4_096;
const LINGER_MS = 1_000;

/** `onFailure` counts wrong keys; past its limit its error replaces the 401. */
export function authenticate(config: Pick<Config, 'publicKey' | 'namedKeys'>, onFailure: RequestHandler) {
  const toKnown = (key: string, keyName: string, isPublic: boolean) => ({
    digest: sha256(key),
    caller: { keyName, isPublic, deriveSealing: () => deriveSealing(key) },
  });
  const keys = config.namedKeys.map(({ name, key }) => toKnown(key, name, false));
  if (config.publicKey !== undefined) keys.push(toKnown(config.publicKey, PUBLIC_KEY_NAME, true));
  return (req: Request, res: Response, next: NextFunction): void => {
    const presented = [bearer(req.get('authorization')), req.get('x-api-key')];
    const caller = presented.map((key) => find(key, keys)).find(Boolean);
    if (caller === undefined) {
      closeAfterResponse(req, res);
      onFailure(req, res, (limited?: unknown) => next(limited ?? noValidKey()));
      return;
    }
    const locals = getLocals(res);
    locals.context = { ...locals.context, caller };
    next();
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

function noValidKey(): AuthenticationError {
  return new AuthenticationError(
    'No valid API key. Send `Authorization: Bearer KEY` (or `x-api-key: KEY`) with a key of this gateway.',
  );
}

function bearer(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** Compares with every key, so that the time does not reveal which one was similar. */
function find(
  key: string | undefined,
  keys: readonly { digest: Buffer; caller: Caller }[],
): Caller | undefined {
  if (key === undefined || key.length > MAX_KEY_LENGTH) return undefined;
  const digest = sha256(key);
  let caller: Caller | undefined;
  for (const known of keys) if (timingSafeEqual(known.digest, digest)) caller = known.caller;
  return caller;
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
