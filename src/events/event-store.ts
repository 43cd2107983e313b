/** Where events are stored. One contract suite tests every implementation. */
import type { StoredEvent, ToldEvent } from './event.js';
import type { EventKind } from './kinds.js';

/** How long events are kept, in milliseconds. */
export const EVENTS_KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** How many of the newest are kept. */
export const MAX_EVENTS = 5_000;
/** How many keys of events that are stored once are remembered. */
export const MAX_ONCE_KEYS = 5_000;
/** How many events wait to be sent to ALERT_WEBHOOK. */
export const MAX_WAITING_ALERTS = 100;
/** An alert that could not be sent within this time is dropped, in milliseconds. */
export const ALERT_LATE_MS = 24 * 60 * 60 * 1000;

export interface NewEvent extends Required<Pick<ToldEvent, 'kind' | 'subject' | 'params'>> {
  /** How long ago it happened, in milliseconds. */
  readonly ageMs: number;
  /** Of events with the same key the first is stored; `undefined` for those that are always stored. */
  readonly onceKey?: string | undefined;
  /** The `onceKey` that it ends: it is stored only if that was told and has not ended. */
  readonly ends?: string | undefined;
  /** Whether it waits to be sent. */
  readonly isAlert: boolean;
}

export interface EventQuery {
  /** Unix milliseconds, inclusive. */
  readonly from?: number | undefined;
  /** Unix milliseconds, exclusive. */
  readonly to?: number | undefined;
  /** All kinds when empty or `undefined`. */
  readonly kinds?: readonly EventKind[] | undefined;
  /** The event after which the page begins. */
  readonly after?: Pick<StoredEvent, 'id' | 'at'> | undefined;
  readonly limit: number;
}

/** An alert that its taker is to send before the lease ends. */
export interface TakenAlert {
  readonly event: StoredEvent;
  /** What `finishAlert` is called with. */
  readonly receipt: string;
}

/** Methods reject with a StoreUnavailableError while the store is away. */
export interface EventStore {
  /**
   * Stores an event once over all replicas. Atomic. An event that happened before the end of the same problem belongs to
   * what has ended.
   * @returns undefined if it was told before, or ends what was not told
   */
  append(event: NewEvent): Promise<StoredEvent | undefined>;
  /** Reads events, newest first. */
  read(query: EventQuery): Promise<StoredEvent[]>;
  /** Takes the oldest alert that nobody else is sending. @returns undefined if there is none */
  takeAlert(leaseMs: number): Promise<TakenAlert | undefined>;
  /** The alert was sent, or is given up. */
  finishAlert(receipt: string): Promise<void>;
}
