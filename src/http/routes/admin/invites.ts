/** /admin/invites: a link that gives a colleague a key of their own; POST /join takes it. */
import type { NextFunction, Request, Response } from 'express';
import { Join, NewInvite, parseAdminBody } from '../../../protocol/admin/bodies.js';
import type { TeamAdmin } from '../../../team/team-admin.js';
import { NotFoundError } from '../../../vocabulary/errors.js';
import { getOrigin } from '../../base-url.js';
import type { Throttle } from '../../passwords.js';
import { getLocals } from '../../request-locals.js';
import { getActor } from './actor.js';
import { showInvite, toIso } from './show.js';

export function listInvites(admin: TeamAdmin) {
  return async (_req: Request, res: Response): Promise<void> => {
    const { invites } = await admin.read();
    res.json({ data: [...invites.values()].map(showInvite) });
  };
}

/** The token stands in the fragment, which browsers do not send: no log has it, a balancer's included. */
export function addInvite(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const { member } = parseAdminBody(NewInvite, req.body);
    const { invite, token } = await admin.addInvite(getActor(res), member);
    res
      .status(201)
      .json({ url: `${getOrigin(req)}/join#${token}`, member, expires_at: toIso(invite.expiresAt) });
  };
}

/** DELETE /admin/invites/MEMBER */
export function removeInvite(admin: TeamAdmin) {
  return async (req: Request, res: Response): Promise<void> => {
    const id = String(req.params.id);
    await admin.removeInvites(getActor(res), id);
    res.json({ id, deleted: true });
  };
}

/** Takes an invite: makes the key and shows it once. Wrong tokens are throttled like wrong keys. */
export function join(admin: TeamAdmin, throttle: Throttle) {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    res.setHeader('cache-control', 'no-store');
    const { token } = parseAdminBody(Join, req.body);
    // Past the limit nothing is compared.
    if (await throttle.isOver(res)) {
      throttle.count(req, res, next);
      return;
    }
    try {
      const { clientAddress } = getLocals(res).context;
      const { key, text } = await admin.acceptInvite(token, clientAddress);
      const { id, name, member } = key;
      res.status(201).json({ id, name, member, key: text, base_url: `${getOrigin(req)}/v1` });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throttle.count(req, res, (limited?: unknown) => next(limited ?? error));
    }
  };
}
