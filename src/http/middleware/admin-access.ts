/**
 * Middleware of the team's administration: the admin's password as Bearer, or as Basic from the gateway's own pages, or the
 * session of a member with the admin role. No request is trusted without, those of this machine included.
 */
import type { NextFunction, Request, Response } from 'express';
import type { AdminPassword } from '../../team/admin-password.js';
import type { Sessions } from '../../team/sessions.js';
import { ApiError, PermissionDeniedError } from '../../vocabulary/errors.js';
import { getOrigin } from '../base-url.js';
import { readBasicPassword, type Throttle } from '../passwords.js';
import { getLocals } from '../request-locals.js';
import { readSession } from '../session-cookie.js';
import { requireProof } from '../session-proof.js';

/** Requests that change nothing. */
const READING = ['GET', 'HEAD'];

export function adminAccess(
  password: Pick<AdminPassword, 'isRight'>,
  sessions: Pick<Sessions, 'find'>,
  throttle: Throttle,
) {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    const header = req.get('authorization');
    const bearer = /^Bearer +(\S.*?) *$/i.exec(header ?? '')?.[1];
    // Browsers send the dashboard's password, as Basic, to every path.
    const session = bearer === undefined ? readSession(req) : undefined;
    const known = session === undefined ? undefined : (await sessions.find(session))?.owner.managed;
    if (session !== undefined && known?.member.role === 'admin') {
      requireProof(req, session);
      getLocals(res).session = known;
      if (!READING.includes(req.method)) checkOrigin(req, false);
      next();
      return;
    }
    const given = bearer ?? readBasicPassword(header);
    // Past the limit nothing is compared: accepting the right password would confirm a guess.
    if (given !== undefined && !(await throttle.isOver(res)) && (await password.isRight(given))) {
      if (!READING.includes(req.method)) checkOrigin(req, bearer !== undefined);
      next();
      return;
    }
    res.setHeader('www-authenticate', 'Basic realm="ZtoApi team", charset="UTF-8"');
    if (given === undefined) next(passwordNeeded());
    else throttle.count(req, res, (limited?: unknown) => next(limited ?? passwordNeeded()));
  };
}

function passwordNeeded(): ApiError {
  return new ApiError(
    'admin_password_required',
    'This needs the admin’s password: `Authorization: Bearer ADMIN_PASSWORD`. `npm run keys -- reset-admin` makes a new one.',
    { shouldRetry: false },
  );
}

/** A browser sends its password and cookies with requests of other pages, too: those may not change anything. */
export function checkOrigin(req: Request, mayLackOrigin: boolean): void {
  const origin = req.get('origin');
  const site = req.get('sec-fetch-site');
  const isOwn = origin === undefined ? mayLackOrigin : isSameHost(origin, req);
  if (isOwn && (site === undefined || site === 'same-origin')) return;
  throw new PermissionDeniedError(
    'Only pages of this gateway may change the team. Behind a proxy, set PUBLIC_URL to the address that browsers use.',
    { code: 'origin_not_allowed' },
  );
}

/** Whether host and port are those of the Host header, or of PUBLIC_URL. */
function isSameHost(origin: string, req: Request): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  const addressed = `${protocol}//${req.get('host') ?? ''}`;
  const isHost = URL.canParse(addressed) && new URL(addressed).host === host;
  return host !== '' && (isHost || new URL(getOrigin(req)).host === host);
}
