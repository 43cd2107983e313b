/** A store that is away is no fault of the gateway: told as such, and in no log. */

import { StoreUnavailableError } from '../store/store.js';
import { ApiError } from '../vocabulary/errors.js';

/** Rejects with an ApiError (503, `store_unavailable`) where the store cannot be asked. */
export async function mapStoreUnavailable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new ApiError(
      'store_unavailable',
      'Redis does not answer, so there are no figures right now; nothing is lost.',
    );
  }
}
