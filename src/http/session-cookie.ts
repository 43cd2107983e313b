/** The cookie of a session: out of reach of scripts and of other sites; over HTTPS it cannot be set by another host either. */
import type { Request, Response } from 'express';
import { SESSION_TTL_MS } from '../team/sessions.js';
import { getOrigin } from './base-url.js';

const TOKEN = /^[\w-]{43}$/;

export function readSession(req: Request): string | undefined {
  const name = cookieName(req);
  const pairs = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='));
  const token = pairs.find(([found]) => found === name)?.[1];
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

export function setSession(req: Request, res: Response, token: string): void {
  write(req, res, token, SESSION_TTL_MS / 1000);
}

export function clearSession(req: Request, res: Response): void {
  write(req, res, '', 0);
}

function write(req: Request, res: Response, value: string, seconds: number): void {
  const secure = isHttps(req) ? '; Secure' : '';
  res.append(
    'set-cookie',
    `${cookieName(req)}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Strict${secure}`,
  );
}

function cookieName(req: Request): string {
  return isHttps(req) ? '__Host-ztoapi' : 'ztoapi';
}

/** As browsers see it, a proxy in front of the gateway included. */
function isHttps(req: Request): boolean {
  return getOrigin(req).startsWith('https:');
}
