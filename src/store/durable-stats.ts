/** The statistics of a gateway without Redis on its disk: an entry for each slot, and the newest requests in a ring. */
import { type Fields, LABEL_KINDS, type LabelKind, MAX_KEPT_REQUESTS, type Slot } from '../stats/batch.js';
import type { RequestRecord } from '../stats/request-record.js';
import type { DurableState } from './disk/durable-state.js';
import { LazyMap } from './lazy-map.js';
import { parseCounters, parseRequest } from './redis/shapes.js';

const COUNTERS = 'stats:counters';
const NAMES = 'stats:names';
const ADDRESSES = 'stats:addresses';
const REQUESTS = 'stats:requests';
const labelNamespace = (kind: LabelKind) => `stats:${kind}`;

export type Labels = Map<string, Fields>;
export type Slots<V> = LazyMap<Slot, V>;

export class DurableStats {
  /** Requests that were written so far, those before the start included. */
  #written = 0;

  constructor(private readonly state: DurableState) {}

  readCounters(): Slots<Fields> {
    return this.#readSlots(COUNTERS, (bytes) => toFields(readJson(bytes)));
  }

  readLabels(kind: LabelKind): Slots<Labels> {
    return this.#readSlots(labelNamespace(kind), decodeLabels);
  }

  readAddresses(): Slots<Labels> {
    return this.#readSlots(ADDRESSES, decodeLabels);
  }

  /** The labels that are counted separately. */
  readNames(): Record<LabelKind, Set<string>> {
    const entries = this.state.readEntries(NAMES);
    const names = LABEL_KINDS.map((kind) => [kind, new Set(readJson<string[]>(entries.get(kind)))]);
    return Object.fromEntries(names) as Record<LabelKind, Set<string>>;
  }

  /** @returns a function that reads the requests, newest first: nobody may ask for them */
  readRequests(): () => RequestRecord[] {
    const written = [...this.state.readEntries(REQUESTS).values()].map((bytes) => {
      const space = bytes.indexOf(' ');
      return { number: Number(bytes.subarray(0, space)), line: bytes.subarray(space + 1) };
    });
    written.sort((one, other) => other.number - one.number);
    this.#written = written[0]?.number ?? 0;
    return () => written.flatMap(({ line }) => parseRequest(String(line)) ?? []);
  }

  /** Each slot that is not there any more is deleted. */
  writeCounters(slots: Iterable<Slot>, counters: Slots<Fields>): void {
    for (const slot of slots) this.state.writeLater(COUNTERS, slot, () => encode(counters.get(slot)));
  }

  /** As `writeCounters`. */
  writeLabels(kind: LabelKind, slots: Iterable<Slot>, labels: Slots<Labels>): void {
    for (const slot of slots)
      this.state.writeLater(labelNamespace(kind), slot, () => encodeLabels(labels.get(slot)));
  }

  /** As `writeCounters`. */
  writeAddresses(slots: Iterable<Slot>, addresses: Slots<Labels>): void {
    for (const slot of slots) this.state.writeLater(ADDRESSES, slot, () => encodeLabels(addresses.get(slot)));
  }

  writeNames(kind: LabelKind, names: ReadonlySet<string>): void {
    this.state.writeLater(NAMES, kind, () => encode([...names]));
  }

  /** Takes the place of the one written MAX_KEPT_REQUESTS before it. */
  writeRequest(record: RequestRecord): void {
    this.#written += 1;
    const number = this.#written;
    const place = String(number % MAX_KEPT_REQUESTS);
    this.state.writeLater(REQUESTS, place, () => `${number} ${JSON.stringify(record)}`);
  }

  #readSlots<V>(namespace: string, decode: (bytes: Buffer) => V): Slots<V> {
    return new LazyMap(this.state.readEntries(namespace) as ReadonlyMap<Slot, Buffer>, decode);
  }
}

function encode(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

export function encodeLabels(labels: Labels | undefined): string | undefined {
  return encode(labels && [...labels]);
}

export function decodeLabels(bytes: Buffer): Labels {
  const labels = readJson<[string, unknown][]>(bytes) ?? [];
  return new Map(labels.map(([label, fields]) => [label, toFields(fields)]));
}

/** Another version may have written it. */
function toFields(value: unknown): Fields {
  const fields = Object.entries(value ?? {}).map(([name, count]) => [name, String(count)]);
  return parseCounters(Object.fromEntries(fields));
}

function readJson<T>(bytes: Buffer | undefined): T | undefined {
  try {
    return bytes === undefined ? undefined : (JSON.parse(String(bytes)) as T);
  } catch {
    return undefined;
  }
}
