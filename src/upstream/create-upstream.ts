/** The upstream that the configuration names. */
import type { Config, UpstreamProtocol } from '../config/config.js';
import { OpenaiCompatibleUpstream, type OpenaiHooks } from './openai-compatible/client.js';
import { Connection } from './transport/connection.js';
import type { Upstream } from './upstream.js';
import { ZaiWebUpstream } from './zai-web/client.js';

type Provider = (connection: Connection, config: Config, hooks: OpenaiHooks) => Upstream;

const PROVIDERS: Readonly<Record<UpstreamProtocol, Provider>> = {
  'zai-web': (connection, config) => new ZaiWebUpstream(connection, config),
  openai: (connection, config, hooks) => new OpenaiCompatibleUpstream(connection, config, hooks),
};

/** `hooks` are called with what an upstream learns while it is asked. */
export function createUpstream(config: Config, hooks: OpenaiHooks = {}): Upstream {
  return PROVIDERS[config.upstreamProtocol](new Connection(config), config, hooks);
}
