/** What one replica has counted since its last batch, in a form that any store can add to its own counts. Pure. */

import { bucketOf } from './histogram.js';
import type { RequestRecord } from './request-record.js';

/** The newest finished requests kept, of all replicas together. */
export const KEPT_REQUESTS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const KEPT_MINUTES = 120;

/** Whole numbers to be added to fields: outcomes, `ms`, `in`, `out`, histogram buckets `d12` and `f12`. */
export type Fields = Record<string, number>;

/** `total`, or the minute, hour or day that begins at so many of its kind since 1970. */
export type Slot = 'total' | `m${number}` | `h${number}` | `d${number}`;

export type LabelKind = 'model' | 'key';

export interface StatsBatch {
  readonly replica: string;
  /** Counts up from 1. A store applies each number of a replica once, however often it is given. */
  readonly number: number;
  /** Newest last. */
  readonly requests: readonly RequestRecord[];
  readonly counters: ReadonlyMap<Slot, Fields>;
  /** By kind, then label, then slot. */
  readonly labels: Readonly<Record<LabelKind, ReadonlyMap<string, ReadonlyMap<Slot, Fields>>>>;
  /** By hour, then client address: `n`, `401`, `429`. */
  readonly addresses: ReadonlyMap<Slot, ReadonlyMap<string, Fields>>;
}

export const minuteSlot = (ms: number): Slot => `m${Math.floor(ms / MINUTE_MS)}`;
export const hourSlot = (ms: number): Slot => `h${Math.floor(ms / HOUR_MS)}`;
export const daySlot = (ms: number): Slot => `d${Math.floor(ms / DAY_MS)}`;

/** Gathers records into the next batch. However long no batch can be written, it stays bounded. */
export class BatchBuilder {
  #requests: RequestRecord[] = [];
  readonly #counters = new Map<Slot, Fields>();
  readonly #labels = {
    model: new Map<string, Map<Slot, Fields>>(),
    key: new Map<string, Map<Slot, Fields>>(),
  };
  readonly #addresses = new Map<Slot, Map<string, Fields>>();

  get isEmpty(): boolean {
    return this.#counters.size === 0;
  }

  add(record: RequestRecord): void {
    const at = record.finishedAt;
    this.#requests.push(record);
    if (this.#requests.length > 2 * KEPT_REQUESTS) this.#requests = this.#requests.slice(-KEPT_REQUESTS);
    const fields = { ...plainFields(record), ...histogramFields(record) };
    for (const slot of ['total', minuteSlot(at), hourSlot(at)] as const) addTo(this.#counters, slot, fields);
    this.#dropOldMinutes(at);
    // A model that nobody has is the caller's text, not a label.
    const model = record.code === 'model_not_found' ? undefined : record.model;
    this.#addLabel('model', model ?? 'unknown', record);
    this.#addLabel('key', record.keyName ?? 'none', record);
    this.#addAddress(record);
  }

  build(replica: string, number: number): StatsBatch {
    return {
      replica,
      number,
      requests: this.#requests.slice(-KEPT_REQUESTS),
      counters: this.#counters,
      labels: this.#labels,
      addresses: this.#addresses,
    };
  }

  #addLabel(kind: LabelKind, label: string, record: RequestRecord): void {
    const slots = this.#labels[kind].get(label) ?? new Map<Slot, Fields>();
    this.#labels[kind].set(label, slots);
    const fields = plainFields(record);
    for (const slot of ['total', hourSlot(record.finishedAt), daySlot(record.finishedAt)] as const) {
      addTo(slots, slot, fields);
    }
  }

  #addAddress({ finishedAt, clientAddress, status }: RequestRecord): void {
    const hour = hourSlot(finishedAt);
    const addresses = this.#addresses.get(hour) ?? new Map<string, Fields>();
    // Only the present hour is shown.
    if (!this.#addresses.has(hour)) this.#addresses.clear();
    this.#addresses.set(hour, addresses);
    if (addresses.size >= MOST_ADDRESSES && !addresses.has(clientAddress)) return;
    const fields: Fields = { n: 1 };
    if (status === 401 || status === 429) fields[status] = 1;
    addTo(addresses, clientAddress, fields);
  }

  /** While the store is away: minutes that are no longer shown live on in their hour. */
  #dropOldMinutes(now: number): void {
    if (this.#counters.size <= KEPT_MINUTES) return;
    const oldest = Math.floor(now / MINUTE_MS) - KEPT_MINUTES;
    for (const slot of this.#counters.keys()) {
      if (slot.startsWith('m') && Number(slot.slice(1)) < oldest) this.#counters.delete(slot);
    }
  }
}

/** Addresses counted in one hour; strangers past this many are not told apart. */
export const MOST_ADDRESSES = 1_000;

function plainFields(record: RequestRecord): Fields {
  return {
    [record.outcome]: 1,
    ms: Math.round(record.durationMs),
    in: record.usage?.promptTokens ?? 0,
    out: record.usage?.completionTokens ?? 0,
  };
}

function histogramFields(record: RequestRecord): Fields {
  const first = record.firstTokenMs;
  return {
    [`d${bucketOf(record.durationMs)}`]: 1,
    ...(first === undefined ? {} : { [`f${bucketOf(first)}`]: 1 }),
  };
}

/** Adds fields to those that a map holds under a key. */
export function addTo<K>(map: Map<K, Fields>, key: K, fields: Fields): void {
  const sums = map.get(key) ?? {};
  for (const [field, value] of Object.entries(fields)) sums[field] = (sums[field] ?? 0) + value;
  map.set(key, sums);
}
