/** Counters, latest requests and busiest addresses in this process's memory, with the same limits as in Redis; written through to the disk. */
import {
  addTo,
  addToSlots,
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
import type { DurableState } from './disk/durable-state.js';
import { DurableStats } from './durable-stats.js';
import type { AddressCount, StatsStore } from './store.js';

export class MemoryStats implements StatsStore {
  /** Newest first. */
  #requests: RequestRecord[];
  readonly #applied = new Map<string, number>();
  readonly #counters: Map<Slot, Fields>;
  readonly #labels: Record<LabelKind, Map<Slot, Map<string, Fields>>>;
  readonly #names: Record<LabelKind, Set<string>>;
  #addresses: Map<Slot, Map<string, Fields>>;
  readonly #disk: DurableStats;

  constructor(
    protected readonly now: () => number,
    state: DurableState,
  ) {
    this.#disk = new DurableStats(state, now);
    this.#requests = this.#disk.readRequests();
    this.#counters = this.#disk.readCounters();
    this.#names = this.#disk.readNames();
    this.#addresses = this.#disk.readAddresses();
    const read = (kind: LabelKind) => this.#disk.readLabels(kind);
    this.#labels = { model: read('model'), key: read('key'), error: read('error'), group: read('group') };
  }

  async recordBatch(batch: StatsBatch): Promise<void> {
    if (batch.number <= (this.#applied.get(batch.replica) ?? 0)) return;
    this.#applied.set(batch.replica, batch.number);
    const requests = batch.requests.map((one) => ({ ...one, replica: batch.replica }));
    for (const request of requests) this.#disk.writeRequest(request);
    this.#requests = [...requests.reverse(), ...this.#requests].slice(0, MAX_KEPT_REQUESTS);
    for (const [slot, fields] of batch.counters) {
      const removed = addToSlots(this.#counters, [slot], fields, this.now());
      this.#disk.writeCounters([slot, ...removed], this.#counters);
    }
    for (const kind of LABEL_KINDS) this.#addLabels(kind, batch);
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
    return this.#requests.toSorted((one, other) => other.finishedAt - one.finishedAt).slice(0, limit);
  }

  #addLabels(kind: LabelKind, batch: StatsBatch): void {
    const bySlot = this.#labels[kind];
    for (const [name, slots] of batch.labels[kind]) {
      const label = this.#findLabel(kind, name);
      for (const [slot, fields] of slots) {
        const labels = bySlot.get(slot) ?? new Map<string, Fields>();
        bySlot.set(slot, labels);
        addTo(labels, label, fields);
        this.#disk.writeLabel(kind, slot, label, labels.get(label));
      }
    }
    const before = new Map(bySlot);
    for (const slot of dropOldSlots(bySlot, this.now())) {
      for (const label of before.get(slot)?.keys() ?? []) this.#disk.writeLabel(kind, slot, label, undefined);
    }
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
    this.#addresses = new Map([[hour, new Map(busiestFirst(addresses).slice(0, MAX_ADDRESSES))]]);
    this.#disk.writeAddresses(this.#addresses);
  }
}

function busiestFirst(addresses: ReadonlyMap<string, Fields>): [string, Fields][] {
  return [...addresses].sort(([, one], [, other]) => (other.n ?? 0) - (one.n ?? 0));
}
