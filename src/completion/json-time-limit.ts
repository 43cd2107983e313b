/**
 * Runs work that a caller's schema decides the length of, such as a `pattern` that backtracks for ever: it would stop
 * the whole gateway otherwise. V8 ends it wherever it is, in the middle of a regular expression too.
 */
import { createContext, Script } from 'node:vm';

const room = createContext({ work: undefined });
const script = new Script('work()');

export class TimeLimitError extends Error {}

/** What `work` returns or throws, or a TimeLimitError after `ms` milliseconds. `work` must be synchronous. */
export function withinTime<T>(ms: number, work: () => T): T {
  room.work = work;
  try {
    return script.runInContext(room, { timeout: ms }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TimeLimitError(`took more than ${ms} ms`);
  } finally {
    room.work = undefined;
  }
}
