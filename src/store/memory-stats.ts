/** Counters, newest requests and busiest addresses in this process's memory, bounded like those in Redis. */
import {
  addTo,
  type Fields,
  KEPT_REQUESTS,
  type LabelKind,
  MOST_ADDRESSES,
  type Slot,
  type StatsBatch,
} from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import { type AddressCount, MOST_LABELS, type StatsStore } from './store.js';

/** How many slots of a kind are kept: 2 h of minutes, 31 d of hours, 400 d of days. */
const KEPT_SLOTS: Readonly<Record<string, number>> = { m: 120, h: 31 * 24, d: 400 };

export class MemoryStats implements StatsStore {
  #requests: RequestRecord[] = [];
  readonly #applied = new Map<string, number>();
  readonly #counters = new Map<Slot, Fields>();
  readonly #labels: Record<LabelKind, Map<Slot, Map<string, Fields>>> = { model: new Map(), key: new Map() };
  readonly #names: Record<LabelKind, Set<string>> = { model: new Set(), key: new Set() };
  readonly #addresses = new Map<Slot, Map<string, Fields>>();

  async recordBatch(batch: StatsBatch): Promise<void> {
    if (batch.number <= (this.#applied.get(batch.replica) ?? 0)) return;
    this.#applied.set(batch.replica, batch.number);
    this.#requests = [
      ...this.#requests,
      ...batch.requests.map((one) => ({ ...one, replica: batch.replica })),
    ].slice(-KEPT_REQUESTS);
    for (const [slot, fields] of batch.counters) addTo(this.#counters, slot, fields);
    this.#noteLast(batch.requests);
    for (const kind of ['model', 'key'] as const) this.#addLabels(kind, batch);
    for (const [hour, addresses] of batch.addresses) this.#addAddresses(hour, addresses);
    dropOldSlots(this.#counters);
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

  async readAddresses(hour: Slot, most: number): Promise<AddressCount[]> {
    return [...(this.#addresses.get(hour) ?? [])]
      .map(([address, fields]) => ({
        address,
        requests: fields.n ?? 0,
        unauthorized: fields['401'] ?? 0,
        limited: fields['429'] ?? 0,
      }))
      .sort((one, other) => other.requests - one.requests)
      .slice(0, most);
  }

  async readRequests(most: number): Promise<RequestRecord[]> {
    return this.#requests.toSorted((one, other) => other.finishedAt - one.finishedAt).slice(0, most);
  }

  #noteLast(requests: readonly RequestRecord[]): void {
    const last = Math.max(0, ...requests.map((request) => request.finishedAt));
    const total = this.#counters.get('total');
    if (total) total.last = Math.max(total.last ?? 0, last);
  }

  #addLabels(kind: LabelKind, batch: StatsBatch): void {
    const names = this.#names[kind];
    for (const [name, slots] of batch.labels[kind]) {
      if (names.size < MOST_LABELS[kind]) names.add(name);
      const label = names.has(name) ? name : 'other';
      for (const [slot, fields] of slots) {
        const labels = this.#labels[kind].get(slot) ?? new Map<string, Fields>();
        this.#labels[kind].set(slot, labels);
        addTo(labels, label, fields);
      }
    }
    dropOldSlots(this.#labels[kind]);
  }

  #addAddresses(hour: Slot, counts: ReadonlyMap<string, Fields>): void {
    const addresses = this.#addresses.get(hour) ?? new Map<string, Fields>();
    this.#addresses.clear();
    this.#addresses.set(hour, addresses);
    for (const [address, fields] of counts) {
      if (addresses.size < MOST_ADDRESSES || addresses.has(address)) addTo(addresses, address, fields);
    }
  }
}

function dropOldSlots(slots: Map<Slot, unknown>): void {
  const newest = (kind: string) =>
    Math.max(
      ...[...slots.keys()]
        .filter((slot) => slot.startsWith(kind) && slot !== 'total')
        .map((slot) => Number(slot.slice(1))),
    );
  for (const [kind, kept] of Object.entries(KEPT_SLOTS)) {
    const oldest = newest(kind) - kept;
    for (const slot of slots.keys())
      if (slot.startsWith(kind) && Number(slot.slice(1)) < oldest) slots.delete(slot);
  }
}
