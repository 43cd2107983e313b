/** Guest tokens minted ahead, from the first need on, so that a new conversation waits for no mint. */
import pLimit from 'p-limit';
import type { Store } from '../store/store.js';

export const POOL_SIZE = 4;
const PARALLEL_MINTS = 8;

export class TokenPool {
  readonly #limit = pLimit(PARALLEL_MINTS);
  #filling: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<Store, 'addSpareToken' | 'takeSpareToken' | 'countSpareTokens'>,
    private readonly mint: () => Promise<string>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** A token that no conversation has. Rejects with the mint's ApiError. */
  async take(): Promise<string> {
    const spare = await this.store.takeSpareToken();
    const token = spare ?? (await this.#limit(this.mint));
    // After the foreground mint: a first caller does not queue behind the pool's own mints.
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return token;
  }

  /** Resolves when no mint for the pool is under way. */
  async settled(): Promise<void> {
    await this.#filling;
  }

  async #fill(): Promise<void> {
    try {
      const missing = POOL_SIZE - (await this.store.countSpareTokens());
      const mints = Array.from({ length: Math.max(0, missing) }, () => this.#limit(this.mint));
      for (const minted of await Promise.allSettled(mints)) {
        if (minted.status === 'fulfilled') await this.store.addSpareToken(minted.value);
        else this.onFailure(minted.reason);
      }
    } catch (error) {
      this.onFailure(error);
    }
  }
}
