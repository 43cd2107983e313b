/** Searches the history, newest first: one page, and a bounded number of requests whatever is kept. */
import { HOUR_MS } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { toSearchText } from '../stats/show-request.js';
import type { Outcome } from '../vocabulary/outcomes.js';
import type { HistoryStore } from './history-store.js';

/** Requests of a page. */
export const PAGE_LENGTH = 50;
/** Hours that are read at once: at most 2,800 requests. */
const HOURS_AT_ONCE = 8;
/** Hours with requests that a page reads before it offers to search on. */
const MAX_BUSY_HOURS = 8;

export interface HistoryFilter {
  /** Text that a request contains: its id, key, model, code, address, … '' for all. */
  readonly text: string;
  readonly outcome: Outcome | undefined;
  readonly key: string | undefined;
  readonly model: string | undefined;
  readonly code: string | undefined;
  /** Unix milliseconds, inclusive. */
  readonly from: number;
  /** Unix milliseconds, exclusive. */
  readonly to: number;
}

export type HistorySource = Pick<HistoryStore, 'readHours' | 'find'>;

export interface HistoryPage {
  readonly records: readonly RequestRecord[];
  /** `to` of a search that goes on from here, `undefined` when all was searched. */
  readonly next: number | undefined;
}

export async function searchHistory(store: HistorySource, filter: HistoryFilter): Promise<HistoryPage> {
  const { text, from, to } = filter;
  const first = Math.floor(from / HOUR_MS);
  const last = Math.floor((to - 1) / HOUR_MS);
  const hours = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => last - index);
  // A request's id leads to it without reading the hours.
  const byId = text === '' ? undefined : await store.find(text, hours);
  if (byId !== undefined) return { records: [byId], next: undefined };
  const found: RequestRecord[] = [];
  let busyHours = 0;
  for (let at = 0; at < hours.length; at += HOURS_AT_ONCE) {
    const part = hours.slice(at, at + HOURS_AT_ONCE);
    for (const [index, records] of (await store.readHours(part)).entries()) {
      if (records.length > 0) busyHours += 1;
      found.push(...records.filter((record) => matches(record, filter)));
      const isFull = found.length >= PAGE_LENGTH || busyHours >= MAX_BUSY_HOURS;
      if (isFull) return cutPage(found, (part[index] ?? 0) * HOUR_MS, from);
    }
  }
  return { records: found, next: undefined };
}

/** @param searchedTo Start of the last hour that was read. */
function cutPage(found: readonly RequestRecord[], searchedTo: number, from: number): HistoryPage {
  const records = found.slice(0, PAGE_LENGTH);
  const lastAt = records.at(-1)?.finishedAt ?? 0;
  // Requests of one millisecond stay together.
  const rest = found.slice(PAGE_LENGTH).filter(({ finishedAt }) => finishedAt === lastAt);
  const next = found.length > PAGE_LENGTH + rest.length ? lastAt : searchedTo;
  return { records: [...records, ...rest], next: next > from ? next : undefined };
}

function matches(
  record: RequestRecord,
  { text, outcome, key, model, code, from, to }: HistoryFilter,
): boolean {
  return (
    record.finishedAt >= from &&
    record.finishedAt < to &&
    (outcome === undefined || record.outcome === outcome) &&
    (key === undefined || record.keyName === key) &&
    (model === undefined || record.model === model || record.servedModel === model) &&
    (code === undefined || record.code === code) &&
    (text === '' || toSearchText(record).includes(text.toLowerCase()))
  );
}
