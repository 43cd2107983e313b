/** The body of an upstream's response: its reads, its time limits, and its failures as ApiErrors. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Request, RequestError } from 'got';
import type { Config } from '../../config/config.js';
import { APIUserAbortError, ApiError, UpstreamError } from '../../vocabulary/errors.js';
import { firstByteTimeoutError, idleTimeoutError } from '../upstream-errors.js';
import { releaseReferences } from './got-internals.js';

/** How long a body may go on after the answer's end event before its socket is closed, in milliseconds. */
const TRAILING_BODY_MS = 1_000;

export type Timeouts = Pick<Config, 'connectTimeoutMs' | 'firstByteTimeoutMs' | 'idleTimeoutMs'>;

/**
 * One got stream: its head, its reads, its deadlines and its end. Read it with `read` and `arrival`, which cost one promise
 * for each network read, or iterate over it.
 */
export class ResponseBody implements AsyncIterableIterator<Uint8Array, void, undefined> {
  readonly #onAbort = () => this.#giveUp(new APIUserAbortError());
  readonly #onNews = () => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };
  readonly #onWait = (resolve: () => void) => {
    this.#wake = resolve;
  };
  readonly #onData = (bytes: Uint8Array) => this.#take(bytes);
  /** Idle time counts only while a read is pending. */
  readonly #onSilence = () => this.#wake && this.#giveUp(idleTimeoutError(this.timeouts.idleTimeoutMs));
  /** Node's own response: got's stream around it would be one more for each read to pass. got still reports failures. */
  #response: IncomingMessage | undefined;
  /** What has arrived and was not read yet: the pieces of one network read. */
  #arrived: Uint8Array[] = [];
  #isFlowing = false;
  #wake: (() => void) | undefined;
  #error: Error | undefined;
  /** Runs until the first byte, then while a read is pending. */
  #deadline: NodeJS.Timeout | undefined;
  #begun = false;
  #kept = false;
  /** Runs once the answer is known to be whole. A failure then counts as the end of the body. */
  #grace: NodeJS.Timeout | undefined;

  constructor(
    private readonly request: Request,
    signal: AbortSignal | undefined,
    private readonly timeouts: Timeouts,
  ) {
    const { firstByteTimeoutMs } = timeouts;
    this.#deadline = setTimeout(() => this.#giveUp(firstByteTimeoutError()), firstByteTimeoutMs);
    // A failure is thrown by the pending or the next read. Without a listener it would end the process.
    request.on('error', (error) => {
      this.#error ??= error;
    });
    request.once('response', (response: IncomingMessage) => this.#begin(response));
    signal?.addEventListener('abort', this.#onAbort);
    request.once('close', () => {
      signal?.removeEventListener('abort', this.#onAbort);
      clearTimeout(this.#deadline);
      clearTimeout(this.#grace);
      this.#onNews();
      if (this.#isOver()) releaseReferences(request);
    });
  }

  async head(): Promise<IncomingMessage> {
    while (this.#response === undefined) {
      if (this.request.destroyed) throw translate(this.#error ?? prematureCloseError());
      await this.#news();
    }
    return this.#response;
  }

  /**
   * All bytes that have arrived since the last read; `undefined` when there are none yet (then await `arrival`) or when
   * the body is over. Throws an ApiError when the connection broke.
   */
  read(): Uint8Array | undefined {
    if (this.request.destroyed && !this.#isEnded) this.#throwUnlessWhole();
    const arrived = this.#arrived;
    if (arrived.length === 0) return undefined;
    this.#arrived = [];
    return arrived.length === 1 ? arrived[0] : Buffer.concat(arrived);
  }

  /** True when all bytes were read: the body ended, or broke after `endWithin` was called. */
  get isOver(): boolean {
    return this.#arrived.length === 0 && (this.#isEnded || this.request.destroyed);
  }

  /** Resolves when bytes have arrived, or when the body has ended or broken. */
  arrival(): Promise<void> {
    this.#flow();
    if (this.#begun) this.#limitSilence();
    return this.#news();
  }

  /** Holds the upstream back until the next `arrival`: the client is slower. */
  pause(): void {
    this.#isFlowing = false;
    this.#response?.pause();
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    if (this.#response === undefined) await this.head();
    for (;;) {
      const bytes = this.read();
      if (bytes !== undefined) {
        // Idle time does not count while the caller handles what was read.
        this.pause();
        return { done: false, value: bytes };
      }
      if (this.isOver) return { done: true, value: this.close() };
      await this.arrival();
    }
  }

  /** Called when a `for await` loop ends early. */
  async return(): Promise<IteratorResult<Uint8Array, void>> {
    return { done: true, value: this.close() };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  keep(): void {
    this.#kept = true;
  }

  /** The answer is whole: the body ends within this time, and a failure ends it as well. */
  endWithin(ms: number): void {
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => this.request.destroy(), ms);
  }

  /** Closes the socket unless the body has ended; a kept body gets a moment to end by itself. */
  close(): void {
    if (this.#kept && this.#response?.readableEnded === false) void this.#drain();
    else this.request.destroy();
  }

  #begin(response: IncomingMessage): void {
    this.#response = response;
    // got's own listener keeps the response from flowing, and got's stream is not read.
    response.removeAllListeners('readable');
    response.once('end', this.#onNews);
    this.#onNews();
  }

  #flow(): void {
    if (this.#isFlowing) return;
    this.#isFlowing = true;
    if (this.#response?.listenerCount('data') === 0) this.#response.on('data', this.#onData);
    this.#response?.resume();
  }

  #take(bytes: Uint8Array): void {
    this.#arrived.push(bytes);
    if (!this.#begun) this.#endFirstByteDeadline();
    this.#onNews();
  }

  #endFirstByteDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#begun = true;
  }

  get #isEnded(): boolean {
    return this.#response?.readableEnded === true;
  }

  /** True when the request and the response are complete. An answer may end before its whole request was sent. */
  #isOver(): boolean {
    const response = this.#response as (IncomingMessage & { req?: ClientRequest }) | undefined;
    return response?.readableEnded === true && response.req?.writableFinished === true;
  }

  #throwUnlessWhole(): void {
    const error = translate(this.#error ?? prematureCloseError());
    if (this.#grace === undefined || error instanceof APIUserAbortError) throw error;
    this.#arrived = [];
  }

  /** Keeps the error itself, since a pending read may resume before got emits it. */
  #giveUp(error: ApiError): void {
    this.#error ??= error;
    this.request.destroy(error);
  }

  /** The executor is one for the whole response: a function for each read would be garbage. */
  #news(): Promise<void> {
    return new Promise(this.#onWait);
  }

  /** One timer for the whole answer: a new one for each read would cost about as much as the read. */
  #limitSilence(): void {
    this.#deadline = this.#deadline?.refresh() ?? setTimeout(this.#onSilence, this.timeouts.idleTimeoutMs);
  }

  async #drain(): Promise<void> {
    const timer = setTimeout(() => this.request.destroy(), TRAILING_BODY_MS).unref();
    try {
      this.#kept = false;
      while (!(await this.next()).done);
    } catch {
      // The answer was complete, so a failure of its connection does not matter.
    } finally {
      clearTimeout(timer);
      this.request.destroy();
    }
  }
}

function prematureCloseError(): Error {
  return Object.assign(new Error('closed before its end'), { code: 'ECONNRESET' });
}

/** Keeps Node's own error as the cause: got's refers to the whole request, with credential and prompt. */
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

function networkError(
  message: string,
  code: 'upstream_unreachable' | 'upstream_connection_lost',
  cause: unknown,
): UpstreamError {
  return new UpstreamError(message, { code, retriable: true, cause });
}
