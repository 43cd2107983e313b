/** The open requests to completion endpoints: their number, and an end for those that outlast DRAIN_TIMEOUT. */
import { ApiError } from '../vocabulary/errors.js';
import type { RequestLocals } from './request-locals.js';

type OpenRequest = Pick<RequestLocals, 'controller'>;

export class OpenRequests {
  readonly #requests = new Set<OpenRequest>();

  get count(): number {
    return this.#requests.size;
  }

  add(request: OpenRequest): void {
    this.#requests.add(request);
  }

  delete(request: OpenRequest): void {
    this.#requests.delete(request);
  }

  /** Ends all of them with a `shutting_down` error, in-band where the stream has begun. */
  end(): void {
    for (const { controller } of this.#requests) controller.abort(shuttingDown());
  }
}

function shuttingDown(): ApiError {
  return new ApiError(
    'shutting_down',
    'The gateway is being restarted and could not wait any longer; ask again.',
    {
      retryAfterMs: 1_000,
    },
  );
}
