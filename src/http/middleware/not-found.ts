/** Unknown paths: a 404 that names the right base URL if the client's is wrong. */
import type { NextFunction, Request, Response } from 'express';
import { PASS_THROUGH_ENDPOINTS } from '../../protocol/pass-through.js';
import { NotFoundError } from '../../vocabulary/errors.js';
import { getOrigin } from '../base-url.js';

const PASSED = PASS_THROUGH_ENDPOINTS.map(({ path }) => path.replace('/v1/', ''));

/** What clients append to their base URL. */
const ENDPOINT = new RegExp(
  `/((?:chat/)?completions|responses(?:/\\w+)?|models(?:/[^/]+)?|messages(?:/\\w+)?|${PASSED.join('|')})/?$`,
  'i',
);

const ENDPOINTS = ['chat/completions', 'responses', 'completions', 'messages', ...PASSED];
const OFFERED = ` This gateway offers ${ENDPOINTS.map((name) => `/v1/${name}`).join(', ')} and /v1/models.`;

/** Middleware: replaces several slashes in a row by one, since base URLs often end with a slash. */
export function collapseSlashes(req: Request, _res: Response, next: NextFunction): void {
  const end = req.url.indexOf('?');
  const path = end === -1 ? req.url : req.url.slice(0, end);
  if (path.startsWith('/') && path.includes('//'))
    req.url = path.replace(/\/{2,}/g, '/') + req.url.slice(path.length);
  next();
}

/** Middleware, after all routes. */
export function notFound(req: Request): never {
  const path = req.path.slice(0, 200);
  throw new NotFoundError(`There is nothing at ${req.method} ${path}.${hintFor(req)}`, {
    code: 'unknown_url',
  });
}

function hintFor(req: Request): string {
  const origin = getOrigin(req);
  const endpoint = ENDPOINT.exec(req.path)?.[1];
  if (endpoint === undefined)
    return req.path.startsWith('/v1/') ? OFFERED : ` ${origin}/docs lists what there is.`;
  // Anthropic's clients append `/v1` themselves.
  const baseUrl = /^messages/i.test(endpoint) ? origin : `${origin}/v1`;
  const route = `/v1/${endpoint}`;
  if (req.path === route) return ` ${origin}/docs lists what there is.`;
  return ` Set the base URL of your client to ${baseUrl}, so that it asks for ${route.slice(0, 200)}.`;
}
