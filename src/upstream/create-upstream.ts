/** The upstream of one configured entry. */
import type { Config, UpstreamProtocol } from '../config/config.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { OpenaiCompatibleUpstream, type OpenaiHooks } from './openai-compatible/client.js';
import { Connection } from './transport/connection.js';
import type { Upstream } from './upstream.js';
import { ZaiWebUpstream } from './zai-web/client.js';

/** What all entries have in common. */
export type UpstreamConfig = Pick<
  Config,
  | 'connectTimeoutMs'
  | 'firstByteTimeoutMs'
  | 'idleTimeoutMs'
  | 'proxies'
  | 'upstreamFeVersion'
  | 'upstreamUserAgent'
>;

type Options = UpstreamConfig & { readonly upstreamUrl: string; readonly zaiToken: string | undefined };
type Provider = (connection: Connection, options: Options, hooks: OpenaiHooks) => Upstream;

const PROVIDERS: Readonly<Record<UpstreamProtocol, Provider>> = {
  'zai-web': (connection, options) => new ZaiWebUpstream(connection, options),
  openai: (connection, options, hooks) => new OpenaiCompatibleUpstream(connection, options, hooks),
};

/** Called with what an upstream learns while it is asked. */
export type UpstreamHooks = OpenaiHooks;

export function createUpstream(
  { url, token, protocol }: UpstreamEntry,
  config: UpstreamConfig,
  hooks: UpstreamHooks = {},
): Upstream {
  const options = { ...config, upstreamUrl: url, zaiToken: token };
  return PROVIDERS[protocol](new Connection(options), options, hooks);
}
