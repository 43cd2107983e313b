/** GET /join: takes an invite by a button, since chats open links to preview them. The token stays in the fragment. */
import type { Request, Response } from 'express';
import { languageOf } from './language.js';
import { showPage, textsIn } from './page.js';

export function joinPage(req: Request, res: Response): void {
  showPage(req, res, 'join', { script: textsIn(languageOf(req)).join.script });
}
