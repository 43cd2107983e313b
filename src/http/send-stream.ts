/** Sends a streamed response: events as they come, comments while the upstream is silent, back-pressure, in-band errors. */
import type { Response } from 'express';
import type { CompletionEvent } from '../completion/event.js';
import type { EventSink } from '../completion/event-sink.js';
import type { ApiError } from '../vocabulary/errors.js';
import { ChunkedWriter } from './chunked-writer.js';

export interface StreamTiming {
  /** The response begins with the first text, or after this time. Until then a failure has an HTTP status of its own. */
  readonly beginAfterMs: number;
  /** After this time without a text a comment is sent, so that proxies do not time out. */
  readonly keepAliveMs: number;
  /** A client that reads nothing of what was sent for this time counts as gone. */
  readonly clientStallMs: number;
}

/** As long as a request waits in the queue, this often a comment tells its place; milliseconds. */
const QUEUE_COMMENT_MS = 5_000;

export const STREAM_TIMING: StreamTiming = {
  beginAfterMs: 10_000,
  keepAliveMs: 15_000,
  clientStallMs: 600_000,
};

/** What is written, in the format of the client protocol. */
export interface StreamWords {
  /** Encodes the events of one read as one text, which is empty when there is nothing to write. */
  readonly encode: (read: readonly CompletionEvent[]) => string | Promise<string>;
  /** Turns what was thrown into an ApiError. */
  readonly toError: (thrown: unknown) => ApiError;
  /** Encodes an error that ends a stream. */
  readonly fail: (error: ApiError) => string;
  /** Sent while the upstream is silent. */
  readonly keepAlive: () => string;
  /** Whether the request waits for a slot of the upstream. */
  readonly isQueued?: () => boolean;
  /** Headers that are known when the response begins. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/**
 * Sends the events that `answer` pushes. Resolves when the response has ended, with the error that was told in-band if
 * there was one. Rejects with what was thrown before the response began, and when the client has left. `signal` ends it
 * early, with its reason.
 */
export async function sendStream(
  res: Response,
  answer: (sink: EventSink) => Promise<void>,
  words: StreamWords,
  signal: AbortSignal,
  timing: Pick<StreamTiming, 'beginAfterMs' | 'keepAliveMs'> = STREAM_TIMING,
): Promise<ApiError | undefined> {
  const sender = new StreamSender(res, signal, timing, words);
  try {
    await answer(sender);
    signal.throwIfAborted();
    sender.end();
    return undefined;
  } catch (thrown) {
    if (!res.headersSent || res.destroyed) throw thrown;
    const error = words.toError(thrown);
    sender.end(words.fail(error));
    return error;
  } finally {
    sender.stop();
  }
}

class StreamSender implements EventSink {
  /** Set when the response has begun. */
  #body: ChunkedWriter | undefined;
  #wake: (() => void) | undefined;
  /** Runs until the response begins, then from text to text. */
  #silence: NodeJS.Timeout;
  readonly #onWritable = () => this.#wake?.();

  constructor(
    private readonly res: Response,
    private readonly signal: AbortSignal,
    private readonly timing: Pick<StreamTiming, 'beginAfterMs' | 'keepAliveMs'>,
    private readonly words: Pick<StreamWords, 'encode' | 'keepAlive' | 'isQueued' | 'headers'>,
  ) {
    this.#silence = setTimeout(() => this.#keepAlive(), timing.beginAfterMs);
    // One listener each for the whole response: two more for each slow write would leak.
    res.on('drain', this.#onWritable);
    signal.addEventListener('abort', this.#onWritable);
  }

  push(events: CompletionEvent[]): Promise<void> | undefined {
    const text = this.words.encode(events);
    const isLast = events.at(-1)?.type === 'finish';
    return typeof text === 'string'
      ? this.#send(text, isLast)
      : text.then((later) => this.#send(later, isLast));
  }

  end(text = ''): void {
    this.#begin().end(text);
  }

  stop(): void {
    clearTimeout(this.#silence);
    this.res.off('drain', this.#onWritable);
    this.signal.removeEventListener('abort', this.#onWritable);
  }

  #send(text: string, endFollows: boolean): Promise<void> | undefined {
    return text === '' || this.#write(text, endFollows) ? undefined : this.#drained();
  }

  /** @returns false when the client has no room for more. */
  #write(text: string, endFollows = false): boolean {
    const body = this.#begin();
    this.#silence.refresh();
    return body.write(text, endFollows);
  }

  /** Resolves when the client has room for more. Rejects when the request has ended. */
  async #drained(): Promise<void> {
    if (!this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    this.signal.throwIfAborted();
  }

  /** Sends nothing while the client does not read: it has data waiting. */
  #keepAlive(): void {
    if (this.res.writableNeedDrain) {
      this.#silence.refresh();
      return;
    }
    this.#write(this.words.keepAlive());
    this.#watchSilence();
  }

  #watchSilence(): void {
    clearTimeout(this.#silence);
    const { keepAliveMs } = this.timing;
    const ms = this.words.isQueued?.() ? Math.min(keepAliveMs, QUEUE_COMMENT_MS) : keepAliveMs;
    this.#silence = setTimeout(() => this.#keepAlive(), ms);
  }

  #begin(): ChunkedWriter {
    if (this.#body !== undefined) return this.#body;
    this.#watchSilence();
    this.res.writeHead(200, {
      ...this.words.headers?.(),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    this.#body = new ChunkedWriter(this.res);
    return this.#body;
  }
}
