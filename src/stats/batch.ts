/** Collects what one replica has counted since its last batch, as sums that any store can add to its own. Pure. */

import { OUTCOMES } from '../vocabulary/outcomes.js';
import {
  addHistogramFields,
  addPlainFields,
  addWaitField,
  toErrorLabel,
  toModelLabel,
} from './count-record.js';
import type { RequestRecord } from './request-record.js';
import { addUsageFields, type KeyUsage, UsageBook, type UsageKey } from './usage.js';

/** How many of the newest finished requests the store keeps, of all replicas together. */
export const MAX_KEPT_REQUESTS = 1_000;
/**
 * The newest requests of one batch: as many as pages show. A larger batch that was delayed could push newer requests of
 * other replicas out of the list.
 */
export const MAX_BATCH_REQUESTS = 100;
/** Labels counted separately; further ones are counted as `other`. */
export const MAX_LABELS: Readonly<Record<LabelKind, number>> = {
  model: 50,
  key: 500,
  error: 100,
  group: 100,
};
/** Addresses counted in one hour; further ones are left out. */
export const MAX_ADDRESSES = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * Whole numbers that stores add up. The names are part of the format in Redis: outcomes, `429`, `ms` (total duration),
 * tokens `in` and `out`, `sms` (milliseconds in slots of the upstream), buckets `d12` (duration), `f12` (first token) and
 * `w12` (wait for a slot), and, of complete answers, `gms` (milliseconds from the first token to the end) with `gout` (their
 * tokens). The maximum is kept of one field: `last`, when the latest
 * request finished, in Unix milliseconds.
 */
export type Fields = Record<string, number>;

/** `total`, or a minute, hour or day, numbered since 1970. */
export type Slot = 'total' | `m${number}` | `h${number}` | `d${number}`;

/** Errors are counted by code; groups are those of the upstream's slots, once their limit is known. */
export type LabelKind = 'model' | 'key' | 'error' | 'group';
export const LABEL_KINDS: readonly LabelKind[] = ['model', 'key', 'error', 'group'];

export interface StatsBatch {
  readonly replica: string;
  /** Counts up from 1. A store applies each number of a replica exactly once. */
  readonly number: number;
  /** Newest last. */
  readonly requests: readonly RequestRecord[];
  readonly counters: ReadonlyMap<Slot, Fields>;
  /** By kind, then label, then slot. */
  readonly labels: Readonly<Record<LabelKind, ReadonlyMap<string, ReadonlyMap<Slot, Fields>>>>;
  /** By hour, then client address: `n`, `401`, `429`. */
  readonly addresses: ReadonlyMap<Slot, ReadonlyMap<string, Fields>>;
  readonly usage: readonly KeyUsage[];
}

export const toMinuteSlot = (ms: number): Slot => `m${Math.floor(ms / MINUTE_MS)}`;
export const toHourSlot = (ms: number): Slot => `h${Math.floor(ms / HOUR_MS)}`;
export const toDaySlot = (ms: number): Slot => `d${Math.floor(ms / DAY_MS)}`;

/** The length of a slot, and how many slots of its kind are kept. */
const SLOT_KINDS: Readonly<Record<string, { ms: number; kept: number }>> = {
  m: { ms: MINUTE_MS, kept: 120 },
  h: { ms: HOUR_MS, kept: 31 * 24 },
  d: { ms: DAY_MS, kept: 400 },
};

/** How long a slot is kept, in milliseconds. @returns undefined if it never expires. */
export function getRetentionMs(slot: Slot): number | undefined {
  const kind = SLOT_KINDS[slot.charAt(0)];
  return kind && kind.ms * kind.kept;
}

/** Sums of the records of one minute that have model, key, error and slot group in common. */
interface RecordGroup {
  readonly at: number;
  readonly model: string;
  readonly key: string;
  readonly error: string | undefined;
  readonly slotGroup: string | undefined;
  readonly plain: Fields;
  readonly histogram: Fields;
  readonly waits: Fields;
  /** `undefined` when no key was accepted. */
  readonly user: UsageKey | undefined;
  readonly usage: Fields;
}

/** Groups of records held before they are added to their slots. */
const MAX_GROUPS = 1_000;

/** Collects records for the next batch. Its size stays bounded while no batch can be written. */
export class BatchBuilder {
  #requests: RequestRecord[] = [];
  /** A record belongs to ten slots. Adding up the similar records of a minute first costs a tenth of the time. */
  readonly #groups = new Map<string, RecordGroup>();
  #minute: Slot = 'total';
  readonly #counters = new Map<Slot, Fields>();
  readonly #labels = {
    model: new Map<string, Map<Slot, Fields>>(),
    key: new Map<string, Map<Slot, Fields>>(),
    error: new Map<string, Map<Slot, Fields>>(),
    group: new Map<string, Map<Slot, Fields>>(),
  };
  readonly #addresses = new Map<Slot, Map<string, Fields>>();
  readonly #usage: UsageBook;

  /** @param zone of the days of the usage */
  constructor(zone = 'UTC') {
    this.#usage = new UsageBook(zone);
  }

  get isEmpty(): boolean {
    return this.#counters.size + this.#groups.size === 0;
  }

  add(record: RequestRecord): void {
    this.#requests.push(record);
    if (this.#requests.length > 2 * MAX_BATCH_REQUESTS) {
      this.#requests = this.#requests.slice(-MAX_BATCH_REQUESTS);
    }
    const minute = toMinuteSlot(record.finishedAt);
    if (minute !== this.#minute || this.#groups.size >= MAX_GROUPS) this.#countGroups();
    this.#minute = minute;
    const group = this.#findGroup(record);
    addPlainFields(group.plain, record);
    addHistogramFields(group.histogram, record);
    addWaitField(group.waits, record);
    if (group.user !== undefined) addUsageFields(group.usage, record);
    this.#addAddress(record);
  }

  build(replica: string, number: number): StatsBatch {
    this.#countGroups();
    return {
      replica,
      number,
      requests: this.#requests.slice(-MAX_BATCH_REQUESTS),
      counters: this.#counters,
      labels: this.#labels,
      addresses: this.#addresses,
      usage: this.#usage.build(),
    };
  }

  #findGroup(record: RequestRecord): RecordGroup {
    const model = toModelLabel(record);
    const key = record.keyName ?? 'none';
    const error = OUTCOMES[record.outcome].fault === 'none' ? undefined : toErrorLabel(record);
    const { slotGroup, keyId, member } = record;
    const name = `${model}\n${key}\n${error}\n${slotGroup}\n${keyId}\n${member}`;
    const known = this.#groups.get(name);
    if (known) return known;
    const sums = { plain: {}, histogram: {}, waits: {}, usage: {} };
    const at = record.finishedAt;
    const user = keyId === undefined ? undefined : { id: keyId, name: key, member, lastAt: at };
    const group = { at, model, key, error, slotGroup, user, ...sums };
    this.#groups.set(name, group);
    return group;
  }

  #countGroups(): void {
    for (const group of this.#groups.values()) {
      const { at, model, key, error, slotGroup, plain, histogram, waits, user, usage } = group;
      if (user !== undefined) this.#usage.add(user, model, usage);
      const all = { ...plain, ...histogram, ...waits };
      addToSlots(this.#counters, ['total', toMinuteSlot(at), toHourSlot(at)], all, at);
      this.#addLabel('model', model, plain, at);
      this.#addLabel('key', key, plain, at);
      if (error !== undefined) this.#addLabel('error', error, plain, at);
      if (slotGroup !== undefined) this.#addLabel('group', slotGroup, { ...plain, ...waits }, at);
    }
    this.#groups.clear();
  }

  #addLabel(kind: LabelKind, name: string, fields: Fields, at: number): void {
    const labels = this.#labels[kind];
    const label = labels.has(name) || labels.size < MAX_LABELS[kind] ? name : 'other';
    const slots = labels.get(label) ?? new Map<Slot, Fields>();
    labels.set(label, slots);
    addToSlots(slots, ['total', toHourSlot(at), toDaySlot(at)], fields, at);
  }

  #addAddress({ finishedAt, clientAddress, status }: RequestRecord): void {
    // A proxy that is trusted by mistake may send any text.
    const address = clientAddress.slice(0, 64);
    const hour = toHourSlot(finishedAt);
    const addresses = this.#addresses.get(hour) ?? new Map<string, Fields>();
    // The dashboard shows the current hour only.
    if (!this.#addresses.has(hour)) this.#addresses.clear();
    this.#addresses.set(hour, addresses);
    if (addresses.size >= MAX_ADDRESSES && !addresses.has(address)) return;
    const fields: Fields = { n: 1 };
    if (status === 401 || status === 429) fields[status] = 1;
    addTo(addresses, address, fields);
  }
}

/** What is used of a map of slots. */
interface SlotMap<V> {
  readonly size: number;
  get(slot: Slot): V | undefined;
  set(slot: Slot, value: V): void;
  delete(slot: Slot): void;
  keys(): Iterable<Slot>;
}

/**
 * Adds fields to several slots. Each new slot removes the expired ones; minutes are also counted in their hour.
 * @returns the removed slots
 */
export function addToSlots(
  slots: SlotMap<Fields>,
  into: readonly Slot[],
  fields: Fields,
  now: number,
): Slot[] {
  const known = slots.size;
  for (const slot of into) addTo(slots, slot, fields);
  return slots.size > known ? dropOldSlots(slots, now) : [];
}

/** @returns the removed slots */
export function dropOldSlots(slots: Pick<SlotMap<unknown>, 'keys' | 'delete'>, now: number): Slot[] {
  const old = [...slots.keys()].filter((slot) => isExpired(slot, now));
  for (const slot of old) slots.delete(slot);
  return old;
}

function isExpired(slot: Slot, now: number): boolean {
  const kind = SLOT_KINDS[slot.charAt(0)];
  return kind !== undefined && Number(slot.slice(1)) < Math.floor(now / kind.ms) - kind.kept;
}

/** Adds fields to the sums under `key`. */
export function addTo<K>(
  map: { get(key: K): Fields | undefined; set(key: K, sums: Fields): void },
  key: K,
  fields: Fields,
): void {
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
