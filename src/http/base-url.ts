/** The gateway's public address: PUBLIC_URL, else the one taken from the Host header. */
import type { Request } from 'express';

const HOST = /^(?:[a-z\d](?:[\w.-]{0,252})|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** `https://gateway.example.com`, without a slash at its end. A malformed Host never reaches a page. */
export function getOrigin(req: Request): string {
  const publicUrl: string | undefined = req.app.get('public url');
  if (publicUrl !== undefined) return publicUrl;
  const host = req.host ?? '';
  return `${req.protocol === 'https' ? 'https' : 'http'}://${HOST.test(host) ? host : 'localhost'}`;
}
