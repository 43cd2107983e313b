/** The page for unknown addresses. Programs get a JSON error. */
import type { NextFunction, Request, Response } from 'express';
import { languageOf } from './language.js';
import { showPage, textsIn } from './page.js';

export function notFoundPage(req: Request, res: Response, next: NextFunction): void {
  const forPeople = req.method === 'GET' || req.method === 'HEAD';
  if (!forPeople || req.path.startsWith('/v1/') || req.accepts(['json', 'html']) !== 'html') {
    next();
    return;
  }
  res.status(404).vary('Accept');
  showPage(req, res, 'error', { ...textsIn(languageOf(req)).notFound, backTo: '/' });
}
