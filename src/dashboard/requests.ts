/** Filters the newest requests and cuts them into pages. Pure. */

import type { RequestRecord } from '../stats/request-record.js';
import { toSearchText } from '../stats/show-request.js';
import type { Query } from './query.js';

export const SHOWN_REQUESTS = 100;
const PAGE_LENGTH = 20;

export interface RequestPage {
  readonly rows: readonly RequestRecord[];
  readonly matching: number;
  readonly page: number;
  readonly pages: number;
}

export function selectPage(requests: readonly RequestRecord[], query: Query): RequestPage {
  const needle = query.text.toLowerCase();
  const matching = requests.filter(
    (record) =>
      (query.outcome === undefined || record.outcome === query.outcome) &&
      (query.key === undefined || record.keyName === query.key) &&
      (needle === '' || toSearchText(record).includes(needle)),
  );
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_LENGTH));
  const page = Math.min(query.page, pages);
  const rows = matching.slice((page - 1) * PAGE_LENGTH, page * PAGE_LENGTH);
  return { rows, matching: matching.length, page, pages };
}

/** The names of the keys in these requests, sorted. */
export function listKeys(requests: readonly RequestRecord[]): string[] {
  return [...new Set(requests.flatMap(({ keyName }) => keyName ?? []))].sort();
}
