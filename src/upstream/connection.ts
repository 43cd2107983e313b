/** HTTP to the upstream: the one importer of got, and the one place where its failures are translated. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import got, { type Got, RequestError } from 'got';
import type { Config } from '../config.js';
import { APIUserAbortError, ApiError, UpstreamError } from '../errors.js';
import { createAgents } from './agents.js';
import { firstByteLate, idleTooLong } from './upstream-errors.js';

/** Error bodies are read up to this many bytes: enough for a message, whatever a proxy in between sends. */
const ERROR_BODY_LIMIT = 64 * 1024;
/** After its end event an answer's body may trail on this long before its socket is given up, in milliseconds. */
const TRAILING_BODY_MS = 1_000;

export type Timeouts = Pick<Config, 'connectTimeoutMs' | 'firstByteTimeoutMs' | 'idleTimeoutMs'>;

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
    const startedAt = performance.now();
    const stream = this.#got.stream(request.url, {
      method: request.method,
      headers: { 'accept-encoding': 'identity', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const body = new Body(stream, request.signal);
    const waited = () => performance.now() - startedAt;
    const head = once(stream, 'response') as Promise<[{ statusCode: number; headers: Headers }]>;
    const [{ statusCode, headers }] = await body.within(
      head,
      this.timeouts.firstByteTimeoutMs,
      firstByteLate,
    );
    return new UpstreamResponse(statusCode, headers, body, this.timeouts, waited);
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A response whose head is here and whose body is read by exactly one of `reads`, `text` or `discard`. */
export class UpstreamResponse {
  constructor(
    readonly status: number,
    private readonly headers: Headers,
    private readonly body: Body,
    private readonly timeouts: Timeouts,
    private readonly waited: () => number,
  ) {}

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /**
   * The body, read by read; nothing is read ahead of the consumer. Idle time counts only while a read is awaited,
   * so a slow consumer is no idle upstream. A consumer that stops early closes the socket, unless it calls `keep`
   * first: then what trails is drained, so that the socket serves the next request.
   */
  async *reads(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      let limit = Math.max(1, this.timeouts.firstByteTimeoutMs - this.waited());
      let late: (ms: number) => ApiError = firstByteLate;
      for (;;) {
        const bytes = await this.body.within(this.body.read(), limit, late);
        if (bytes === undefined) return;
        yield bytes;
        limit = this.timeouts.idleTimeoutMs;
        late = idleTooLong;
      }
    } finally {
      this.body.close();
    }
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

/** One got stream: its reads, its deadline and its end. */
class Body {
  readonly #onAbort = () => this.stream.destroy(new APIUserAbortError());
  readonly #onNews = () => this.#wake?.();
  #wake: (() => void) | undefined;
  #error: Error | undefined;
  #listening = false;
  #kept = false;

  constructor(
    private readonly stream: Readable,
    signal: AbortSignal | undefined,
  ) {
    // Failures reach whoever awaits; this listener also keeps one that nobody awaits from ending the process.
    stream.on('error', (error) => {
      this.#error ??= error;
    });
    signal?.addEventListener('abort', this.#onAbort);
    stream.once('close', () => {
      signal?.removeEventListener('abort', this.#onAbort);
      this.#onNews();
    });
  }

  /** Everything that has come since the last read; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (!this.#listening) this.#listen();
    for (;;) {
      if (this.stream.destroyed && !this.stream.readableEnded) throw this.#error ?? prematureClose();
      const bytes: Uint8Array | null = this.stream.read();
      if (bytes !== null) return bytes;
      if (this.stream.readableEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Not before the first read: nothing is read ahead of the consumer. */
  #listen(): void {
    this.#listening = true;
    this.stream.on('readable', this.#onNews).on('end', this.#onNews);
  }

  /** Awaits something that the stream will bring; past `ms` the stream is destroyed with `late()`. */
  async within<T>(promise: Promise<T>, ms: number, late: (ms: number) => ApiError): Promise<T> {
    const timer = setTimeout(() => this.stream.destroy(late(ms)), ms);
    try {
      return await promise;
    } catch (error) {
      throw translate(error);
    } finally {
      clearTimeout(timer);
    }
  }

  keep(): void {
    this.#kept = true;
  }

  /** Closes the socket unless the body has ended; a kept body gets a moment to end by itself. */
  close(): void {
    if (this.#kept && !this.stream.readableEnded) void this.#drain();
    else this.stream.destroy();
  }

  async #drain(): Promise<void> {
    const timer = setTimeout(() => this.stream.destroy(), TRAILING_BODY_MS).unref();
    try {
      while ((await this.read()) !== undefined);
    } catch {
      // The answer was complete; how its connection ended is of no interest.
    } finally {
      clearTimeout(timer);
      this.stream.destroy();
    }
  }
}

function prematureClose(): Error {
  return Object.assign(new Error('closed before its end'), { code: 'ECONNRESET' });
}

/** The cause is Node's own error: got's would keep the whole request, credential and prompt included. */
function translate(error: unknown): unknown {
  const cause = error instanceof RequestError && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ApiError) return cause;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  if (UNREACHABLE.has(code)) {
    return networkError(`The upstream cannot be reached (${code}).`, 'upstream_unreachable', cause);
  }
  return networkError(`The connection to the upstream broke (${code}).`, 'upstream_connection_lost', cause);
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function networkError(message: string, code: string, cause: unknown): UpstreamError {
  return new UpstreamError(message, { code, retriable: true, cause });
}
