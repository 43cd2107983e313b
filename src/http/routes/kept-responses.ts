/** Kept responses by their ids: `GET` and `DELETE /v1/responses/{id}`, `GET …/input_items`. Source: OpenAI's API reference. */
import type { Request, Response } from 'express';
import type { KeptResponses } from '../../kept-responses/kept-responses.js';
import type { Sealing } from '../../kept-responses/seal.js';
import type { Fields } from '../../protocol/fields.js';
import { BadRequestError, NotFoundError } from '../../vocabulary/errors.js';
import { getLocals } from '../request-locals.js';
import { findSealing } from '../sealing-access.js';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** `undefined` when no response is kept. */
type Kept = KeptResponses | undefined;

/** GET /v1/responses/{id} */
export function getResponse(kept: Kept) {
  return async (req: Request, res: Response): Promise<void> => {
    if (parseQuery(req).get('stream') === 'true') {
      throw new BadRequestError('stream: kept responses are given whole; leave it out.', {
        code: 'unsupported_parameter',
        param: 'stream',
      });
    }
    const found = await kept?.find(String(req.params.id), getSealing(res));
    if (found === undefined) throw notKept();
    res.json(found);
  };
}

/** DELETE /v1/responses/{id} */
export function deleteResponse(kept: Kept) {
  return async (req: Request, res: Response): Promise<void> => {
    const id = String(req.params.id);
    if (!(await kept?.delete(id, getSealing(res)))) throw notKept();
    res.json({ id, object: 'response', deleted: true });
  };
}

/** GET /v1/responses/{id}/input_items?order=desc&limit=20&after=ID */
export function listInputItems(kept: Kept) {
  return async (req: Request, res: Response): Promise<void> => {
    const query = parseQuery(req);
    const limit = parseLimit(query.get('limit'));
    const isAscending = parseOrder(query.get('order')) === 'asc';
    const id = String(req.params.id);
    const input = await kept?.findInput(id, getSealing(res));
    if (input === undefined) throw notKept();
    const items = addIds(id, input);
    if (!isAscending) items.reverse();
    const start = findIndexAfter(items, query.get('after'));
    const data = items.slice(start, start + limit);
    res.json({
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: start + limit < items.length,
    });
  };
}

/** Derives the caller's sealing. These routes come after `authenticate`. */
function getSealing(res: Response): Sealing {
  const sealing = findSealing(getLocals(res).context.caller)?.();
  if (sealing === undefined) throw notKept();
  return sealing;
}

function notKept(): NotFoundError {
  return new NotFoundError('No response of this id is kept for this key (any more).', {
    code: 'response_not_found',
  });
}

type Listed = Fields & { readonly id: string };

/** Adds ids to items that the client sent without one. */
function addIds(responseId: string, input: readonly Fields[]): Listed[] {
  const digits = responseId.slice('resp_'.length);
  return input.map((item, index) => ({
    ...item,
    id: typeof item.id === 'string' ? item.id : `in_${digits}${index}`,
  }));
}

function findIndexAfter(items: readonly Listed[], after: string | null): number {
  if (after === null) return 0;
  const index = items.findIndex(({ id }) => id === after);
  if (index < 0) throw wrongQuery('after', 'must be the id of one of the items');
  return index + 1;
}

function parseLimit(given: string | null): number {
  if (given === null) return DEFAULT_PAGE_SIZE;
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE) return limit;
  throw wrongQuery('limit', `must be a whole number from 1 to ${MAX_PAGE_SIZE}`);
}

function parseOrder(given: string | null): 'asc' | 'desc' {
  if (given === null || given === 'desc') return 'desc';
  if (given === 'asc') return 'asc';
  throw wrongQuery('order', 'must be asc or desc');
}

function wrongQuery(param: string, rule: string): BadRequestError {
  return new BadRequestError(`${param} ${rule}.`, { code: 'invalid_value', param });
}

function parseQuery({ originalUrl }: Request): URLSearchParams {
  return new URL(originalUrl, 'http://gateway').searchParams;
}
