/** Counters, latest requests and busiest addresses in this process's memory, with the same limits as in Redis; written through to the disk. */
import {
  addTo,
  dropOldSlots,
  type Fields,
  LABEL_KINDS,
  type LabelKind,
  MAX_ADDRESSES,
  MAX_KEPT_REQUESTS,
  MAX_LABELS,
  type Slot,
  type StatsBatch,
} from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { UsageByModel, UsageKey, UsagePart } from '../stats/usage.js';
import type { DurableState } from './disk/durable-state.js';
import { DurableStats, type Labels, type Slots } from './durable-stats.js';
import { MemoryUsage } from './memory-usage.js';
import type { AddressCount, StatsStore } from './store.js';

export class MemoryStats implements StatsStore {
  /** Those since the start, newest first. */
  #requests: RequestRecord[] = [];
  /** Reads those from before the start, newest first. */
  readonly #readOlderRequests: () => RequestRecord[];
  #olderRequests: RequestRecord[] | undefined;
  readonly #applied = new Map<string, number>();
  readonly #counters: Slots<Fields>;
  readonly #labels: Record<LabelKind, Slots<Labels>>;
  readonly #names: Record<LabelKind, Set<string>>;
  readonly #addresses: Slots<Labels>;
  readonly #disk: DurableStats;
  readonly #usage: MemoryUsage;

  constructor(
    protected readonly now: () => number,
    state: DurableState,
  ) {
    const disk = new DurableStats(state);
    this.#disk = disk;
    this.#usage = new MemoryUsage(state, now);
    this.#readOlderRequests = disk.readRequests();
    this.#counters = disk.readCounters();
    const labels = LABEL_KINDS.map((kind) => [kind, disk.readLabels(kind)]);
    this.#labels = Object.fromEntries(labels) as Record<LabelKind, Slots<Labels>>;
    this.#names = disk.readNames();
    this.#addresses = disk.readAddresses();
  }

  async recordBatch(batch: StatsBatch): Promise<void> {
    if (batch.number <= (this.#applied.get(batch.replica) ?? 0)) return;
    this.#applied.set(batch.replica, batch.number);
    const requests = batch.requests.map((one) => ({ ...one, replica: batch.replica }));
    for (const request of requests) this.#disk.writeRequest(request);
    this.#requests = [...requests.reverse(), ...this.#requests].slice(0, MAX_KEPT_REQUESTS);
    const slots = [...batch.counters.keys()];
    for (const [slot, fields] of batch.counters) addTo(this.#counters, slot, fields);
    this.#disk.writeCounters([...slots, ...dropOldSlots(this.#counters, this.now())], this.#counters);
    for (const kind of LABEL_KINDS) this.#addLabels(kind, batch);
    this.#usage.add(batch.usage);
    for (const [hour, addresses] of batch.addresses) this.#addAddresses(hour, addresses);
  }

  async readCounters(slots: readonly Slot[]): Promise<Fields[]> {
    return slots.map((slot) => ({ ...this.#counters.get(slot) }));
  }

  async readLabels(kind: LabelKind, slots: readonly Slot[]): Promise<ReadonlyMap<string, Fields>[]> {
    return slots.map(
      (slot) =>
        new Map([...(this.#labels[kind].get(slot) ?? [])].map(([label, fields]) => [label, { ...fields }])),
    );
  }

  async readAddresses(hour: Slot, limit: number): Promise<AddressCount[]> {
    return busiestFirst(this.#addresses.get(hour) ?? new Map())
      .slice(0, limit)
      .map(([address, fields]) => ({
        address,
        requests: fields.n ?? 0,
        unauthorized: fields['401'] ?? 0,
        limited: fields['429'] ?? 0,
      }));
  }

  async readRequests(limit: number): Promise<RequestRecord[]> {
    this.#olderRequests ??= this.#readOlderRequests();
    return [...this.#requests, ...this.#olderRequests]
      .slice(0, MAX_KEPT_REQUESTS)
      .toSorted((one, other) => other.finishedAt - one.finishedAt)
      .slice(0, limit);
  }

  async listUsageKeys(since: number): Promise<UsageKey[]> {
    return this.#usage.listKeys(since);
  }

  async readUsage(parts: readonly UsagePart[]): Promise<UsageByModel[]> {
    return this.#usage.read(parts);
  }

  #addLabels(kind: LabelKind, batch: StatsBatch): void {
    const bySlot = this.#labels[kind];
    const changed = new Set<Slot>();
    for (const [name, slots] of batch.labels[kind]) {
      const label = this.#findLabel(kind, name);
      for (const [slot, fields] of slots) {
        const labels: Labels = bySlot.get(slot) ?? new Map();
        bySlot.set(slot, labels);
        addTo(labels, label, fields);
        changed.add(slot);
      }
    }
    for (const slot of dropOldSlots(bySlot, this.now())) changed.add(slot);
    this.#disk.writeLabels(kind, changed, bySlot);
  }

  /** @returns `other` for a name that is not counted separately */
  #findLabel(kind: LabelKind, name: string): string {
    const names = this.#names[kind];
    if (names.has(name)) return name;
    if (names.size >= MAX_LABELS[kind]) return 'other';
    names.add(name);
    this.#disk.writeNames(kind, names);
    return name;
  }

  /** Keeps the busiest addresses of the current hour. */
  #addAddresses(hour: Slot, counts: ReadonlyMap<string, Fields>): void {
    const addresses = this.#addresses.get(hour) ?? new Map<string, Fields>();
    for (const [address, fields] of counts) addTo(addresses, address, fields);
    const others = this.#addresses.keys().filter((slot) => slot !== hour);
    for (const slot of others) this.#addresses.delete(slot);
    this.#addresses.set(hour, new Map(busiestFirst(addresses).slice(0, MAX_ADDRESSES)));
    this.#disk.writeAddresses([hour, ...others], this.#addresses);
  }
}

function busiestFirst(addresses: ReadonlyMap<string, Fields>): [string, Fields][] {
  return [...addresses].sort(([, one], [, other]) => (other.n ?? 0) - (one.n ?? 0));
}
