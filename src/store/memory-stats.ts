/** Counters, latest requests and busiest addresses in this process's memory, with the same limits as in Redis. */
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
import type { AddressCount, StatsStore } from './store.js';

export class MemoryStats implements StatsStore {
  /** Newest first. */
  #requests: RequestRecord[] = [];
  readonly #applied = new Map<string, number>();
  readonly #counters = new Map<Slot, Fields>();
  readonly #labels: Record<LabelKind, Map<Slot, Map<string, Fields>>> = {
    model: new Map(),
    key: new Map(),
    error: new Map(),
  };
  readonly #names: Record<LabelKind, Set<string>> = {
    model: new Set(),
    key: new Set(),
    error: new Set(),
  };
  #addresses = new Map<Slot, Map<string, Fields>>();

  constructor(protected readonly now: () => number) {}

  async recordBatch(batch: StatsBatch): Promise<void> {
    if (batch.number <= (this.#applied.get(batch.replica) ?? 0)) return;
    this.#applied.set(batch.replica, batch.number);
    const requests = batch.requests.map((one) => ({ ...one, replica: batch.replica })).reverse();
    this.#requests = [...requests, ...this.#requests].slice(0, MAX_KEPT_REQUESTS);
    for (const [slot, fields] of batch.counters) addToSlots(this.#counters, [slot], fields, this.now());
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
    const names = this.#names[kind];
    const bySlot = this.#labels[kind];
    for (const [name, slots] of batch.labels[kind]) {
      if (names.size < MAX_LABELS[kind]) names.add(name);
      for (const [slot, fields] of slots) {
        const labels = bySlot.get(slot) ?? new Map<string, Fields>();
        bySlot.set(slot, labels);
        addTo(labels, names.has(name) ? name : 'other', fields);
      }
    }
    dropOldSlots(bySlot, this.now());
  }

  /** Keeps the busiest addresses of the current hour. */
  #addAddresses(hour: Slot, counts: ReadonlyMap<string, Fields>): void {
    const addresses = this.#addresses.get(hour) ?? new Map<string, Fields>();
    for (const [address, fields] of counts) addTo(addresses, address, fields);
    this.#addresses = new Map([[hour, new Map(busiestFirst(addresses).slice(0, MAX_ADDRESSES))]]);
  }
}

function busiestFirst(addresses: ReadonlyMap<string, Fields>): [string, Fields][] {
  return [...addresses].sort(([, one], [, other]) => (other.n ?? 0) - (one.n ?? 0));
}
