/** The statistics of a gateway without Redis on its disk: one entry for each sum, and the newest requests in a ring. */
import {
  type Fields,
  isExpired,
  LABEL_KINDS,
  type LabelKind,
  MAX_KEPT_REQUESTS,
  type Slot,
} from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { Change, DurableState } from './disk/durable-state.js';
import { parseCounters, parseRequest } from './redis/shapes.js';

const COUNTERS = 'stats:counters';
const NAMES = 'stats:names';
const ADDRESSES = 'stats:addresses';
const REQUESTS = 'stats:requests';
const labelNamespace = (kind: LabelKind) => `stats:${kind}`;

export class DurableStats {
  /** Requests that were written so far, those before the start included. */
  #written = 0;

  constructor(
    private readonly state: DurableState,
    private readonly now: () => number,
  ) {}

  readCounters(): Map<Slot, Fields> {
    const counters = new Map<Slot, Fields>();
    for (const [slot, bytes] of this.state.readEntries(COUNTERS) as ReadonlyMap<Slot, Buffer>) {
      if (isExpired(slot, this.now())) this.#delete(COUNTERS, slot);
      else counters.set(slot, readFields(bytes));
    }
    return counters;
  }

  readLabels(kind: LabelKind): Map<Slot, Map<string, Fields>> {
    const slots = new Map<Slot, Map<string, Fields>>();
    for (const [key, bytes] of this.state.readEntries(labelNamespace(kind))) {
      const space = key.indexOf(' ');
      const slot = key.slice(0, space) as Slot;
      if (isExpired(slot, this.now())) {
        this.#delete(labelNamespace(kind), key);
        continue;
      }
      const labels = slots.get(slot) ?? new Map<string, Fields>();
      slots.set(slot, labels);
      labels.set(key.slice(space + 1), readFields(bytes));
    }
    return slots;
  }

  /** The labels that are counted separately. */
  readNames(): Record<LabelKind, Set<string>> {
    const names = this.state.readEntries(NAMES);
    const read = (kind: LabelKind) => new Set(readJson<string[]>(names.get(kind)) ?? []);
    return Object.fromEntries(LABEL_KINDS.map((kind) => [kind, read(kind)])) as Record<
      LabelKind,
      Set<string>
    >;
  }

  readAddresses(): Map<Slot, Map<string, Fields>> {
    const hours = [...this.state.readEntries(ADDRESSES).values()].map((bytes) =>
      readJson<{ hour: Slot; addresses: [string, Fields][] }>(bytes),
    );
    return new Map(hours.flatMap((one) => (one ? [[one.hour, new Map(one.addresses)]] : [])));
  }

  /** Newest first. */
  readRequests(): RequestRecord[] {
    const written = [...this.state.readEntries(REQUESTS).values()].flatMap((bytes) => {
      const entry = readJson<{ number: number; record: unknown }>(bytes);
      return entry === undefined ? [] : [entry];
    });
    written.sort((one, other) => other.number - one.number);
    this.#written = written[0]?.number ?? 0;
    return written.flatMap(({ record }) => parseRequest(JSON.stringify(record)) ?? []);
  }

  writeCounters(slots: Iterable<Slot>, counters: ReadonlyMap<Slot, Fields>): void {
    for (const slot of slots) this.#write(COUNTERS, slot, () => counters.get(slot));
  }

  writeLabel(kind: LabelKind, slot: Slot, label: string, fields: Fields | undefined): void {
    this.#write(labelNamespace(kind), `${slot} ${label}`, () => fields);
  }

  writeNames(kind: LabelKind, names: ReadonlySet<string>): void {
    this.#write(NAMES, kind, () => [...names]);
  }

  writeAddresses(addresses: ReadonlyMap<Slot, ReadonlyMap<string, Fields>>): void {
    const [hour] = addresses;
    if (hour !== undefined)
      this.#write(ADDRESSES, 'hour', () => ({ hour: hour[0], addresses: [...hour[1]] }));
  }

  /** Takes the place of the one written MAX_KEPT_REQUESTS before it. */
  writeRequest(record: RequestRecord): void {
    this.#written += 1;
    const number = this.#written;
    this.#write(REQUESTS, String(number % MAX_KEPT_REQUESTS), () => ({ number, record }));
  }

  #write(namespace: string, key: string, read: () => unknown): void {
    this.state.writeLater(namespace, key, () => encode(read()));
  }

  #delete(namespace: string, key: string): void {
    this.state.writeLater(namespace, key, () => undefined);
  }
}

function encode(value: unknown): Change['value'] {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** Another version may have written it. */
function readFields(bytes: Buffer): Fields {
  const fields = readJson<Record<string, number>>(bytes) ?? {};
  return parseCounters(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, `${value}`])));
}

function readJson<T>(bytes: Buffer | undefined): T | undefined {
  try {
    return bytes === undefined ? undefined : (JSON.parse(String(bytes)) as T);
  } catch {
    return undefined;
  }
}
