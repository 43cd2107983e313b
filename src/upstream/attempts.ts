/** Tells the trace of a client's request about each call to the upstream that is made for it. */
import type { AttemptObserver, AttemptTarget } from './upstream.js';

/**
 * @param readsAnswer Whether the answer is over when the call resolves; otherwise the attempt ends with the client's request.
 * @returns the call, observed: each time it is made is an attempt
 */
export function observeAttempts<Args extends unknown[], T>(
  trace: AttemptObserver | undefined,
  target: () => AttemptTarget,
  call: (...args: Args) => Promise<T>,
  readsAnswer = true,
): (...args: Args) => Promise<T> {
  if (!trace?.isRecording) return call;
  return async (...args) => {
    trace.startAttempt(target());
    try {
      const result = await call(...args);
      if (readsAnswer) trace.endAttempt();
      return result;
    } catch (error) {
      trace.endAttempt(error);
      throw error;
    }
  };
}
