/** What a start prints: where it listens, what it asks, which keys are live. Names only, never a key or token. */
import type { Config } from '../config/config.js';
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import { classifyToken } from '../config/token-kind.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { findProduct } from '../upstream/product.js';
import { describeProxy } from '../upstream/transport/proxy.js';
import { VERSION } from '../version.js';

const TOKEN_WORDS = {
  none: 'none',
  'official-key': 'an official API key',
  'web-token': 'a web token (JWT)',
  other: 'set',
} as const;

export function startReport(config: Config, url: string): string[] {
  const everywhere = ['0.0.0.0', '::'].includes(config.host) ? ' (on every network interface)' : '';
  const thinking = config.enableThinking ? 'on' : 'off';
  return [
    `ZtoApi ${VERSION} listens on ${url}${everywhere}; base URL for clients: ${url}/v1`,
    ...config.upstreams.map((entry) => `upstream: ${describeUpstream(entry, config)}`),
    `model: ${config.modelName}, thinking ${thinking} unless a request says otherwise, shown as ${config.thinkingOutput}`,
    `keys: ${keyNames(config).join(', ')}; upstream token: ${config.upstreams.map(tokenWords).join(', ')}${describeData(config)}`,
  ];
}

/** Says nothing where Redis has the data. */
function describeData({ dataDir, redisUrls }: Config): string {
  return dataDir === undefined || redisUrls.length > 0 ? '' : `; data: ${dataDir}`;
}

function describeUpstream({ url, protocol }: UpstreamEntry, config: Config): string {
  const proxy = describeProxy(url, config);
  const through = proxy === undefined ? '' : `, through the proxy ${proxy}`;
  return `${url.replace(/\?.*$/, '?…')} (${findProduct(url)?.name ?? protocol})${through}`;
}

export function tokenWords({ token, protocol }: Pick<UpstreamEntry, 'token' | 'protocol'>): string {
  if (token === undefined && protocol === 'zai-web') return 'none (a guest per conversation)';
  return TOKEN_WORDS[classifyToken(token)];
}

function keyNames({ publicKey, namedKeys }: Config): string[] {
  const publicName = publicKey === undefined ? [] : [`${PUBLIC_KEY_NAME} (DEFAULT_KEY)`];
  return [...publicName, ...namedKeys.map(({ name }) => name)];
}
