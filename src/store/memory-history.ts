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
  /** By hour; records by the key of their disk entry. */
  readonly #hours = new Map<number, Hour>();
  #size = 0;

  constructor(
    private readonly days: number,
    private readonly state: DurableState = new VolatileState(),
    private readonly now: () => number = Date.now,
    private readonly maxRecords = MAX_RECORDS,
  ) {
    for (const [key, bytes] of state.readEntries(RECORDS)) {
      this.#hour(Math.floor(Number.parseInt(key, 10) / HOUR_MS)).unread.set(key, bytes);
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
      [...(this.#hours.get(hour)?.read().values() ?? [])]
        .map((record) => this.#withoutOldAddress(record))
        .sort((one, other) => other.finishedAt - one.finishedAt),
    );
  }

  async find(requestId: string, hours: readonly number[]): Promise<RequestRecord | undefined> {
    for (const hour of hours) {
      const found = this.#hours.get(hour)?.find(requestId);
      if (found !== undefined) return this.#withoutOldAddress(found);
    }
    return undefined;
  }

  #writeHour(hour: number, records: readonly RequestRecord[]): void {
    const own = this.#hour(hour).read();
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
      const keys = this.#hours.get(hour)?.keys ?? [];
      for (const key of keys) this.state.writeLater(RECORDS, key, () => undefined);
      this.#size -= keys.length;
      this.#hours.delete(hour);
    }
  }

  #hour(hour: number): Hour {
    const records = this.#hours.get(hour) ?? new Hour();
    this.#hours.set(hour, records);
    return records;
  }

  #withoutOldAddress(record: RequestRecord): RequestRecord {
    const hour = Math.floor(record.finishedAt / HOUR_MS);
    return this.now() - hour * HOUR_MS < ADDRESSES_KEPT_MS ? record : { ...record, clientAddress: '' };
  }
}

/** The records of an hour. Those from before the start are parsed when they are first asked for: a start would wait for all. */
class Hour {
  readonly unread = new Map<string, Buffer>();
  readonly #records = new Map<string, RequestRecord>();

  get keys(): string[] {
    return [...this.unread.keys(), ...this.#records.keys()];
  }

  read(): Map<string, RequestRecord> {
    for (const [key, bytes] of this.unread) {
      const record = parseRequest(String(bytes), { clientAddress: '' });
      if (record !== undefined) this.#records.set(key, record);
    }
    this.unread.clear();
    return this.#records;
  }

  find(requestId: string): RequestRecord | undefined {
    const key = this.keys.find((one) => one.slice(one.indexOf(' ') + 1) === requestId);
    return key === undefined ? undefined : this.read().get(key);
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
