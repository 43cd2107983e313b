/** What one replica has counted since its last batch, in a form that any store can add to its own counts. Pure. */

import { addHistogramFields, addPlainFields, toErrorLabel, toModelLabel } from './count-record.js';
import type { RequestRecord } from './request-record.js';

/** The newest finished requests kept, of all replicas together. */
export const MAX_KEPT_REQUESTS = 1_000;
/**
 * The newest requests of one batch: as many as pages show. With more, a batch that had to wait could push those of
 * other replicas out of the list that finished later.
 */
export const MAX_BATCH_REQUESTS = 100;
/** Labels told apart in the counters; the rest is counted as `other`. */
export const MAX_LABELS: Readonly<Record<LabelKind, number>> = { model: 50, key: 500, error: 100 };
/** Addresses counted in one hour; further ones are not told apart. */
export const MAX_ADDRESSES = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * Whole numbers to be added to fields: outcomes, `429`, `ms`, tokens `in` and `out`, histogram buckets `d12` and `f12`,
 * and `gms` and `gout`: how long answers took from their first token on, and the tokens of just those. One field is not
 * added but kept at its greatest: `last`, when the latest request finished, in Unix milliseconds.
 */
export type Fields = Record<string, number>;

/** `total`, or the minute, hour or day that begins at so many of its kind since 1970. */
export type Slot = 'total' | `m${number}` | `h${number}` | `d${number}`;

/** `error` is by code: what went wrong, whoever asked. */
export type LabelKind = 'model' | 'key' | 'error';
export const LABEL_KINDS: readonly LabelKind[] = ['model', 'key', 'error'];

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

export const toMinuteSlot = (ms: number): Slot => `m${Math.floor(ms / MINUTE_MS)}`;
export const toHourSlot = (ms: number): Slot => `h${Math.floor(ms / HOUR_MS)}`;
export const toDaySlot = (ms: number): Slot => `d${Math.floor(ms / DAY_MS)}`;

/** How long one lasts, and how many of its kind are kept. */
const SLOT_KINDS: Readonly<Record<string, { ms: number; kept: number }>> = {
  m: { ms: MINUTE_MS, kept: 120 },
  h: { ms: HOUR_MS, kept: 31 * 24 },
  d: { ms: DAY_MS, kept: 400 },
};

/** How long a slot is kept; undefined: for good. */
export function getRetentionMs(slot: Slot): number | undefined {
  const kind = SLOT_KINDS[slot.charAt(0)];
  return kind && kind.ms * kind.kept;
}

/** What records of one minute have in common that are counted in the same places, and what they add up to. */
interface RecordGroup {
  readonly at: number;
  readonly model: string;
  readonly key: string;
  readonly error: string | undefined;
  readonly plain: Fields;
  readonly histogram: Fields;
}

/** Kinds of record told apart before they are counted where they belong. */
const MAX_GROUPS = 1_000;

/** Gathers records into the next batch. However long no batch can be written, it stays bounded. */
export class BatchBuilder {
  #requests: RequestRecord[] = [];
  /** A record belongs to ten slots. Those of a minute are mostly alike: added up first, they cost a tenth. */
  readonly #alike = new Map<string, RecordGroup>();
  #minute: Slot = 'total';
  readonly #counters = new Map<Slot, Fields>();
  readonly #labels = {
    model: new Map<string, Map<Slot, Fields>>(),
    key: new Map<string, Map<Slot, Fields>>(),
    error: new Map<string, Map<Slot, Fields>>(),
  };
  readonly #addresses = new Map<Slot, Map<string, Fields>>();

  get isEmpty(): boolean {
    return this.#counters.size + this.#alike.size === 0;
  }

  add(record: RequestRecord): void {
    this.#requests.push(record);
    if (this.#requests.length > 2 * MAX_BATCH_REQUESTS) {
      this.#requests = this.#requests.slice(-MAX_BATCH_REQUESTS);
    }
    const minute = toMinuteSlot(record.finishedAt);
    if (minute !== this.#minute || this.#alike.size >= MAX_GROUPS) this.#countAlike();
    this.#minute = minute;
    const alike = this.#alikeOf(record);
    addPlainFields(alike.plain, record);
    addHistogramFields(alike.histogram, record);
    this.#addAddress(record);
  }

  build(replica: string, number: number): StatsBatch {
    this.#countAlike();
    return {
      replica,
      number,
      requests: this.#requests.slice(-MAX_BATCH_REQUESTS),
      counters: this.#counters,
      labels: this.#labels,
      addresses: this.#addresses,
    };
  }

  #alikeOf(record: RequestRecord): RecordGroup {
    const model = toModelLabel(record);
    const key = record.keyName ?? 'none';
    const error = record.outcome === 'ok' ? undefined : toErrorLabel(record);
    const name = `${model}\n${key}\n${error}`;
    const known = this.#alike.get(name);
    if (known) return known;
    const alike = { at: record.finishedAt, model, key, error, plain: {}, histogram: {} };
    this.#alike.set(name, alike);
    return alike;
  }

  #countAlike(): void {
    for (const { at, model, key, error, plain, histogram } of this.#alike.values()) {
      addToSlots(this.#counters, ['total', toMinuteSlot(at), toHourSlot(at)], { ...plain, ...histogram }, at);
      this.#addLabel('model', model, plain, at);
      this.#addLabel('key', key, plain, at);
      if (error !== undefined) this.#addLabel('error', error, plain, at);
    }
    this.#alike.clear();
  }

  #addLabel(kind: LabelKind, name: string, fields: Fields, at: number): void {
    const labels = this.#labels[kind];
    const label = labels.has(name) || labels.size < MAX_LABELS[kind] ? name : 'other';
    const slots = labels.get(label) ?? new Map<Slot, Fields>();
    labels.set(label, slots);
    addToSlots(slots, ['total', toHourSlot(at), toDaySlot(at)], fields, at);
  }

  #addAddress({ finishedAt, clientAddress, status }: RequestRecord): void {
    // Through a proxy that is trusted by mistake, it may be any text.
    const address = clientAddress.slice(0, 64);
    const hour = toHourSlot(finishedAt);
    const addresses = this.#addresses.get(hour) ?? new Map<string, Fields>();
    // Only the present hour is shown.
    if (!this.#addresses.has(hour)) this.#addresses.clear();
    this.#addresses.set(hour, addresses);
    if (addresses.size >= MAX_ADDRESSES && !addresses.has(address)) return;
    const fields: Fields = { n: 1 };
    if (status === 401 || status === 429) fields[status] = 1;
    addTo(addresses, address, fields);
  }
}

/** Adds fields to several slots. With every new one those go that are no longer shown: minutes live on in their hour. */
export function addToSlots(
  slots: Map<Slot, Fields>,
  into: readonly Slot[],
  fields: Fields,
  now: number,
): void {
  const known = slots.size;
  for (const slot of into) addTo(slots, slot, fields);
  if (slots.size > known) dropOldSlots(slots, now);
}

export function dropOldSlots(slots: Map<Slot, unknown>, now: number): void {
  for (const slot of slots.keys()) {
    const kind = SLOT_KINDS[slot.charAt(0)];
    if (kind && Number(slot.slice(1)) < Math.floor(now / kind.ms) - kind.kept) slots.delete(slot);
  }
}

/** Adds fields to those that a map holds under a key. */
export function addTo<K>(map: Map<K, Fields>, key: K, fields: Fields): void {
  const sums = map.get(key) ?? {};
  addFields(sums, fields);
  map.set(key, sums);
}

/** Adds `fields` to `sums`, in place. */
export function addFields(sums: Fields, fields: Fields): void {
  for (const [field, value] of Object.entries(fields)) {
    const known = sums[field] ?? 0;
    sums[field] = field === 'last' ? Math.max(known, value) : known + value;
  }
}
