/** HTTP to the upstream, by got. */
import type { IncomingMessage } from 'node:http';
import got, { type Got } from 'got';
import type { Config } from '../../config/config.js';
import { APIUserAbortError } from '../../vocabulary/errors.js';
import { retryAfterMs } from '../upstream-errors.js';
import { createAgents } from './agents.js';
import { useFewOptions } from './got-internals.js';
import { proxyFor } from './proxy.js';
import { ResponseBody, type Timeouts } from './response-body.js';

export type { Timeouts } from './response-body.js';

/** How many bytes of an error's body are read. */
const ERROR_BODY_LIMIT = 64 * 1024;

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** All requests of a connection go to one upstream. Without `upstreamUrl` no proxy is used. */
export type ConnectionOptions = Timeouts &
  Partial<Pick<Config, 'proxies'> & { readonly upstreamUrl: string }>;

export class Connection {
  readonly #got: Got;

  constructor(private readonly options: ConnectionOptions) {
    const { connectTimeoutMs, upstreamUrl, proxies } = options;
    const proxy = upstreamUrl && proxies ? proxyFor(upstreamUrl, proxies) : undefined;
    this.#got = got.extend({
      agent: createAgents(connectTimeoutMs, proxy),
      handlers: [useFewOptions],
      retry: { limit: 0 },
      throwHttpErrors: false,
      followRedirect: false,
    });
  }

  /**
   * Sends a request and waits for the response's head, at most `firstByteTimeoutMs`.
   * Rejects with an UpstreamError (retriable where the network failed), or APIUserAbortError after an abort.
   */
  async open(request: UpstreamRequest): Promise<UpstreamResponse> {
    if (request.signal?.aborted) throw new APIUserAbortError();
    const stream = this.#got.stream(request.url, {
      method: request.method,
      headers: { 'accept-encoding': 'identity', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const body = new ResponseBody(stream, request.signal, this.options);
    return new UpstreamResponse(await body.head(), body);
  }
}

/** A response whose head has arrived and whose body has exactly one reader: `readEvents`, `text` or `discard`. */
export class UpstreamResponse {
  constructor(
    private readonly head: IncomingMessage,
    readonly body: ResponseBody,
  ) {}

  get status(): number {
    return this.head.statusCode ?? 0;
  }

  header(name: string): string | undefined {
    const value = this.head.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** How long the upstream asks to wait, in milliseconds. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this.header('retry-after'), this.header('retry-after-ms'));
  }

  /** At most `limit` bytes of the body as text; when the body breaks, what had arrived. */
  async text(limit = ERROR_BODY_LIMIT): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const bytes of this.body) {
        parts.push(bytes);
        length += bytes.length;
        if (length >= limit) break;
      }
    } catch (error) {
      if (error instanceof APIUserAbortError) throw error;
    }
    return Buffer.concat(parts).subarray(0, limit).toString('utf8');
  }

  discard(): void {
    this.body.close();
  }
}
