/** Who changes the team, for the audit. */
import type { Response } from 'express';
import type { Actor } from '../../../team/core/entities.js';
import { getLocals } from '../../request-locals.js';

/** The admin's password has no name of its own. */
export function getActor(res: Response): Actor {
  return { name: 'admin', address: getLocals(res).context.clientAddress };
}
