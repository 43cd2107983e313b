/** Limits the JSON that one request may recall. */
import { BadRequestError } from '../vocabulary/errors.js';

export class ByteBudget {
  #left: number;

  /** @param maxBytes of JSON */
  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  get left(): number {
    return this.#left;
  }

  /** Throws a BadRequestError if the budget is exceeded. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw createTooLongError();
  }
}

export function createTooLongError(): BadRequestError {
  return new BadRequestError(
    'The conversation that this request continues is longer than a request may be; send a shorter one as input.',
    { code: 'context_length_exceeded', param: 'previous_response_id' },
  );
}
