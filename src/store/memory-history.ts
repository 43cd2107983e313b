/** The history of a gateway without Redis: bounded in all, and written through to the disk. */

import { groupByHour, isFailure } from '../history/history-recorder.js';
import { ADDRESSES_KEPT_MS, type HistoryStore, HOUR_LIMITS } from '../history/history-store.js';
import { DAY_MS, HOUR_MS } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { type DurableState, VolatileState } from './disk/durable-state.js';
import { parseRequest } from './redis/shapes.js';

const RECORDS = 'history';
/** Hours with the most recent requests are kept: memory is dearer than Redis. */
const MAX_RECORDS = 20_000;

export class MemoryHistory implements HistoryStore {
  /** By hour, oldest first; records by the key of their disk entry. */
  readonly #hours = new Map<number, Map<string, RequestRecord>>();
  #size = 0;

  constructor(
    private readonly days: number,
    private readonly state: DurableState = new VolatileState(),
    private readonly now: () => number = Date.now,
    private readonly maxRecords = MAX_RECORDS,
  ) {
    for (const [key, bytes] of state.readEntries(RECORDS)) {
      const record = parseRequest(String(bytes), { clientAddress: '' });
      if (record === undefined) continue;
      this.#hour(Math.floor(record.finishedAt / HOUR_MS)).set(key, record);
      this.#size += 1;
    }
    this.#sweep();
  }

  async write(records: readonly RequestRecord[]): Promise<void> {
    for (const [hour, own] of groupByHour(records)) this.#writeHour(hour, own);
    this.#sweep();
  }

  async readHours(hours: readonly number[]): Promise<RequestRecord[][]> {
    return hours.map((hour) =>
      [...(this.#hours.get(hour)?.values() ?? [])]
        .map((record) => this.#withoutOldAddress(record))
        .sort((one, other) => other.finishedAt - one.finishedAt),
    );
  }

  async find(requestId: string, hours: readonly number[]): Promise<RequestRecord | undefined> {
    for (const hour of hours) {
      const found = [...(this.#hours.get(hour)?.values() ?? [])].find((one) => one.requestId === requestId);
      if (found !== undefined) return this.#withoutOldAddress(found);
    }
    return undefined;
  }

  #writeHour(hour: number, records: readonly RequestRecord[]): void {
    const own = this.#hour(hour);
    const before = own.size;
    for (const record of records) own.set(`${record.finishedAt} ${record.requestId}`, record);
    const kept = selectKept([...own.values()]);
    for (const record of records) {
      const key = `${record.finishedAt} ${record.requestId}`;
      // Addresses are not written: nothing would remove them while the gateway is off.
      if (kept.has(record))
        this.state.writeLater(RECORDS, key, () => JSON.stringify({ ...record, clientAddress: '' }));
    }
    for (const [key, record] of own) {
      if (kept.has(record)) continue;
      own.delete(key);
      this.state.writeLater(RECORDS, key, () => undefined);
    }
    this.#size += own.size - before;
  }

  #sweep(): void {
    const oldest = Math.floor((this.now() - this.days * DAY_MS) / HOUR_MS);
    for (const hour of [...this.#hours.keys()].sort((one, other) => one - other)) {
      if (hour >= oldest && this.#size <= this.maxRecords) return;
      const records = this.#hours.get(hour) ?? new Map<string, RequestRecord>();
      for (const key of records.keys()) this.state.writeLater(RECORDS, key, () => undefined);
      this.#size -= records.size;
      this.#hours.delete(hour);
    }
  }

  #hour(hour: number): Map<string, RequestRecord> {
    const records = this.#hours.get(hour) ?? new Map<string, RequestRecord>();
    this.#hours.set(hour, records);
    return records;
  }

  #withoutOldAddress(record: RequestRecord): RequestRecord {
    const hour = Math.floor(record.finishedAt / HOUR_MS);
    return this.now() - hour * HOUR_MS < ADDRESSES_KEPT_MS ? record : { ...record, clientAddress: '' };
  }
}

/** What an hour keeps of its records. */
function selectKept(records: readonly RequestRecord[]): ReadonlySet<RequestRecord> {
  const byTime = records.toSorted((one, other) => other.finishedAt - one.finishedAt);
  const byDuration = records.toSorted((one, other) => other.durationMs - one.durationMs);
  return new Set([
    ...byTime.slice(0, HOUR_LIMITS.newest),
    ...byDuration.slice(0, HOUR_LIMITS.slowest),
    ...byTime.filter(isFailure).slice(0, HOUR_LIMITS.failures),
  ]);
}
