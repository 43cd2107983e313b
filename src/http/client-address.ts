/** The client's address, as the trusted proxies tell it. */
import { isIP } from 'node:net';
import type { Request } from 'express';

/** Express's: whether to trust the address that is so many hops away, 0 being the socket's own. */
export type Trust = (address: string, hop: number) => boolean;

/**
 * As an IP address, IPv4 in its own form. Express's `req.ip` with ports and brackets cut from each entry of
 * X-Forwarded-For, before it is compared with trusted addresses too. What a proxy writes in any other form is not
 * believed: then it is the socket's address.
 */
export function getClientAddress(req: Request): string {
  const peer = req.socket.remoteAddress ?? '';
  const told = lastTrusted(peer, req.headers['x-forwarded-for'], req.app.get('trust proxy fn'));
  return (isIP(told) ? told : peer).replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The first address, seen from the gateway, that is not a trusted proxy's; the farthest where all are trusted. */
function lastTrusted(peer: string, header: string | string[] | undefined, trust: Trust): string {
  if (header === undefined) return peer;
  const entries = String(header).split(',');
  const told = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  const hops = [peer, ...told.reverse().map(cutPort)];
  const client = hops.findIndex((address, hop) => !trust(address, hop));
  return hops.at(client) ?? peer;
}

/** `1.2.3.4:5678`, `[2001:db8::1]:443`, `[2001:db8::1]`, and all eight groups of an IPv6 address with a port behind. */
const WITH_PORT = [
  /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/,
  /^\[([\da-f:.]+)\](?::\d{1,5})?$/i,
  /^((?:[\da-f]{1,4}:){7}[\da-f]{1,4}):\d{1,5}$/i,
];

/** Cuts a port only where nothing else can be meant: `2001:db8::1:443` is an address as it stands. */
export function cutPort(entry: string): string {
  if (isIP(entry)) return entry;
  for (const pattern of WITH_PORT) {
    const [, address = ''] = pattern.exec(entry) ?? [];
    if (isIP(address)) return address;
  }
  return entry;
}
