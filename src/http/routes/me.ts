/** /me: what somebody does in a browser, by a session instead of the key. */
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { parseAdminBody, Rotation, ShownKey } from '../../protocol/admin/bodies.js';
import type { KnownKey } from '../../team/key-cache.js';
import type { OpenSession, Sessions } from '../../team/sessions.js';
import type { TeamAdmin } from '../../team/team-admin.js';
import { ApiError } from '../../vocabulary/errors.js';
import { type AuthenticationConfig, findConfiguredKey } from '../configured-keys.js';
import { toError, type Verifier } from '../find-caller.js';
import { checkOrigin } from '../middleware/admin-access.js';
import { allowOnly } from '../middleware/handle-errors.js';
import { getAddressKey } from '../middleware/limit-rate.js';
import { readJson } from '../middleware/read-json.js';
import { getLocals } from '../request-locals.js';
import { clearSession, readSession, setSession } from '../session-cookie.js';
import { hasProof, isTopLevelNavigation, makeProof, requireProof } from '../session-proof.js';
import type { BudgetReader } from '../show-limits.js';
import { getActor } from './admin/actor.js';
import { showKey } from './admin/show.js';
import { getOwnKey, type OwnKeyConfig } from './own-key.js';

export interface MeDeps {
  readonly config: OwnKeyConfig & AuthenticationConfig;
  readonly teamAdmin: TeamAdmin;
  readonly sessions: Sessions;
  readonly verifier: Verifier;
  readonly budgets: BudgetReader;
}

const MAX_BODY_BYTES = 16 * 1024;

/** @param onFailure counts wrong keys, as on every other route */
export function addMe(app: Express, deps: MeDeps, onFailure: RequestHandler): void {
  const read = readJson(MAX_BODY_BYTES);
  const session = requireSession(deps.sessions);
  app
    .route('/me/session')
    .post(read, openSession(deps, onFailure))
    .delete(closeSession(deps.sessions))
    .all(allowOnly('POST', 'DELETE'));
  app.route('/me/key').get(session, getOwnKey(deps.config, deps.budgets)).all(allowOnly('GET', 'HEAD'));
  app.route('/me/key/rotate').post(session, requireManaged, read, rotate(deps)).all(allowOnly('POST'));
}

function openSession({ config, verifier, sessions }: MeDeps, onFailure: RequestHandler): RequestHandler {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    checkOrigin(req, true);
    const { key } = parseAdminBody(ShownKey, req.body);
    const configured = findConfiguredKey(key, config, verifier);
    if (configured !== undefined) {
      setSession(req, res, await sessions.open({ configured }));
      res.status(201).json({ name: configured.name, source: 'environment' });
      return;
    }
    const verification = await verifier.verify(key, getAddressKey(getLocals(res).context));
    if (verification.verdict === 'valid') {
      const { known } = verification;
      setSession(req, res, await sessions.open({ managed: known }));
      const { id, name, member } = known.key;
      res.status(201).json({ id, name, source: 'managed', member, role: known.member.role });
      return;
    }
    const error = toError(verification);
    if (error.status === 503) next(error);
    else onFailure(req, res, (limited?: unknown) => next(limited ?? error));
  };
}

function closeSession(sessions: Sessions): RequestHandler {
  return async (req: Request, res: Response): Promise<void> => {
    checkOrigin(req, true);
    const token = readSession(req);
    if (token === undefined) throw sessionNeeded();
    requireProof(req, token);
    await sessions.close(token);
    clearSession(req, res);
    res.json({ ended: true });
  };
}

function rotate({ teamAdmin }: MeDeps): RequestHandler {
  return async (req: Request, res: Response): Promise<void> => {
    const { grace_seconds: seconds = 0 } = parseAdminBody(Rotation, req.body);
    const { key } = getLocals(res).session as KnownKey;
    const { key: rotated, text } = await teamAdmin.rotateKey(getActor(res), key.id, seconds * 1000);
    // The session was opened with the secret that has just been replaced.
    clearSession(req, res);
    res.json({ ...showKey(rotated), key: text });
  };
}

function requireSession(sessions: Sessions): RequestHandler {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    const token = readSession(req);
    const session = token === undefined ? undefined : await sessions.find(token);
    if (token === undefined || session === undefined) throw sessionNeeded();
    requireProof(req, token);
    if (!['GET', 'HEAD'].includes(req.method)) checkOrigin(req, false);
    const { managed, configured } = session.owner;
    if (configured) getLocals(res).configured = configured;
    else getLocals(res).session = managed;
    next();
  };
}

function requireManaged(_req: Request, res: Response, next: NextFunction): void {
  next(getLocals(res).session === undefined ? keyNotManaged() : undefined);
}

export type SessionFinder = Pick<Sessions, 'find'>;

/** A session as a page has it. */
export interface PageSession extends OpenSession {
  /** For the requests of the page's script: see session-proof.ts. */
  readonly proof: string;
}

/** @returns the session of whoever opens a page, or of that page's script; `undefined` for other scripts, and without one */
export async function findSession(sessions: SessionFinder, req: Request): Promise<PageSession | undefined> {
  const token = readSession(req);
  if (token === undefined || !(isTopLevelNavigation(req) || hasProof(req, token))) return undefined;
  const session = await sessions.find(token);
  return session && { ...session, proof: makeProof(token) };
}

function keyNotManaged(): ApiError {
  return new ApiError(
    'key_not_managed',
    'This API key is set in the gateway’s configuration, which is the only place where it can be changed.',
    { shouldRetry: false },
  );
}

function sessionNeeded(): ApiError {
  return new ApiError('session_required', 'Show your key again: the session has ended, or there was none.', {
    shouldRetry: false,
  });
}
