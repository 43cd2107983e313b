/** HTTP to the upstream, by got. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import got, { type Got } from 'got';
import { APIUserAbortError } from '../errors.js';
import { createAgents } from './agents.js';
import { ResponseBody, type Timeouts } from './response-body.js';

export type { Timeouts } from './response-body.js';

/** Error bodies are read up to this many bytes: enough for a message, whatever a proxy in between sends. */
const ERROR_BODY_LIMIT = 64 * 1024;

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export class Connection {
  readonly #got: Got;

  constructor(private readonly timeouts: Timeouts) {
    this.#got = got.extend({
      agent: createAgents(timeouts.connectTimeoutMs),
      request: send,
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
    const body = new ResponseBody(stream, request.signal, this.timeouts);
    return new UpstreamResponse(await body.head(), body);
  }
}

/**
 * got hands over some forty options, all but these at their defaults, and Node copies them three times: about a twentieth
 * of what a short answer costs.
 */
function send(url: URL, { method, headers, agent }: RequestOptions) {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return request(url, { method, headers, agent });
}

/** A response whose head is here and whose body is read by exactly one of `reads`, `text` or `discard`. */
export class UpstreamResponse {
  constructor(
    private readonly head: IncomingMessage,
    private readonly body: ResponseBody,
  ) {}

  get status(): number {
    return this.head.statusCode ?? 0;
  }

  header(name: string): string | undefined {
    const value = this.head.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /**
   * The body, read by read. Idle time counts only while a read is awaited, so a slow consumer is no idle upstream. A
   * consumer that stops early closes the socket, unless it calls `keep` first: then what trails is drained, so that the
   * socket serves the next request.
   */
  reads(): AsyncIterableIterator<Uint8Array, void, undefined> {
    return this.body;
  }

  /** The answer is complete: let its trailing bytes pass instead of closing the socket. */
  keep(): void {
    this.body.keep();
  }

  /** At most `limit` bytes of the body as text; what came before a failure, where it cannot be read to its end. */
  async text(limit = ERROR_BODY_LIMIT): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const bytes of this.reads()) {
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
