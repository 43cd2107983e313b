/** Translates a failure of the store: without the shared store the dashboard has no figures, which is not a bug to log. */
import { StoreUnavailableError } from '../store/store.js';
import { ApiError } from '../vocabulary/errors.js';

/** Rejects with an ApiError (503, `store_unavailable`) while the store cannot be read. */
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
