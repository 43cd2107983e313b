/** A few threads that check answers against callers' schemas, one job at a time each. */
import { ApiError } from '../../vocabulary/errors.js';
import { CheckThread, CheckTimeoutError } from './check-thread.js';
import type { CheckJob, CheckResult } from './run-check.js';

const MAX_THREADS = 2;

export class CheckThreads {
  readonly #idle: CheckThread[] = Array.from({ length: MAX_THREADS }, () => new CheckThread());
  readonly #all = [...this.#idle];
  readonly #waiting: ((thread: CheckThread) => void)[] = [];

  /** Rejects with a 503 `check_timeout` if the job exceeds its CPU time. */
  async run(job: CheckJob): Promise<CheckResult> {
    // The last used thread is taken first, so that a second one starts only when it is needed.
    const thread =
      this.#idle.pop() ?? (await new Promise<CheckThread>((resolve) => this.#waiting.push(resolve)));
    try {
      return await thread.run(job);
    } catch (error) {
      throw error instanceof CheckTimeoutError ? timedOut(error) : error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next(thread);
      else this.#idle.push(thread);
    }
  }

  close(): void {
    for (const thread of this.#all) thread.close();
  }
}

function timedOut(cause: Error): ApiError {
  return new ApiError(
    'check_timeout',
    'The JSON could not be checked against the schema in time; simplify its patterns and nested references, or ask again.',
    { shouldRetry: false, cause },
  );
}
