/** The routes of the team's administration. Every one needs the admin's password. */
import type { Express, RequestHandler } from 'express';
import type { Config } from '../../../config/config.js';
import { WELL_KNOWN_KEY } from '../../../config/config.js';
import type { Logger } from '../../../logger.js';
import type { AdminPassword } from '../../../team/admin-password.js';
import type { KeyVerifier } from '../../../team/key-verifier.js';
import type { Sessions } from '../../../team/sessions.js';
import type { TeamAdmin } from '../../../team/team-admin.js';
import { adminAccess } from '../../middleware/admin-access.js';
import { allowOnly } from '../../middleware/handle-errors.js';
import type { LimitStoreFactory } from '../../middleware/limit-rate.js';
import { readJson } from '../../middleware/read-json.js';
import { createThrottle } from '../../passwords.js';
import { type AlertTester, testAlerts } from './alerts.js';
import { listAudit } from './audit.js';
import { addInvite, join, listInvites, removeInvite } from './invites.js';
import { addKey, changeKey, getKey, importKeys, listKeys, removeKey, rotateKey } from './keys.js';
import { addMember, changeMember, getMember, listMembers, removeMember } from './members.js';

export interface AdminDeps {
  readonly config: Pick<Config, 'publicKey' | 'namedKeys'>;
  readonly teamAdmin: TeamAdmin;
  readonly adminPassword: Pick<AdminPassword, 'isRight'>;
  readonly sessions: Sessions;
  readonly verifier: Pick<KeyVerifier, 'presence'>;
  /** Sends test messages; `undefined` where no receivers are configured. */
  readonly alerts: AlertTester | undefined;
  readonly limitStore: LimitStoreFactory;
  readonly log: Logger;
}

const MAX_BODY_BYTES = 5 * 1024 * 1024;

type Handlers = Partial<Record<'get' | 'post' | 'patch' | 'delete', RequestHandler>>;

export function addAdmin(app: Express, deps: AdminDeps): void {
  const { teamAdmin: admin, limitStore, log } = deps;
  const access = adminAccess(
    deps.adminPassword,
    deps.sessions,
    createThrottle('admin-password', 'passwords', limitStore, log),
  );
  const read = readJson(MAX_BODY_BYTES);
  const routes: Readonly<Record<string, Handlers>> = {
    '/admin/members': { get: listMembers(admin), post: addMember(admin) },
    '/admin/members/:id': { get: getMember(admin), patch: changeMember(admin), delete: removeMember(admin) },
    '/admin/keys': { get: listKeys(admin, () => acceptedKeys(deps)), post: addKey(admin) },
    '/admin/keys/import': { post: importKeys(admin) },
    '/admin/keys/:id': { get: getKey(admin), patch: changeKey(admin), delete: removeKey(admin) },
    '/admin/keys/:id/rotate': { post: rotateKey(admin) },
    '/admin/invites': { get: listInvites(admin), post: addInvite(admin) },
    '/admin/invites/:id': { delete: removeInvite(admin) },
    '/admin/audit': { get: listAudit(admin) },
  };
  // Has no body.
  app.route('/admin/alerts/test').post(access, testAlerts(deps.alerts)).all(allowOnly('POST'));
  for (const [path, { get, post, patch, delete: remove }] of Object.entries(routes)) {
    const route = app.route(path);
    if (get) route.get(access, get);
    if (post) route.post(access, read, post);
    if (patch) route.patch(access, read, patch);
    if (remove) route.delete(access, remove);
    const methods = { GET: get, HEAD: get, POST: post, PATCH: patch, DELETE: remove };
    route.all(allowOnly(...Object.entries(methods).flatMap(([name, handler]) => (handler ? [name] : []))));
  }
}

/** Handlers of POST /join, which needs no password: whoever has the invite's token may take it. */
export function takeInvite({ teamAdmin, limitStore, log }: AdminDeps): RequestHandler[] {
  return [readJson(MAX_BODY_BYTES), join(teamAdmin, createThrottle('invite', 'invites', limitStore, log))];
}

/** The well-known key ends when there is a team. */
export function acceptedKeys({
  config,
  verifier,
}: Pick<AdminDeps, 'config' | 'verifier'>): AdminDeps['config'] {
  const hasEnded = config.publicKey === WELL_KNOWN_KEY && verifier.presence !== 'none';
  return { ...config, publicKey: hasEnded ? undefined : config.publicKey };
}
