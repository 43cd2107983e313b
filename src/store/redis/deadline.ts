/** A deadline for replies of Redis. */

/** Thrown when no reply came in time. */
export class LateError extends Error {}

/**
 * Rejects with a LateError after `ms` milliseconds. If this process was busy, the reply may be waiting in the socket, so
 * one more turn of the event loop is left to read it.
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
