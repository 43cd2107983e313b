/** The upstream that the configuration names. */
import type { Config } from '../config/config.js';
import { OpenaiCompatibleUpstream, type OpenaiHooks } from './openai-compatible/client.js';
import { Connection } from './transport/connection.js';
import type { Upstream } from './upstream.js';
import { ZaiWebUpstream } from './zai-web/client.js';

/** `hooks` are told what an upstream learns while it is asked. */
export function createUpstream(config: Config, hooks: OpenaiHooks = {}): Upstream {
  const connection = new Connection(config);
  if (config.upstreamProtocol === 'zai-web') return new ZaiWebUpstream(connection, config);
  return new OpenaiCompatibleUpstream(connection, config, hooks);
}
