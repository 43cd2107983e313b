/** GET /dashboard/keys.csv: use per key in a period. */
import type { Request, Response } from 'express';
import { queryOf } from '../pages/language.js';
import type { Slot } from '../stats/batch.js';
import type { Store } from '../store/store.js';
import { mapStoreUnavailable } from './map-store-unavailable.js';
import { formatPeriod, parsePeriod } from './period.js';
import { formatCsv, type LabelCounts, sortRows, sumLabels, toUseRows } from './tables.js';

/** Slots per read. */
const SLOTS_AT_ONCE = 31;

type LabelSource = Pick<Store, 'readLabels'>;

export function keysCsv(store: LabelSource) {
  return async (req: Request, res: Response): Promise<void> => {
    const period = parsePeriod(queryOf(req), Date.now());
    const counts = await mapStoreUnavailable(readKeys(store, period.slots));
    const rows = sortRows(toUseRows(counts), { by: 'requests', descending: true }, 'name');
    res
      .attachment(`ztoapi-keys-${formatPeriod(period)}.csv`)
      .type('text/csv; charset=utf-8')
      .send(formatCsv(rows, period));
  };
}

/** Reads in parts: a year of many keys at once would block the store and the event loop. */
async function readKeys(store: LabelSource, slots: readonly Slot[]): Promise<LabelCounts> {
  let counts: LabelCounts = new Map();
  for (let at = 0; at < slots.length; at += SLOTS_AT_ONCE) {
    const part = await store.readLabels('key', slots.slice(at, at + SLOTS_AT_ONCE));
    counts = sumLabels([counts, ...part]);
  }
  return counts;
}
