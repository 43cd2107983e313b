/** Repeats an upstream call that failed with a retriable error before its first event. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompletionEvent } from '../completion/event.js';
import type { EventSink } from '../completion/event-sink.js';
import { APIUserAbortError, ApiError } from '../vocabulary/errors.js';

const RETRIES = 2;
const BASE_DELAY_MS = 250;
/** With a longer Retry-After the client gets the error at once. */
const MAX_RETRY_AFTER_MS = 5_000;

/** Changes a call between two attempts. */
export interface Adaptation {
  /** @returns whether the call was changed because of this error and is to be repeated at once; not for ever */
  adapt(error: unknown): boolean;
  /** The answer has begun. */
  accepted(): void;
}

/** `call` pushes one answer to the sink it is given. A call that has pushed nothing may be made again. */
export async function withRetries(
  call: (sink: EventSink) => Promise<void>,
  sink: EventSink,
  signal: AbortSignal,
  adaptation?: Adaptation,
): Promise<void> {
  const watched = new FirstPush(sink, adaptation);
  await repeatCall(() => call(watched), signal, {
    hasBegun: () => watched.hasBegun,
    adapt: (error) => adaptation?.adapt(error) ?? false,
  });
}

/** Makes a call again that failed before its answer began. Rejects with the last error, or when `signal` is aborted. */
export async function repeatCall<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  { hasBegun, adapt }: { hasBegun: () => boolean; adapt: (error: unknown) => boolean } = {
    hasBegun: () => false,
    adapt: () => false,
  },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!hasBegun() && adapt(error)) {
        attempt -= 1;
        continue;
      }
      const delayMs = hasBegun() ? undefined : computeRetryDelay(error, attempt, Math.random());
      if (delayMs === undefined) throw error;
      await sleep(delayMs, undefined, { signal }).catch(() => {
        throw new APIUserAbortError();
      });
    }
  }
}

/** Passes everything on and notes whether the answer has begun. */
class FirstPush implements EventSink {
  hasBegun = false;

  constructor(
    private readonly sink: EventSink,
    private readonly adaptation: Adaptation | undefined,
  ) {}

  get isSatisfied(): boolean {
    return this.sink.isSatisfied === true;
  }

  push(events: CompletionEvent[]): Promise<void> | undefined {
    if (!this.hasBegun) this.adaptation?.accepted();
    this.hasBegun = true;
    return this.sink.push(events);
  }
}

/** @returns milliseconds to wait before the next attempt, `undefined` if there is none. Half of the backoff is jitter. */
export function computeRetryDelay(error: unknown, attempt: number, random: number): number | undefined {
  if (!(error instanceof ApiError) || !error.retriable || attempt >= RETRIES) return undefined;
  const asked = error.retryAfterMs ?? 0;
  if (asked > MAX_RETRY_AFTER_MS) return undefined;
  const backoff = BASE_DELAY_MS * 2 ** attempt * (0.5 + random / 2);
  return Math.max(asked, backoff);
}
