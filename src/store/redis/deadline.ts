/** Limits how long an answer of Redis is waited for. */

/** No answer came in time. */
export class LateError extends Error {}

/**
 * Rejects with a LateError after `ms`. The answer may be in the socket while this process was busy: one turn of the
 * event loop is left to read it.
 */
export async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => setImmediate(() => reject(new LateError()))), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
