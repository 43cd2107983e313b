/**
 * What a page needs besides the cookie of a session. Scripts of all paths share one origin: a script that hostile output has
 * brought into the playground sends the cookie, too, and can choose its path and Referer. So a session is used with a proof
 * that only its own pages hold: browsers tell truthfully whether a page is opened or fetched (`Sec-Fetch-Dest`), and the policy
 * for openers lets no other page reach into it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { PermissionDeniedError } from '../vocabulary/errors.js';

export const PROOF_HEADER = 'x-session-proof';

/** @param token of the session. Tells nothing of it. */
export function makeProof(token: string): string {
  return createHash('sha256').update(`proof of the session\n${token}`).digest('base64url');
}

export function hasProof(req: Request, token: string): boolean {
  const given = Buffer.from(req.get(PROOF_HEADER) ?? '');
  const proof = Buffer.from(makeProof(token));
  return given.length === proof.length && timingSafeEqual(given, proof);
}

/** @throws PermissionDeniedError unless the request has the proof of its session */
export function requireProof(req: Request, token: string): void {
  if (hasProof(req, token)) return;
  throw new PermissionDeniedError(
    'A session works on its own pages only: open My page or the team page again.',
    { code: 'origin_not_allowed' },
  );
}

/**
 * Whether a browser opens the address as a page, in a tab of its own. Browsers that say nothing (over http, except to
 * localhost) count as such.
 */
export function isTopLevelNavigation(req: Request): boolean {
  const destination = req.get('sec-fetch-dest');
  return destination === undefined || destination === 'document';
}

/**
 * A page that was opened by another one is out of its reach, one of the same origin included. Over http, except to localhost,
 * browsers ignore the header and complain of it; they send no `Sec-Fetch-…` there either.
 */
export function isolatePage(res: Response): void {
  if (res.req.get('sec-fetch-mode') === undefined) return;
  res.setHeader('cross-origin-opener-policy', 'noopener-allow-popups');
}
