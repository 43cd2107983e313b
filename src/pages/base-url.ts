/** The gateway's own address, as the one who asks has written it. */
import type { Request } from 'express';

const HOST = /^(?:[a-z\d](?:[\w.-]{0,252})|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** `https://gateway.example.com`; a Host that is none does not get into a page. */
export function originOf(req: Request): string {
  const host = req.host ?? '';
  return `${req.protocol === 'https' ? 'https' : 'http'}://${HOST.test(host) ? host : 'localhost'}`;
}
