/** Who may look at the dashboard: HTTP Basic with the password, or, where none is configured, callers straight from here. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ApiError } from '../vocabulary/errors.js';

export interface AccessOptions {
  /** Any user name goes with it. */
  readonly password: () => string;
  /** No password was configured: straight callers need none. */
  readonly trustLoopback: boolean;
  readonly throttle: Throttle;
}

export interface Throttle {
  /** Counts a wrong password; passes an error on once there were too many from this address. */
  readonly count: RequestHandler;
  /** Were there too many? Counts nothing. */
  readonly isOver: (res: Response) => Promise<boolean>;
}

export function dashboardAccess({ password, trustLoopback, throttle }: AccessOptions): RequestHandler {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    if (trustLoopback && isDirect(req)) {
      next();
      return;
    }
    const given = basicPassword(req.get('authorization'));
    const isRight = given !== undefined && isSamePassword(given, password());
    // Past the limit the right one is not taken either: it would still tell a guesser that it is.
    if (isRight && !(await throttle.isOver(res))) {
      next();
      return;
    }
    res.setHeader('www-authenticate', 'Basic realm="ZtoApi dashboard", charset="UTF-8"');
    if (given === undefined) next(createPasswordError());
    else throttle.count(req, res, (limited?: unknown) => next(limited ?? createPasswordError()));
  };
}

function createPasswordError(): ApiError {
  return new ApiError(
    'dashboard_password_required',
    'The dashboard needs its password (DASHBOARD_PASSWORD, or the one printed at start).',
  );
}

/** What a proxy adds, even one on this machine that the gateway was told nothing of. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-real-ip'];

/**
 * Straight from this machine: a loopback peer, no trace of a proxy, HTTP/1.1 (proxies like 1.0), and a loopback name as
 * Host, since a page elsewhere can have its own name resolve to 127.0.0.1.
 */
export function isDirect(req: Request): boolean {
  const peer = (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const proxied = Object.keys(req.headers).some(
    (name) => name.startsWith('x-forwarded-') || PROXY_HEADERS.includes(name),
  );
  return isLoopback(peer) && !proxied && req.httpVersion === '1.1' && isLoopback(hostName(req.get('host')));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function hostName(header: string | undefined): string {
  return (
    /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/
      .exec(header ?? '')
      ?.slice(1)
      .find(Boolean)
      ?.toLowerCase() ?? ''
  );
}

function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^Basic +([\w+/=-]{1,2000}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = decode(Buffer.from(encoded, 'base64'));
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : text.slice(colon + 1);
}

/** UTF-8, as the challenge asks for; some libraries send Latin-1 all the same. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** In constant time. Normalized, since keyboards of different systems compose characters differently (RFC 7617). */
function isSamePassword(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.normalize('NFC')).digest();
  return timingSafeEqual(digest(one), digest(other));
}
