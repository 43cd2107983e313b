/** Who changes the team, for the audit. */
import type { Response } from 'express';
import type { Actor } from '../../../team/core/entities.js';
import { getLocals } from '../../request-locals.js';

/** The member of the session; the admin's password has no name of its own. */
export function getActor(res: Response): Actor {
  const { session, context } = getLocals(res);
  return { name: session?.member.id ?? 'admin', address: context.clientAddress };
}
