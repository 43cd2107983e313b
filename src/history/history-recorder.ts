/** Writes requests to the history: in the background, at most once a second, and a bounded number at a time. */
import { HOUR_MS } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import { type HistoryStore, HOUR_LIMITS } from './history-store.js';

const WRITE_EVERY_MS = 1_000;
/** The newest requests of one write: an hour keeps twice as many of all replicas. */
const MAX_NEWEST = 100;
const MAX_WAITING = 500;

export class HistoryRecorder {
  #waiting: RequestRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<HistoryStore, 'write'>,
    private readonly replica: string,
  ) {}

  record(record: RequestRecord): void {
    this.#waiting.push({ ...record, replica: this.replica });
    if (this.#waiting.length > MAX_WAITING) this.#waiting = selectForHour(this.#waiting);
    this.#schedule();
  }

  /** Writes what waits. Resolves also when the store is away. */
  async flush(): Promise<void> {
    await this.#writing;
    await this.#write();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, WRITE_EVERY_MS).unref();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeNow().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const records = selectForHour(this.#waiting);
    this.#waiting = [];
    try {
      await this.store.write(records);
    } catch {
      // The store logs that it is away. Written again, since it may have taken them.
      this.#waiting = selectForHour([...records, ...this.#waiting]);
      this.#schedule();
    }
  }
}

/** What an hour would keep of these requests, oldest first: they are the last of the hour. */
export function selectForHour(records: readonly RequestRecord[]): RequestRecord[] {
  if (records.length <= MAX_NEWEST) return [...records];
  const chosen = new Set(records.slice(-MAX_NEWEST));
  const slowest = records.toSorted((one, other) => other.durationMs - one.durationMs);
  for (const record of slowest.slice(0, HOUR_LIMITS.slowest)) chosen.add(record);
  for (const record of records.filter(isFailure).slice(-HOUR_LIMITS.failures)) chosen.add(record);
  return records.filter((record) => chosen.has(record));
}

export function isFailure({ outcome }: RequestRecord): boolean {
  return OUTCOMES[outcome].isFailure;
}

/** Hours are numbered since 1970. */
export function groupByHour(records: readonly RequestRecord[]): Map<number, RequestRecord[]> {
  const hours = new Map<number, RequestRecord[]>();
  for (const record of records) {
    const hour = Math.floor(record.finishedAt / HOUR_MS);
    const own = hours.get(hour) ?? [];
    hours.set(hour, own);
    own.push(record);
  }
  return hours;
}
