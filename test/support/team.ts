/** Requests to the admin API of a started gateway. */
import type { Json } from './gateway.js';

export const ADMIN = 'password-of-the-admin';

export interface AdminAnswer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

/** Asks as the admin, unless `headers` say otherwise. */
export async function admin(
  url: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = { authorization: `Bearer ${ADMIN}` },
): Promise<AdminAnswer> {
  const response = await fetch(`${url}/admin${path}`, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Makes a key. @returns its id and secret */
export async function newKey(
  url: string,
  fields: object,
): Promise<{ id: string; key: string; name: string }> {
  const { status, body } = await admin(url, 'POST', '/keys', fields);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}
