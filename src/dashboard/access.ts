/** Access to the dashboard: HTTP Basic with the password. While none is configured, direct requests from this machine need none. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ApiError } from '../vocabulary/errors.js';

export interface AccessOptions {
  /** The password. Any user name is accepted with it. */
  readonly password: () => string;
  /** Whether direct requests from this machine need no password. */
  readonly trustLoopback: boolean;
  readonly throttle: Throttle;
}

export interface Throttle {
  /** Counts a wrong password and passes a RateLimitError on once the address has sent too many. */
  readonly count: RequestHandler;
  /** Whether the address has sent too many. Does not count. */
  readonly isOver: (res: Response) => Promise<boolean>;
}

export function dashboardAccess({ password, trustLoopback, throttle }: AccessOptions): RequestHandler {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    if (trustLoopback && isDirect(req)) {
      next();
      return;
    }
    const given = readBasicPassword(req.get('authorization'));
    const isRight = given !== undefined && isSamePassword(given, password());
    // Past the limit the right password is rejected as well: accepting it would confirm a guess.
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

/** Headers that proxies add, including one on this machine that TRUST_PROXY does not name. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-real-ip'];

/**
 * Whether the request comes directly from this machine: a loopback peer, no proxy header, HTTP/1.1 (proxies often use 1.0),
 * and a loopback name as Host, since a foreign page's own name can resolve to 127.0.0.1.
 */
export function isDirect(req: Request): boolean {
  const peer = (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const proxied = Object.keys(req.headers).some(
    (name) => name.startsWith('x-forwarded-') || PROXY_HEADERS.includes(name),
  );
  return (
    isLoopback(peer) && !proxied && req.httpVersion === '1.1' && isLoopback(readHostName(req.get('host')))
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function readHostName(header: string | undefined): string {
  return (
    /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/
      .exec(header ?? '')
      ?.slice(1)
      .find(Boolean)
      ?.toLowerCase() ?? ''
  );
}

function readBasicPassword(header: string | undefined): string | undefined {
  const encoded = /^Basic +([\w+/=-]{1,2000}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = decode(Buffer.from(encoded, 'base64'));
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : text.slice(colon + 1);
}

/** Decodes UTF-8, as the challenge asks for, else Latin-1, which some libraries send. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Compares in constant time. Normalizes first, since systems compose characters differently (RFC 7617). */
function isSamePassword(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.normalize('NFC')).digest();
  return timingSafeEqual(digest(one), digest(other));
}
