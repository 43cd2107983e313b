/** Encodes a batch as arguments of the script `recordBatch`. Each key is listed once; values refer to it by number. Pure. */
import {
  DAY_MS,
  getRetentionMs,
  HOUR_MS,
  LABEL_KINDS,
  type LabelKind,
  MAX_ADDRESSES,
  MAX_KEPT_REQUESTS,
  MAX_LABELS,
  type Slot,
  type StatsBatch,
} from '../../stats/batch.js';
import { getUsageRetentionMs, MAX_USAGE_MODELS, USAGE_DAYS } from '../../stats/usage.js';
import type { Keys } from './keys.js';
import { encodeUsageKey } from './shapes.js';

/** Lifetime of a replica's last applied batch number. A retry after a longer outage might be counted twice. */
const APPLIED_SECONDS = 2 * 24 * 60 * 60;
const ADDRESS_SECONDS = (2 * HOUR_MS) / 1000;

type KeyType = 'string' | 'list' | 'hash' | 'set' | 'zset';
/** Registers a key and returns its number. */
type Refer = (key: string, type: KeyType) => number;

export function buildBatchCommand(
  batch: StatsBatch,
  keys: Keys,
): { keys: string[]; args: (string | number)[] } {
  const types = new Map<string, KeyType>();
  const numbers = new Map<string, number>();
  const refer: Refer = (key, type) => {
    types.set(key, type);
    // Lua's indices start at 1.
    const number = numbers.get(key) ?? types.size;
    numbers.set(key, number);
    return number;
  };
  refer(keys.applied(batch.replica), 'string');
  refer(keys.requests(), 'list');
  const body = {
    appliedSeconds: APPLIED_SECONDS,
    keep: MAX_KEPT_REQUESTS,
    mostModels: MAX_USAGE_MODELS,
    requests: batch.requests.map((request) => JSON.stringify({ ...request, replica: batch.replica })),
    hashes: [...batch.counters].map(([slot, f]) => ({
      k: refer(keys.counters(slot), 'hash'),
      ttl: getTtl(slot),
      f,
    })),
    labels: LABEL_KINDS.flatMap((kind) => labelEntries(kind, batch, keys, refer)),
    sets: addressSets(batch, keys, refer),
    usage: usageEntries(batch, keys, refer),
    users: usedKeys(batch, keys, refer),
  };
  return {
    keys: [...types.keys()],
    args: [batch.number, JSON.stringify({ ...body, types: [...types.values()] })],
  };
}

function labelEntries(kind: LabelKind, batch: StatsBatch, keys: Keys, refer: Refer): object[] {
  return [...batch.labels[kind]].map(([label, slots]) => ({
    names: refer(keys.labelNames(kind), 'set'),
    most: MAX_LABELS[kind],
    label,
    at: [...slots].map(([slot, f]) => ({ k: refer(keys.labels(kind, slot), 'hash'), ttl: getTtl(slot), f })),
  }));
}

function usageEntries({ usage }: StatsBatch, keys: Keys, refer: Refer): object[] {
  return usage.flatMap(({ id, slots }) =>
    [...slots].map(([slot, models]) => ({
      k: refer(keys.usage({ id, slot }), 'hash'),
      ttl: getUsageRetentionMs(slot) / 1000,
      m: [...models],
    })),
  );
}

function usedKeys({ usage }: StatsBatch, keys: Keys, refer: Refer): object | undefined {
  if (usage.length === 0) return undefined;
  const newest = Math.max(...usage.map(({ lastAt }) => lastAt));
  return {
    k: refer(keys.usageKeys(), 'zset'),
    oldest: newest - USAGE_DAYS * DAY_MS,
    ttl: (USAGE_DAYS * DAY_MS) / 1000,
    at: usage.map((key) => [encodeUsageKey(key), key.lastAt]),
  };
}

function addressSets(batch: StatsBatch, keys: Keys, refer: Refer): object[] {
  return [...batch.addresses].flatMap(([hour, addresses]) =>
    ['n', '401', '429'].flatMap((field) => {
      const counts = [...addresses].flatMap(([address, f]) =>
        f[field] === undefined ? [] : [[address, f[field]]],
      );
      if (counts.length === 0) return [];
      const k = refer(keys.addresses(hour, field), 'zset');
      return [{ k, ttl: ADDRESS_SECONDS, most: MAX_ADDRESSES, m: Object.fromEntries(counts) }];
    }),
  );
}

/** Returns a slot's lifetime in seconds, 0 for slots that do not expire. */
function getTtl(slot: Slot): number {
  const kept = getRetentionMs(slot);
  return kept === undefined ? 0 : kept / 1000;
}
