/** Kept responses, as a store sees them: sealed bytes of an owner, under an id, for a time. */

/** Limits of one owner and of all owners, and what each entry counts besides its own bytes. */
export const MAX_OWNER_BYTES = 50 * 1024 * 1024;
export const MAX_KEPT_BYTES = 1024 * 1024 * 1024;
export const ENTRY_OVERHEAD_BYTES = 512;

/**
 * `owner` and `id` are lower-case hexadecimal. Shared by replicas where there is Redis; every verb rejects with a
 * StoreUnavailableError while it cannot be asked.
 */
export interface ResponseStore {
  /**
   * Keeps an entry for `ttlMs` milliseconds; atomic. Where that exceeds MAX_OWNER_BYTES or MAX_KEPT_BYTES, those of
   * the owner, then of all owners, that were used longest ago are removed first.
   */
  keepResponse(owner: string, id: string, sealed: Buffer, ttlMs: number): Promise<void>;
  /** The owner's entries in the order of `ids`, `undefined` where none is kept. They live `ttlMs` from now on; atomic. */
  readResponses(owner: string, ids: readonly string[], ttlMs: number): Promise<(Buffer | undefined)[]>;
  /** Resolves true if the entry was kept; atomic. */
  deleteResponse(owner: string, id: string): Promise<boolean>;
}
