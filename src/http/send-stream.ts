/** Texts → response, as they come: comments while it is silent, back-pressure while the client is slow, errors in-band. */
import type { Response } from 'express';
import type { ApiError } from '../errors.js';

export interface StreamTiming {
  /** The response begins with the first text, or after this long: until then a failure is a real HTTP status. */
  readonly beginAfterMs: number;
  /** After this long without a text a comment goes out, so that no proxy in between gives up. */
  readonly keepAliveMs: number;
  /** A client that takes nothing of what waits for it for so long counts as gone. */
  readonly clientStallMs: number;
}

export const STREAM_TIMING: StreamTiming = {
  beginAfterMs: 10_000,
  keepAliveMs: 15_000,
  clientStallMs: 600_000,
};

export interface StreamEnd {
  /** Translates what was thrown. */
  readonly toError: (thrown: unknown) => ApiError;
  /** The error as the client's protocol tells it within a stream. */
  readonly fail: (error: ApiError) => string;
  /** Sent while the upstream is silent. */
  readonly keepAlive: () => string;
  /** Asked as the response begins. */
  readonly serverTiming?: () => string;
}

/**
 * Resolves when the response has ended, with the error that was told in-band if there was one. Rejects with what was
 * thrown before the response began, and when the client left. `signal` ends it early, with its reason.
 */
export async function sendStream(
  res: Response,
  texts: AsyncGenerator<string, void, undefined>,
  end: StreamEnd,
  signal: AbortSignal,
  timing: Pick<StreamTiming, 'beginAfterMs' | 'keepAliveMs'> = STREAM_TIMING,
): Promise<ApiError | undefined> {
  const writer = new StreamWriter(res, signal, timing.keepAliveMs, end);
  try {
    let next = texts.next();
    if (await isSilentFor(next, timing.beginAfterMs)) writer.keepAlive();
    for (let read = await next; !read.done; read = await next) {
      await writer.write(read.value);
      signal.throwIfAborted();
      next = texts.next();
    }
    res.end();
    return undefined;
  } catch (thrown) {
    if (!res.headersSent || res.destroyed) throw thrown;
    const error = end.toError(thrown);
    res.end(end.fail(error));
    return error;
  } finally {
    writer.stop();
    await texts.return();
  }
}

/** True when `promise` is still pending after `ms`; rejects when it rejects before. */
async function isSilentFor(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, true);
  });
  try {
    return await Promise.race([promise.then(() => false), silence]);
  } finally {
    clearTimeout(timer);
  }
}

class StreamWriter {
  #wake: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onWritable = () => this.#wake?.();

  constructor(
    private readonly res: Response,
    private readonly signal: AbortSignal,
    keepAliveMs: number,
    private readonly end: Pick<StreamEnd, 'keepAlive' | 'serverTiming'>,
  ) {
    this.#timer = setInterval(() => this.#unlessWaiting(), keepAliveMs);
    // One listener each for the whole response: a pair per slow write would leak.
    res.on('drain', this.#onWritable);
    signal.addEventListener('abort', this.#onWritable);
  }

  /** Resolves when the client has room for more, or when it is over. */
  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#begin();
    this.#timer.refresh();
    if (this.res.write(text) || this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  keepAlive(): void {
    this.#begin();
    this.#timer.refresh();
    this.res.write(this.end.keepAlive());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.res.off('drain', this.#onWritable);
    this.signal.removeEventListener('abort', this.#onWritable);
  }

  /** A client that does not read is not silent: what waits for it is enough. */
  #unlessWaiting(): void {
    if (this.res.headersSent && !this.res.writableNeedDrain) this.keepAlive();
  }

  #begin(): void {
    if (this.res.headersSent) return;
    if (this.end.serverTiming) this.res.setHeader('server-timing', this.end.serverTiming());
    this.res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  }
}
