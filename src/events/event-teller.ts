/** Takes events from whoever notices them and stores them in the background, so that nobody waits. */
import { printableLine } from '../printable.js';
import type { EventParams, StoredEvent, ToldEvent } from './event.js';
import type { EventStore, NewEvent } from './event-store.js';
import { findEndedKind, findEventKind } from './kinds.js';

/** Events that wait for the store. Further ones are dropped: the first explain what happened. */
const MAX_WAITING = 200;
/** Keys of events that this replica has told. A repeated event costs no call of the store. */
const MAX_TOLD = 1_000;
const RETRY_MS = 1_000;

export interface Events {
  /** Never throws and never waits. */
  tell(event: ToldEvent): void;
}

export const NO_EVENTS: Events = { tell: () => undefined };

export class EventTeller implements Events {
  #waiting: { readonly event: NewEvent; readonly toldAt: number }[] = [];
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  /** @param onStored Called with each event that this replica has stored. */
  constructor(
    private readonly store: Pick<EventStore, 'append'>,
    private readonly sendsAlerts: boolean,
    private readonly onStored: (event: StoredEvent) => void = () => undefined,
  ) {}

  tell(told: ToldEvent): void {
    const event = this.#toNewEvent(told);
    // A problem may come again after its end, which another replica may have told.
    const isOnce = event.onceKey !== undefined && findEventKind(told.kind).endedBy === undefined;
    if (isOnce && this.#told.has(event.onceKey)) return;
    if (this.#waiting.length >= MAX_WAITING) return;
    if (isOnce) this.#remember(event.onceKey);
    this.#waiting.push({ event, toldAt: performance.now() });
    this.#write();
  }

  /** Resolves when everything told so far was stored, or the store is away. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #toNewEvent({ kind, subject, params = {}, onceKey }: ToldEvent): NewEvent {
    const { isAlert, endedBy } = findEventKind(kind);
    const name = printableLine(subject);
    const ended = findEndedKind(kind);
    const own = onceKey === undefined ? undefined : printableLine(onceKey);
    return {
      kind,
      subject: name,
      params: cleanParams(params),
      ageMs: 0,
      onceKey: endedBy === undefined ? own && `${kind} ${own}` : `${kind} ${own ?? name}`,
      ends: ended && `${ended} ${own ?? name}`,
      isAlert: isAlert && this.sendsAlerts,
    };
  }

  #remember(key: string): void {
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > MAX_TOLD && oldest !== undefined) this.#told.delete(oldest);
  }

  #write(): void {
    this.#writing ??= this.#writeWaiting().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { event, toldAt } = first;
      try {
        const stored = await this.store.append({
          ...event,
          ageMs: Math.max(0, Math.round(performance.now() - toldAt)),
        });
        if (this.#waiting[0] === first) this.#waiting.shift();
        if (stored !== undefined) this.onStored(stored);
      } catch {
        // The store logs that it is away.
        this.#timer = setTimeout(() => this.#write(), RETRY_MS).unref();
        return;
      }
    }
  }
}

function cleanParams(params: EventParams): EventParams {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'number' ? value : printableLine(value),
    ]),
  );
}
