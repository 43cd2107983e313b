/** Access to the dashboard: HTTP Basic with the password. While none is configured, direct requests from this machine need none. */
import { isIP } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isSamePassword, readBasicPassword, type Throttle } from '../http/passwords.js';
import { ApiError } from '../vocabulary/errors.js';

export interface AccessOptions {
  /** The password. Any user name is accepted with it. */
  readonly password: () => string;
  /** Whether it is the password of the team's admin, which opens the dashboard, too. */
  readonly isAdmin: (given: string) => Promise<boolean>;
  /** Whether a session came with the request whose member may change the team. */
  readonly hasAdminSession: (req: Request) => Promise<boolean>;
  /** Whether direct requests from this machine need no password. */
  readonly trustLoopback: boolean;
  readonly throttle: Throttle;
}

export function dashboardAccess({
  password,
  isAdmin,
  hasAdminSession,
  trustLoopback,
  throttle,
}: AccessOptions): RequestHandler {
  const isRight = async (given: string) => isSamePassword(given, password()) || (await isAdmin(given));
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    if ((trustLoopback && isDirect(req)) || (await hasAdminSession(req))) {
      next();
      return;
    }
    const given = readBasicPassword(req.get('authorization'));
    // Past the limit the right password is rejected as well: accepting it would confirm a guess.
    if (given !== undefined && !(await throttle.isOver(res)) && (await isRight(given))) {
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
    'The dashboard needs its password: DASHBOARD_PASSWORD, or the admin’s, which the first start printed.',
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
