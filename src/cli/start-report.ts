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

/** @param hasTeam whether managed keys or members exist */
export function startReport(config: Config, url: string, hasTeam = false): string[] {
  const everywhere = ['0.0.0.0', '::'].includes(config.host) ? ' (on every network interface)' : '';
  const thinking = config.enableThinking ? 'on' : 'off';
  return [
    `ZtoApi ${VERSION} listens on ${url}${everywhere}; base URL for clients: ${url}/v1`,
    ...config.upstreams.map((entry) => describeUpstream(entry, config)),
    `model: ${config.modelName}, thinking ${thinking} unless a request says otherwise, shown as ${config.thinkingOutput}`,
    `keys: ${keyNames(config, hasTeam).join(', ')}${isSingle(config) ? `; upstream token: ${config.upstreams.map(tokenWords)}` : ''}${describeData(config)}`,
    ...describeTraces(config),
  ];
}

/** Says nothing where Redis has the data. */
function describeData({ dataDir, redisUrls }: Config): string {
  return dataDir === undefined || redisUrls.length > 0 ? '' : `; data: ${dataDir}`;
}

/** Without what the address may hold of credentials. */
function describeTraces({ tracing }: Config): string[] {
  if (tracing === undefined) return [];
  const { origin, pathname } = new URL(tracing.url);
  const part =
    tracing.sampler.ratio === 1 ? '' : `, ${tracing.sampler.ratio * 100} % of those that begin here`;
  return [`traces: to ${origin}${pathname}${part}`];
}

/** Without UPSTREAMS_FILE. */
function isSingle({ upstreamsFile }: Config): boolean {
  return upstreamsFile === undefined;
}

function describeUpstream(entry: UpstreamEntry, config: Config): string {
  const { name, url, protocol, slots, owner } = entry;
  const proxy = describeProxy(url, config);
  const through = proxy === undefined ? '' : `, through the proxy ${proxy}`;
  const where = `${url.replace(/\?.*$/, '?…')} (${findProduct(url)?.name ?? protocol})${through}`;
  if (isSingle(config)) return `upstream: ${where}`;
  const whose = owner === undefined ? '' : `, for ${owner} only`;
  return `upstream ${name}: ${where}; token: ${tokenWords(entry)}, slots: ${slots}${whose}`;
}

export function tokenWords({ token, protocol }: Pick<UpstreamEntry, 'token' | 'protocol'>): string {
  if (token === undefined && protocol === 'zai-web') return 'none (a guest per conversation)';
  return TOKEN_WORDS[classifyToken(token)];
}

function keyNames({ publicKey, namedKeys }: Config, hasTeam: boolean): string[] {
  const publicName = publicKey === undefined ? [] : [`${PUBLIC_KEY_NAME} (DEFAULT_KEY)`];
  return [...publicName, ...namedKeys.map(({ name }) => name), ...(hasTeam ? ['managed ones'] : [])];
}
