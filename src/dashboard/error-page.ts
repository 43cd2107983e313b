/** Shows the dashboard's errors as pages. Programs get JSON, as everywhere else. */
import type { NextFunction, Request, Response } from 'express';
import { languageOf } from '../pages/language.js';
import { showPage } from '../pages/page.js';
import { ApiError } from '../vocabulary/errors.js';
import { TEXTS } from './texts/texts.js';

/** Express recognizes error handlers by their four parameters. */
export function errorPage(error: unknown, req: Request, res: Response, next: NextFunction): void {
  const known = error instanceof ApiError && isExplained(error.status);
  if (!known || res.headersSent || req.accepts(['json', 'html']) !== 'html') {
    next(error);
    return;
  }
  if (error.retryAfterSeconds !== undefined) res.setHeader('retry-after', error.retryAfterSeconds);
  const { errors } = TEXTS[languageOf(req)];
  const { title, text } = errors[error.status as Explained];
  res.status(error.status).vary('Accept');
  // What is wrong with the address, and what it may say.
  const reason = error.status === 400 ? ` ${error.message}` : '';
  showPage(req, res, 'error', { title, text: `${text}${reason}`, backTo: '/dashboard', back: errors.back });
}

const EXPLAINED = [400, 401, 429, 503] as const;
type Explained = (typeof EXPLAINED)[number];

function isExplained(status: number): boolean {
  return EXPLAINED.some((one) => one === status);
}
