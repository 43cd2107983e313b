/** The client's address, as reported by trusted proxies. */
import { isIP } from 'node:net';
import type { Request } from 'express';

/** Express's function: whether to trust the address that is `hop` hops away. 0 is the socket's own address. */
export type Trust = (address: string, hop: number) => boolean;

/**
 * Returns an IP address; IPv4 addresses are not mapped to IPv6. Works like Express's `req.ip`, but removes ports and brackets
 * from each entry of X-Forwarded-For, also before it compares the entry with trusted addresses. Returns the socket's
 * address when a proxy wrote anything else.
 */
export function getClientAddress(req: Request): string {
  const peer = req.socket.remoteAddress ?? '';
  const told = lastTrusted(peer, req.headers['x-forwarded-for'], req.app.get('trust proxy fn'));
  return (isIP(told) ? told : peer).replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Returns the nearest address that is not a trusted proxy's, or the farthest one if all are trusted. */
function lastTrusted(peer: string, header: string | string[] | undefined, trust: Trust): string {
  if (header === undefined) return peer;
  const entries = String(header).split(',');
  const told = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  const hops = [peer, ...told.reverse().map(cutPort)];
  const client = hops.findIndex((address, hop) => !trust(address, hop));
  return hops.at(client) ?? peer;
}

/** `1.2.3.4:5678`, `[2001:db8::1]:443`, `[2001:db8::1]`, and all eight groups of an IPv6 address followed by a port. */
const WITH_PORT = [
  /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/,
  /^\[([\da-f:.]+)\](?::\d{1,5})?$/i,
  /^((?:[\da-f]{1,4}:){7}[\da-f]{1,4}):\d{1,5}$/i,
];

/** Removes a port if the entry is unambiguous: `2001:db8::1:443` is an address. */
export function cutPort(entry: string): string {
  if (isIP(entry)) return entry;
  for (const pattern of WITH_PORT) {
    const [, address = ''] = pattern.exec(entry) ?? [];
    if (isIP(address)) return address;
  }
  return entry;
}
