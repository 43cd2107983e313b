/** GET /admin/audit?limit=100: who has changed what. Entries are only ever added. */
import type { Request, Response } from 'express';
import type { TeamAdmin } from '../../../team/team-admin.js';
import { BadRequestError } from '../../../vocabulary/errors.js';
import { showAudit } from './show.js';

const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

export function listAudit(admin: TeamAdmin) {
  return async ({ originalUrl }: Request, res: Response): Promise<void> => {
    const given = new URL(originalUrl, 'http://gateway').searchParams.get('limit') ?? String(DEFAULT_LIMIT);
    const limit = /^\d{1,4}$/.test(given) ? Number(given) : 0;
    if (limit < 1 || limit > MAX_LIMIT)
      throw new BadRequestError(`limit must be a whole number from 1 to ${MAX_LIMIT}.`, {
        code: 'invalid_value',
        param: 'limit',
      });
    res.json({ data: (await admin.readAudit(limit)).map(showAudit) });
  };
}
