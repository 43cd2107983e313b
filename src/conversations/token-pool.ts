/** Guest tokens minted ahead, from the first need on, so that a new conversation waits for no mint. */
import pLimit from 'p-limit';
import type { TokenStore } from '../store/store.js';

export const POOL_SIZE = 4;
const PARALLEL_MINTS = 8;

export class TokenPool {
  readonly #limit = pLimit(PARALLEL_MINTS);
  /** Since the start: taken from the pool, mints that a caller waited for, all mints, those that failed. */
  readonly counts = { pooled: 0, waited: 0, minted: 0, failed: 0 };
  #filling: Promise<void> | undefined;
  /** A token was taken since the pool was last counted. */
  #taken = false;

  constructor(
    private readonly store: Pick<TokenStore, 'addSpareToken' | 'takeSpareToken' | 'countSpareTokens'>,
    private readonly mint: () => Promise<string>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** A token that no conversation has. Rejects with the mint's ApiError. */
  async take(): Promise<string> {
    const spare = await this.store.takeSpareToken();
    if (spare !== undefined) this.counts.pooled += 1;
    const token = spare ?? (await this.takeFresh());
    // After the foreground mint: a first caller does not queue behind the pool's own mints.
    this.#taken = true;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return token;
  }

  /** The same, minted just now: where one token was refused, those minted with it may be as well. */
  takeFresh(): Promise<string> {
    this.counts.waited += 1;
    return this.#mint();
  }

  #mint(): Promise<string> {
    return this.#limit(async () => {
      try {
        const token = await this.mint();
        this.counts.minted += 1;
        return token;
      } catch (error) {
        this.counts.failed += 1;
        throw error;
      }
    });
  }

  /** Resolves when no mint for the pool is under way. */
  async settled(): Promise<void> {
    await this.#filling;
  }

  /** Counts again after every round in which tokens were taken; a failed mint waits for the next need. */
  async #fill(): Promise<void> {
    try {
      while (this.#taken) {
        this.#taken = false;
        await this.#addMissing();
      }
    } catch (error) {
      this.onFailure(error);
    }
  }

  async #addMissing(): Promise<void> {
    const missing = Math.max(0, POOL_SIZE - (await this.store.countSpareTokens()));
    const mints = Array.from({ length: missing }, async () => {
      await this.store.addSpareToken(await this.#mint());
    });
    const failure = (await Promise.allSettled(mints)).find((mint) => mint.status === 'rejected');
    if (failure) throw failure.reason;
  }
}
