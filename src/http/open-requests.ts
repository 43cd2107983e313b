/** The open requests to completion endpoints: their number, and an end for those that outlast DRAIN_TIMEOUT. */
import { ApiError } from '../vocabulary/errors.js';
import type { RequestLocals } from './request-locals.js';

type OpenRequest = Pick<RequestLocals, 'controller' | 'context'>;

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

  /** The managed keys of open requests. */
  *listKeys(): Iterable<{ readonly sha256: string; readonly keyId: string }> {
    for (const { context } of this.#requests) {
      const { managed } = context.caller ?? {};
      if (managed !== undefined) yield { sha256: managed.sha256, keyId: managed.key.id };
    }
  }

  /** Ends the requests of one secret of a managed key, those that wait included. */
  endKey(sha256: string): void {
    for (const { context, controller } of this.#requests) {
      if (context.caller?.managed?.sha256 === sha256) controller.abort(keyRevoked());
    }
  }

  /** Ends all of them with a `shutting_down` error, in-band where the stream has begun. */
  end(): void {
    for (const { controller } of this.#requests) controller.abort(shuttingDown());
  }
}

/** @returns the error of a key that was accepted before */
export function keyRevoked(): ApiError {
  return new ApiError(
    'key_revoked',
    'This API key was removed, disabled or replaced. Ask whoever runs the gateway for a new one.',
    { shouldRetry: false },
  );
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
