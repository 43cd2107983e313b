/**
 * State of a gateway without Redis that outlives the process: bytes by namespace and key. Everything is read at the
 * start and lives in memory from then on; this is where changes are written through.
 */

/** One entry is set, or deleted where `value` is `undefined`. */
export interface Change {
  readonly namespace: string;
  readonly key: string;
  readonly value: string | Uint8Array | undefined;
}

export interface DurableState {
  /** What a namespace held when the state was opened, by key, in the order of keys. */
  readEntries(namespace: string): ReadonlyMap<string, Buffer>;
  /**
   * Applies all changes or none, in the order of calls. Resolves when they are on the disk (fsync). Rejects with a
   * StoreUnavailableError if they cannot be written.
   */
  write(changes: readonly Change[]): Promise<void>;
  /**
   * Writes an entry within a second; until then a later call for the same key replaces it. `encode` is called when it is
   * written, and `undefined` from it deletes. While the disk refuses it is tried again.
   */
  writeLater(namespace: string, key: string, encode: () => Change['value']): void;
  /** Writes what waits, then all to a new file; `undefined` where nothing can be written. */
  readonly copyTo?: (file: string) => Promise<void>;
  /** Why nothing can be written at present, `undefined` when it can. */
  readonly problem: string | undefined;
  /** Writes what waits, and ends. */
  close(): Promise<void>;
}

/** DATA_DIR=none: nothing outlives the process. */
export class VolatileState implements DurableState {
  readonly problem = undefined;

  readEntries(): ReadonlyMap<string, Buffer> {
    return new Map();
  }

  async write(): Promise<void> {}

  writeLater(): void {}

  async close(): Promise<void> {}
}
