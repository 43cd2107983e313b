/** A pool of guest tokens minted ahead, so that new conversations need not wait for a mint. It fills on first use. */
import pLimit from 'p-limit';
import type { TokenStore } from '../store/store.js';

export const POOL_SIZE = 4;
const MAX_PARALLEL_MINTS = 8;

export class TokenPool {
  readonly #limit = pLimit(MAX_PARALLEL_MINTS);
  /** Counts since the start: tokens taken from the pool, tokens that a request waited for, successful mints, failed mints. */
  readonly counts = { pooled: 0, waited: 0, minted: 0, failed: 0 };
  #filling: Promise<void> | undefined;
  /** True when a token was taken since the pool was last counted. */
  #taken = false;

  constructor(
    private readonly store: Pick<TokenStore, 'addSpareToken' | 'takeSpareToken' | 'countSpareTokens'>,
    private readonly mint: () => Promise<string>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Resolves to an unused token. Rejects with the mint's ApiError. */
  async take(): Promise<string> {
    const spare = await this.store.takeSpareToken();
    if (spare !== undefined) this.counts.pooled += 1;
    const token = spare ?? (await this.takeFresh());
    // Started after the foreground mint, so that a first request does not queue behind the pool's mints.
    this.#taken = true;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return token;
  }

  /** Mints a token. Used after a token was refused, since tokens minted at the same time may be refused as well. */
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

  /** Resolves when no mint for the pool is in progress. */
  async settled(): Promise<void> {
    await this.#filling;
  }

  /** Repeats while tokens are taken meanwhile. After a failed mint, the next `take` fills the pool. */
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
