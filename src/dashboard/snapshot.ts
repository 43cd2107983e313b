/** Reads everything the dashboard shows. The number of slots does not grow with the number of requests. */
import type { LimitUse } from '../http/middleware/limit-rate.js';
import { type Fields, type Slot, toHourSlot } from '../stats/batch.js';
import { sumFields } from '../stats/figures.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { AddressCount, LostReplica, Replica, Store } from '../store/store.js';
import type { Range } from '../vocabulary/periods.js';
import type { PlanQuotas } from '../vocabulary/plan-quota.js';
import { type QueueSnapshot, type QueueSource, readQueue } from './queue.js';
import { type Bucket, findLabelSlots, listBuckets, listMinutes } from './ranges.js';
import { SHOWN_REQUESTS } from './requests.js';
import { STATUS_MINUTES, type StatusSource } from './status.js';
import { type LabelCounts, sumLabels } from './tables.js';

const SHOWN_ADDRESSES = 20;

export interface SnapshotSource extends Pick<QueueSource, 'slots'> {
  readonly store: Pick<
    Store,
    | 'readCounters'
    | 'readLabels'
    | 'readAddresses'
    | 'readRequests'
    | 'readReplicas'
    | 'readLostReplicas'
    | 'countSpareTokens'
  >;
  readonly publicUse: () => Promise<LimitUse | undefined>;
  readonly planQuotas: () => Promise<PlanQuotas>;
  /** Keys and members that share a personal coding plan, 0 where none does. */
  readonly planSharers: () => Promise<number>;
}

export interface Snapshot {
  /** Unix milliseconds. */
  readonly now: number;
  readonly total: Fields;
  /** STATUS_MINUTES, oldest first. */
  readonly minutes: readonly Fields[];
  readonly buckets: readonly (Bucket & { readonly fields: Fields })[];
  /** When the counts of the tables by label begin. */
  readonly labelsSince: number;
  readonly keys: LabelCounts;
  readonly models: LabelCounts;
  readonly errors: LabelCounts;
  /** Of the current hour. */
  readonly addresses: readonly AddressCount[];
  /** Newest first. */
  readonly requests: readonly RequestRecord[];
  readonly replicas: readonly Replica[];
  /** Latest first. */
  readonly lostReplicas: readonly LostReplica[];
  readonly spareTokens: number;
  /** Use of the public key's total limit, `undefined` when it has none. */
  readonly publicUse: LimitUse | undefined;
  /** `undefined` when no limit of an upstream is known and none was in the period. */
  readonly queue: QueueSnapshot | undefined;
  readonly planQuotas: PlanQuotas;
  readonly planSharers: number;
}

/**
 * Sends all commands in one turn of the event loop, so that Redis receives them together. Rejects with a
 * StoreUnavailableError while the store cannot be read.
 */
export async function readSnapshot(source: SnapshotSource, range: Range, now: number): Promise<Snapshot> {
  const { store, slots: queue } = source;
  const minutes = listMinutes(STATUS_MINUTES, now);
  const buckets = listBuckets(range, now);
  const labels = findLabelSlots(range, now);
  const slots = [...new Set<Slot>(['total', ...minutes, ...buckets.flatMap((bucket) => bucket.slots)])];
  const [counters, keys, models, errors, addresses, requests, standing] = await Promise.all([
    store.readCounters(slots),
    store.readLabels('key', labels.slots),
    store.readLabels('model', labels.slots),
    store.readLabels('error', labels.slots),
    store.readAddresses(toHourSlot(now), SHOWN_ADDRESSES),
    store.readRequests(SHOWN_REQUESTS),
    readStanding(source),
  ]);
  const bySlot = new Map(slots.map((slot, index) => [slot, counters[index] ?? {}]));
  const fieldsOf = (slot: Slot) => bySlot.get(slot) ?? {};
  const bars = buckets.map((bucket) => ({ ...bucket, fields: sumFields(bucket.slots.map(fieldsOf)) }));
  const counted = sumFields(bars.map(({ fields }) => fields));
  const { replicas } = standing;
  return {
    now,
    total: fieldsOf('total'),
    minutes: minutes.map(fieldsOf),
    buckets: bars,
    labelsSince: labels.startsAt,
    keys: sumLabels(keys),
    models: sumLabels(models),
    errors: sumLabels(errors),
    addresses,
    requests,
    ...standing,
    replicas: replicas.toSorted((one, other) => one.id.localeCompare(other.id, 'en')),
    queue: await readQueue({ store, slots: queue }, replicas, counted, { labels: labels.slots, now }),
  };
}

export type StatusStore = Pick<Store, 'readCounters' | 'readReplicas' | 'readLostReplicas'>;

/** Reads what the status is judged by. Rejects with a StoreUnavailableError, too. */
export async function readStatusSource(store: StatusStore, now: number): Promise<StatusSource> {
  const slots: Slot[] = ['total', ...listMinutes(STATUS_MINUTES, now)];
  const [[total = {}, ...minutes], replicas, lostReplicas] = await Promise.all([
    store.readCounters(slots),
    store.readReplicas(),
    store.readLostReplicas(),
  ]);
  return { total, minutes, replicas, lostReplicas, now };
}

/** Reads the totals since counting began. Rejects with a StoreUnavailableError, too. */
export async function readTotals(source: SnapshotSource, now: number) {
  const { store, slots: queue } = source;
  const slots: Slot[] = ['total', ...listMinutes(STATUS_MINUTES, now)];
  const [[total = {}, ...minutes], [keys], [models], [errors], standing] = await Promise.all([
    store.readCounters(slots),
    store.readLabels('key', ['total']),
    store.readLabels('model', ['total']),
    store.readLabels('error', ['total']),
    readStanding(source),
  ]);
  const none: LabelCounts = new Map();
  return {
    total,
    minutes,
    keys: keys ?? none,
    models: models ?? none,
    errors: errors ?? none,
    ...standing,
    queue: await readQueue({ store, slots: queue }, standing.replicas, total, { labels: ['total'], now }),
  };
}

/** Reads what does not depend on the period. */
async function readStanding({ store, publicUse, planQuotas, planSharers }: SnapshotSource) {
  const [replicas, lostReplicas, spareTokens, use, quotas, sharers] = await Promise.all([
    store.readReplicas(),
    store.readLostReplicas(),
    store.countSpareTokens(),
    publicUse(),
    planQuotas(),
    planSharers(),
  ]);
  return { replicas, lostReplicas, spareTokens, publicUse: use, planQuotas: quotas, planSharers: sharers };
}
