/** What an upstream speaks, by its address. Pure. */
import type { UpstreamProtocol } from './config.js';

export function detectProtocol(url: string): UpstreamProtocol {
  return new URL(url).pathname.replace(/\/+$/, '').endsWith('/api/chat/completions') ? 'zai-web' : 'openai';
}
