/** Which proxy the upstream is asked through: HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY says otherwise. Pure. */
import { BlockList, isIP } from 'node:net';
import type { Config } from '../../config/config.js';

export type ProxySettings = Config['proxies'];

/** @returns undefined if the upstream is asked directly, as one on this machine always is. */
export function proxyFor(upstreamUrl: string, settings: ProxySettings): URL | undefined {
  const url = new URL(upstreamUrl);
  const proxy = url.protocol === 'https:' ? settings.https : settings.http;
  return proxy === undefined || isLoopback(url) || isExcepted(url, settings.exceptions)
    ? undefined
    : new URL(proxy);
}

/** For people: the proxy's address without its credentials, and the variable. @returns undefined if none is used. */
export function describeProxy(upstreamUrl: string, { proxies }: Pick<Config, 'proxies'>): string | undefined {
  const proxy = proxyFor(upstreamUrl, proxies);
  if (proxy === undefined) return undefined;
  return `${proxy.protocol}//${proxy.host} (${upstreamUrl.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY'})`;
}

function isLoopback(url: URL): boolean {
  const host = parseHost(url);
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) !== 0 && LOOPBACK.check(host, family(host));
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('0.0.0.0');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');

function isExcepted(url: URL, exceptions: readonly string[]): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return exceptions.some((exception) => {
    if (exception === '*') return true;
    const [, name = exception, onlyPort] = /^(\[.*\]|[^:]+):(\d+)$/.exec(exception) ?? [];
    return (onlyPort === undefined || onlyPort === port) && matches(parseHost(url), name.toLowerCase());
  });
}

/** A name stands for those below it as well, with a dot or `*.` before it or without; addresses may be a network. */
function matches(host: string, name: string): boolean {
  const plain = name.replace(/^\*?\.|^\[|\]$/g, '');
  if (plain === '') return false;
  if (isIP(host) === 0) return host === plain || host.endsWith(`.${plain}`);
  return parseNetwork(plain)?.check(host, family(host)) ?? false;
}

function parseNetwork(text: string): BlockList | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (isIP(address) === 0 || more.length > 0) return undefined;
  const most = isIP(address) === 4 ? 32 : 128;
  const width = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(width <= most)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, width, family(address));
  return network;
}

function parseHost({ hostname }: URL): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
