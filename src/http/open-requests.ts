/** The open requests to completion endpoints: how many there are, and an end for those that last too long. */
import { ApiError } from '../vocabulary/errors.js';
import type { Trace } from './trace.js';

export class OpenRequests {
  readonly #traces = new Set<Trace>();

  get count(): number {
    return this.#traces.size;
  }

  add(trace: Trace): void {
    this.#traces.add(trace);
  }

  delete(trace: Trace): void {
    this.#traces.delete(trace);
  }

  /** Ends them all: each client is told so, in-band where its stream has begun. */
  end(): void {
    for (const trace of this.#traces) trace.end(shuttingDown());
  }
}

function shuttingDown(): ApiError {
  return new ApiError(503, 'The gateway is being restarted and could not wait any longer; ask again.', {
    code: 'shutting_down',
    retryAfterMs: 1_000,
  });
}
