/**
 * Where ledgers are kept: in Redis, or in memory and on disk. One contract suite tests every implementation. Methods reject
 * with a StoreUnavailableError while the store is away.
 */
import type { CounterState, Reservation, Reserved, SettlementBatch } from './core/types.js';

/** What a replica learns when it keeps its reservations alive. */
export interface Renewed {
  /** Ids without a reservation, or with one that has lapsed. */
  readonly missing: readonly string[];
  readonly counters: readonly CounterState[];
}

/** `ledger` is `member:ID`, or `key:ID` of a key without a member. Every method is one atomic round trip. */
export interface BudgetStore {
  reserve(ledger: string, asked: Reservation): Promise<Reserved>;
  /** See `Ledger.extend`. */
  extend(ledger: string, asked: Reservation, after: number): Promise<Reserved>;
  /** @returns the state of these counters afterwards */
  settle(
    ledger: string,
    batch: SettlementBatch,
    counters: readonly string[],
  ): Promise<readonly CounterState[]>;
  renew(ledger: string, ids: readonly string[], counters: readonly string[]): Promise<Renewed>;
}
