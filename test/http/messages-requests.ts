/** Requests to Anthropic’s paths. */
import { KEY, type Rig } from '../support/gateway.js';

export interface Asked extends RequestInit {
  headers?: Record<string, string>;
}

export const VERSION = { 'anthropic-version': '2023-06-01' };

export function send(rig: Rig, path: string, body?: object | string, { headers = {}, ...init }: Asked = {}) {
  return fetch(`${rig.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', ...VERSION, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...init,
  });
}

export const question = (content: string, fields: object = {}) => ({
  model: 'claude-x',
  max_tokens: 1_000,
  messages: [{ role: 'user', content }],
  ...fields,
});
