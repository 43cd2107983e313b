/** Counts the calls to the upstream that are made for a client's request, and tells its trace about each. */
import type { AttemptObserver, AttemptTarget, StreamContext } from './upstream.js';

/**
 * @param readsAnswer Whether the answer is over when the call resolves; otherwise the attempt ends with the client's request.
 * @returns the call, observed: each time it is made is an attempt
 */
export function observeAttempts<Args extends unknown[], T>(
  { trace, attempts }: Pick<StreamContext, 'trace' | 'attempts'>,
  target: () => AttemptTarget,
  call: (...args: Args) => Promise<T>,
  readsAnswer = true,
): (...args: Args) => Promise<T> {
  if (!trace?.isRecording) {
    if (attempts === undefined) return call;
    return (...args) => {
      attempts.countAttempt();
      return call(...args);
    };
  }
  return observe(trace, target, call, readsAnswer, attempts);
}

function observe<Args extends unknown[], T>(
  trace: AttemptObserver,
  target: () => AttemptTarget,
  call: (...args: Args) => Promise<T>,
  readsAnswer: boolean,
  attempts: StreamContext['attempts'],
): (...args: Args) => Promise<T> {
  return async (...args) => {
    attempts?.countAttempt();
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
