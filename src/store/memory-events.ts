/** Events of a gateway without Redis, with the same limits as in Redis; written through to the disk. */
import { formatEvent, parseEvent, type StoredEvent } from '../events/event.js';
import {
  ALERT_LATE_MS,
  EVENTS_KEPT_MS,
  type EventQuery,
  type EventStore,
  MAX_EVENTS,
  MAX_ONCE_KEYS,
  MAX_WAITING_ALERTS,
  type NewEvent,
  type TakenAlert,
} from '../events/event-store.js';
import { type DurableState, VolatileState } from './disk/durable-state.js';

const EVENTS = 'event';
const ONCE = 'event-once';
const ENDED = 'event-ended';
/** As in Redis: ids are in order as text. */
const ID_DIGITS = 12;

export class MemoryEvents implements EventStore {
  /** In order of time, then of ids. */
  readonly #events: StoredEvent[];
  readonly #once: Map<string, number>;
  readonly #ended: Map<string, number>;
  /** By id; when it may be taken, in Unix milliseconds. */
  readonly #alerts = new Map<string, { event: StoredEvent; storedAt: number; dueAt: number }>();
  #number: number;

  constructor(
    private readonly state: DurableState = new VolatileState(),
    private readonly now: () => number = Date.now,
    private readonly maxEvents = MAX_EVENTS,
  ) {
    const lines = [...state.readEntries(EVENTS).values()];
    this.#events = lines.flatMap((line) => parseEvent(String(line)) ?? []).sort(compareEvents);
    this.#number = Math.max(0, ...[...state.readEntries(EVENTS).keys()].map((id) => Number(id) || 0));
    this.#once = readTimes(state, ONCE);
    this.#ended = readTimes(state, ENDED);
  }

  async append({
    kind,
    subject,
    params,
    ageMs,
    onceKey,
    ends,
    isAlert,
  }: NewEvent): Promise<StoredEvent | undefined> {
    const at = this.now() - ageMs;
    if (ends !== undefined && !this.#once.has(ends)) return undefined;
    if (onceKey !== undefined) {
      if (this.#once.has(onceKey) || at <= (this.#ended.get(onceKey) ?? -1)) return undefined;
      this.#setTime(ONCE, this.#once, onceKey, at);
    }
    if (ends !== undefined) {
      this.#dropTime(ONCE, this.#once, ends);
      this.#setTime(ENDED, this.#ended, ends, at);
    }
    this.#number += 1;
    const event = { id: String(this.#number).padStart(ID_DIGITS, '0'), at, kind, subject, params };
    this.#add(event);
    if (isAlert) this.#addAlert(event);
    return event;
  }

  async read({
    from = 0,
    to = Number.POSITIVE_INFINITY,
    kinds = [],
    after,
    limit,
  }: EventQuery): Promise<StoredEvent[]> {
    const found = this.#events.filter(
      (event) =>
        event.at >= from &&
        event.at < to &&
        (kinds.length === 0 || kinds.includes(event.kind)) &&
        (after === undefined || compareEvents(event, after) < 0),
    );
    return found.toReversed().slice(0, limit);
  }

  async takeAlert(leaseMs: number): Promise<TakenAlert | undefined> {
    const now = this.now();
    for (const [id, { storedAt }] of this.#alerts)
      if (now - storedAt > ALERT_LATE_MS) this.#alerts.delete(id);
    const taken = [...this.#alerts.values()].find(({ dueAt }) => dueAt <= now);
    if (taken === undefined) return undefined;
    taken.dueAt = now + leaseMs;
    return { event: taken.event, receipt: taken.event.id };
  }

  async finishAlert(receipt: string): Promise<void> {
    this.#alerts.delete(receipt);
  }

  #add(event: StoredEvent): void {
    const place = this.#events.findLastIndex((other) => compareEvents(other, event) < 0) + 1;
    this.#events.splice(place, 0, event);
    this.state.writeLater(EVENTS, event.id, () => formatEvent(event));
    const oldest = this.now() - EVENTS_KEPT_MS;
    for (let [first] = this.#events; first !== undefined; [first] = this.#events) {
      if (first.at >= oldest && this.#events.length <= this.maxEvents) return;
      this.state.writeLater(EVENTS, first.id, () => undefined);
      this.#events.shift();
    }
  }

  #addAlert(event: StoredEvent): void {
    this.#alerts.set(event.id, { event, storedAt: this.now(), dueAt: this.now() });
    const [oldest] = this.#alerts.keys();
    if (this.#alerts.size > MAX_WAITING_ALERTS && oldest !== undefined) this.#alerts.delete(oldest);
  }

  #setTime(namespace: string, times: Map<string, number>, key: string, at: number): void {
    times.delete(key);
    times.set(key, at);
    this.state.writeLater(namespace, key, () => String(at));
    for (const [name, told] of times) {
      if (times.size <= MAX_ONCE_KEYS && told >= this.now() - EVENTS_KEPT_MS) return;
      this.#dropTime(namespace, times, name);
    }
  }

  #dropTime(namespace: string, times: Map<string, number>, key: string): void {
    times.delete(key);
    this.state.writeLater(namespace, key, () => undefined);
  }
}

function compareEvents(one: Pick<StoredEvent, 'id' | 'at'>, other: Pick<StoredEvent, 'id' | 'at'>): number {
  return one.at - other.at || (one.id < other.id ? -1 : Number(one.id > other.id));
}

function readTimes(state: DurableState, namespace: string): Map<string, number> {
  const times = [...state.readEntries(namespace)].map(([key, at]) => [key, Number(at) || 0] as const);
  return new Map(times.sort(([, one], [, other]) => one - other));
}
