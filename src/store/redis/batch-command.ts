/** A batch as the arguments of the script `recordBatch`: keys once each, values referring to them. Pure. */
import {
  DAY_MS,
  HOUR_MS,
  KEPT_REQUESTS,
  type LabelKind,
  MINUTE_MS,
  MOST_ADDRESSES,
  type Slot,
  type StatsBatch,
} from '../../stats/batch.js';
import { MOST_LABELS } from '../store.js';
import type { Keys } from './keys.js';

/** A replica that could not write for longer than this would count twice at the worst. */
const APPLIED_SECONDS = 2 * 24 * 60 * 60;
const ADDRESS_SECONDS = 2 * 60 * 60;
const KEPT_SECONDS: Readonly<Record<string, number>> = {
  m: (120 * MINUTE_MS) / 1000,
  h: (31 * 24 * HOUR_MS) / 1000,
  d: (400 * DAY_MS) / 1000,
};

export function batchCommand(batch: StatsBatch, keys: Keys): { keys: string[]; args: (string | number)[] } {
  const names = new Map<string, number>();
  /** Lua counts from 1. */
  const refer = (key: string) => {
    const known = names.get(key) ?? names.size + 1;
    names.set(key, known);
    return known;
  };
  refer(keys.applied(batch.replica));
  refer(keys.requests());
  const body = {
    appliedSeconds: APPLIED_SECONDS,
    keep: KEPT_REQUESTS,
    total: refer(keys.counters('total')),
    last: Math.max(0, ...batch.requests.map((request) => request.finishedAt)),
    requests: batch.requests.map((request) => JSON.stringify({ ...request, replica: batch.replica })),
    hashes: [...batch.counters].map(([slot, f]) => ({ k: refer(keys.counters(slot)), ttl: ttlOf(slot), f })),
    labels: (['model', 'key'] as const).flatMap((kind) => labelEntries(kind, batch, keys, refer)),
    sets: addressSets(batch, keys, refer),
  };
  return { keys: [...names.keys()], args: [batch.number, JSON.stringify(body)] };
}

function labelEntries(
  kind: LabelKind,
  batch: StatsBatch,
  keys: Keys,
  refer: (key: string) => number,
): object[] {
  return [...batch.labels[kind]].map(([label, slots]) => ({
    names: refer(keys.labelNames(kind)),
    most: MOST_LABELS[kind],
    label,
    at: [...slots].map(([slot, f]) => ({ k: refer(keys.labels(kind, slot)), ttl: ttlOf(slot), f })),
  }));
}

function addressSets(batch: StatsBatch, keys: Keys, refer: (key: string) => number): object[] {
  return [...batch.addresses].flatMap(([hour, addresses]) =>
    ['n', '401', '429'].flatMap((field) => {
      const counts = [...addresses].flatMap(([address, f]) =>
        f[field] === undefined ? [] : [[address, f[field]]],
      );
      if (counts.length === 0) return [];
      const k = refer(keys.addresses(hour, field));
      return [{ k, ttl: ADDRESS_SECONDS, most: MOST_ADDRESSES, m: Object.fromEntries(counts) }];
    }),
  );
}

/** In seconds; 0: kept for good. */
function ttlOf(slot: Slot): number {
  return slot === 'total' ? 0 : (KEPT_SECONDS[slot.charAt(0)] ?? 0);
}
