/** Posts JSON to addresses that the operator wrote down: one deadline for all of it, no redirects, no retries. */
import type { Config } from '../../config/config.js';
import { Connection } from './connection.js';

const DEADLINE_MS = 10_000;
/** How many bytes of an answer are read. */
const ANSWER_BYTES = 2_000;

interface WebhookPost {
  readonly url: string;
  readonly body: string;
}

/** The function resolves with the response, whatever its status; it rejects when there is none in time. */
export function createPost(proxies: Config['proxies'], deadlineMs = DEADLINE_MS) {
  const connections = new Map<string, Connection>();
  const connect = (url: string) => {
    const { origin } = new URL(url);
    const timeouts = {
      connectTimeoutMs: deadlineMs,
      firstByteTimeoutMs: deadlineMs,
      idleTimeoutMs: deadlineMs,
    };
    const connection = connections.get(origin) ?? new Connection({ ...timeouts, upstreamUrl: url, proxies });
    connections.set(origin, connection);
    return connection;
  };
  return async (
    { url, body }: WebhookPost,
    signal: AbortSignal,
  ): Promise<{ status: number; body: string }> => {
    const response = await connect(url).open({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    return { status: response.status, body: await response.text(ANSWER_BYTES) };
  };
}
