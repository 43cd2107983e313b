/** The queue for slots of the upstreams: its present state over all replicas, and the use of the slots. Pure but for reading. */
import type { Pause } from '../queue/core/types.js';
import type { PoolView } from '../queue/queue-store.js';
import { type Fields, type Slot, toHourSlot } from '../stats/batch.js';
import { computeFigures, type Percentiles } from '../stats/figures.js';
import type { Replica, Store } from '../store/store.js';
import { type LabelCounts, sumLabels } from './tables.js';

/** Pools by name. */
type Pools = ReadonlyMap<string, PoolView>;

export interface QueueSource {
  readonly store: Pick<Store, 'readLabels'>;
  readonly slots: { read(names?: readonly string[]): Promise<Pools> };
}

/** What is read of the queue. */
export interface QueueSnapshot {
  readonly pools: Pools;
  /** Use by slot group, in the period. */
  readonly groups: LabelCounts;
  /** Use by key, in the current hour. */
  readonly hour: LabelCounts;
}

export interface GroupRow {
  readonly name: string;
  /** Why the group is not asked for a while, `undefined` when it is. */
  readonly pause: Pause | undefined;
  /** `undefined` when no limit is known. */
  readonly slots: number | undefined;
  readonly isConfigured: boolean;
  /** When the limit changed last, in Unix milliseconds; `undefined` when unknown. */
  readonly changedAt: number | undefined;
  readonly inUse: number;
  /** Requests that could take one of its slots. */
  readonly waiting: number;
  /** Requests of the period. */
  readonly requests: number;
  /** Of those, how many waited. */
  readonly waited: number;
  readonly wait: Percentiles;
}

export interface SlotTime {
  readonly key: string;
  readonly slotMs: number;
  /** Of the slot time of all keys, 0…1. */
  readonly share: number;
}

/** @returns `undefined` when no limit or pause is known and nothing was counted: nothing more is read then. */
export async function readQueue(
  { store, slots }: QueueSource,
  replicas: readonly Replica[],
  counted: Fields,
  { labels, now }: { labels: readonly Slot[]; now: number },
): Promise<QueueSnapshot | undefined> {
  const names = [...new Set(replicas.flatMap(({ pools = [] }) => pools))];
  const { waited, slotMs } = computeFigures(counted);
  const pools = await slots.read(names);
  if (pools.size === 0 && waited === 0 && slotMs === 0) return undefined;
  const [groups, hour] = await Promise.all([
    store.readLabels('group', labels),
    store.readLabels('key', [toHourSlot(now)]),
  ]);
  return { pools, groups: sumLabels(groups), hour: sumLabels(hour) };
}

/** Groups with a limit or a pause, or for which requests have waited, by name. */
export function listGroups({ pools, groups }: Pick<QueueSnapshot, 'pools' | 'groups'>): GroupRow[] {
  const live = [...pools.values()].flatMap((pool) => [...pool.groups.keys()].map((name) => ({ name, pool })));
  const past = [...groups.keys()].filter((name) => !live.some((one) => one.name === name));
  return [...live, ...past.map((name) => ({ name, pool: undefined }))]
    .map(({ name, pool }) => toGroupRow(name, pool, groups.get(name) ?? {}))
    .filter(({ slots, pause, waited }) => slots !== undefined || pause !== undefined || waited > 0)
    .sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

function toGroupRow(name: string, pool: PoolView | undefined, fields: Fields): GroupRow {
  const { slots, fixed = false, changedAt } = pool?.groups.get(name) ?? {};
  const { total, waited, queueWait } = computeFigures(fields);
  return {
    name,
    pause: pool?.pauses.get(name) ?? pool?.pauses.get(name.split('/')[0] ?? ''),
    slots,
    isConfigured: fixed,
    changedAt: changedAt || undefined,
    inUse: pool?.leases.filter(({ group }) => group === name).length ?? 0,
    waiting: pool?.waiting.filter(({ groups }) => groups.includes(name)).length ?? 0,
    requests: total,
    waited,
    wait: queueWait,
  };
}

/** Slot time of the current hour, the most first. */
export function listSlotTimes({ hour }: Pick<QueueSnapshot, 'hour'>): SlotTime[] {
  const times = [...hour].flatMap(([key, { sms = 0 }]) => (sms === 0 ? [] : [{ key, slotMs: sms }]));
  const all = times.reduce((sum, { slotMs }) => sum + slotMs, 0);
  return times
    .map((one) => ({ ...one, share: one.slotMs / all }))
    .sort((one, other) => other.slotMs - one.slotMs || one.key.localeCompare(other.key, 'en'));
}
