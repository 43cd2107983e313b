/** What a start prints: where it listens, what it asks, which keys are live. Names only, never a key or token. */
import type { Config } from '../config/config.js';
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import { classifyToken } from '../config/token-kind.js';
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
  const proxy = describeProxy(config);
  const through = proxy === undefined ? '' : `, through the proxy ${proxy}`;
  return [
    `ZtoApi ${VERSION} listens on ${url}${everywhere}; base URL for clients: ${url}/v1`,
    `upstream: ${config.upstreamUrl.replace(/\?.*$/, '?…')} (${findProduct(config.upstreamUrl)?.name ?? config.upstreamProtocol})${through}`,
    `model: ${config.modelName}, thinking ${thinking} unless a request says otherwise, shown as ${config.thinkingOutput}`,
    `keys: ${keyNames(config).join(', ')}; upstream token: ${tokenWords(config)}`,
  ];
}

export function tokenWords(config: Pick<Config, 'zaiToken' | 'upstreamProtocol'>): string {
  if (config.zaiToken === undefined && config.upstreamProtocol === 'zai-web')
    return 'none (a guest per conversation)';
  return TOKEN_WORDS[classifyToken(config.zaiToken)];
}

function keyNames({ publicKey, namedKeys }: Config): string[] {
  const publicName = publicKey === undefined ? [] : [`${PUBLIC_KEY_NAME} (DEFAULT_KEY)`];
  return [...publicName, ...namedKeys.map(({ name }) => name)];
}
