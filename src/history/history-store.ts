/** Where past requests are kept, by hour. One contract suite tests every implementation. */
import type { RequestRecord } from '../stats/request-record.js';

/** What is kept of each hour, over all replicas. A request may be among several. */
export const HOUR_LIMITS = { newest: 200, slowest: 50, failures: 100 } as const;
/** Records of one hour at most. */
export const MAX_HOUR_RECORDS = HOUR_LIMITS.newest + HOUR_LIMITS.slowest + HOUR_LIMITS.failures;
/** How long the addresses of clients are kept, in milliseconds. */
export const ADDRESSES_KEPT_MS = 24 * 60 * 60 * 1000;

/** Methods reject with a StoreUnavailableError while the store is away. */
export interface HistoryStore {
  /** Adds requests to their hours, which keep what HOUR_LIMITS says. The same requests may be written again. */
  write(records: readonly RequestRecord[]): Promise<void>;
  /** Reads the requests of hours, numbered since 1970, in that order; each newest first. */
  readHours(hours: readonly number[]): Promise<RequestRecord[][]>;
  /** Finds the newest request with this id in these hours. @returns undefined if none is kept */
  find(requestId: string, hours: readonly number[]): Promise<RequestRecord | undefined>;
}
