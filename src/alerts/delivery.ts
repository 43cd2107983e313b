/** Sends messages to receivers: each with a deadline, a few times, and once at a time to one that has failed. */
import type { AlertReceiver } from '../config/alert-webhooks.js';
import { type AlertMessage, formatPost, judgeReply, type WebhookPost } from './message.js';

/** Resolves with the response, whatever its status; follows no redirect. Rejects when there is none in time. */
export type Post = (
  post: WebhookPost,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly body: string }>;

/** Pauses before the second and the following attempts, in milliseconds. */
const RETRY_AFTER_MS = [1_000, 5_000, 20_000] as const;

export interface Delivered {
  readonly receiver: string;
  /** Why the message did not arrive, `undefined` when it did. */
  readonly problem: string | undefined;
}

export interface DeliveryTimes {
  readonly retryAfterMs: readonly number[];
}

export class Delivery {
  /** Receivers whose latest message did not arrive: the next one is tried once, so that it delays no other. */
  readonly #failing = new Set<AlertReceiver>();
  readonly #stopped = new AbortController();

  constructor(
    private readonly receivers: readonly AlertReceiver[],
    private readonly post: Post,
    private readonly times: DeliveryTimes = { retryAfterMs: RETRY_AFTER_MS },
  ) {}

  /** Resolves when every receiver has the message or is given up. Never rejects. */
  deliver(message: AlertMessage, isRetried = true): Promise<Delivered[]> {
    return Promise.all(this.receivers.map((receiver) => this.#deliver(receiver, message, isRetried)));
  }

  /** Ends attempts, and the waits between them. */
  stop(): void {
    this.#stopped.abort();
  }

  async #deliver(receiver: AlertReceiver, message: AlertMessage, isRetried: boolean): Promise<Delivered> {
    const pauses = isRetried && !this.#failing.has(receiver) ? this.times.retryAfterMs : [];
    let problem = await this.#try(receiver, message);
    for (const pause of pauses) {
      if (problem === undefined || this.#stopped.signal.aborted) break;
      await wait(pause, this.#stopped.signal);
      problem = await this.#try(receiver, message);
    }
    if (problem === undefined) this.#failing.delete(receiver);
    else this.#failing.add(receiver);
    return { receiver: receiver.name, problem };
  }

  async #try(receiver: AlertReceiver, message: AlertMessage): Promise<string | undefined> {
    try {
      const { status, body } = await this.post(
        formatPost(receiver, message, Date.now()),
        this.#stopped.signal,
      );
      return judgeReply(receiver.form, status, body);
    } catch {
      // The error's own text may hold the address.
      return 'no answer';
    }
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms).unref();
    signal.addEventListener('abort', done);
  });
}
