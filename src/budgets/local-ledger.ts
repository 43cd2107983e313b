/** One ledger as this replica uses it: its open reservations, those that wait for room, and settlements on their way. */
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import { AwayShare, type KnownCounter } from './away-share.js';
import type { BudgetStore } from './budget-store.js';
import type { CounterState, Reservation, Reserved, Settlement, SettlementBatch } from './core/types.js';
import type { Timers } from './timers.js';

/** How long a request waits for room, in milliseconds. */
export const WAIT_MS = 5_000;
/** How often the first of those who wait asks, in milliseconds. */
const POLL_MS = 200;
const MAX_BATCH = 200;
/** A ledger is read so long after its last request, in case the store goes away; milliseconds. */
const IN_USE_MS = 15 * 60 * 1000;

export interface LedgerOptions {
  readonly name: string;
  readonly replica: string;
  readonly store: BudgetStore;
  /** Replicas last seen, this one included. */
  readonly replicas: () => number;
  readonly timers: Timers;
  /** Told what is spent of a counter whenever the store has told it. */
  readonly onLearned?: ((counter: string, spent: number) => void) | undefined;
}

interface Waiter {
  readonly asked: Reservation;
  readonly resolve: (answer: Reserved) => void;
  readonly reject: (error: unknown) => void;
}

interface Open {
  /** As it was reserved last. */
  asked: Reservation;
  /** The store has it. */
  isShared: boolean;
}

export class LocalLedger {
  readonly #open = new Map<string, Open>();
  readonly #known = new Map<string, KnownCounter>();
  /** By key: one whose requests wait for a limit of its own does not hold up the member's other keys. */
  readonly #waiting = new Map<string, Waiter[]>();
  /** Keys for whose requests the store is being asked, and those for whom it will be. */
  readonly #polling = new Set<string>();
  readonly #scheduled = new Set<string>();
  #settlements: Settlement[] = [];
  #batch: SettlementBatch | undefined;
  #isSending = false;
  #number = 0;
  #share: AwayShare | undefined;
  #usedAt: number;

  constructor(private readonly options: LedgerOptions) {
    this.#usedAt = options.timers.now();
  }

  /** Nothing is open or on its way, and it has not been used for a while. */
  get isForgettable(): boolean {
    return this.isSettled && this.#open.size === 0 && this.#usedAt + IN_USE_MS < this.options.timers.now();
  }

  get isSettled(): boolean {
    return this.#batch === undefined && this.#settlements.length === 0;
  }

  /** Whether requests of this key wait, behind whom others have to. */
  hasWaiting(key: string): boolean {
    return (this.#waiting.get(key)?.length ?? 0) > 0;
  }

  async reserve(asked: Reservation): Promise<Reserved> {
    const { store, name, timers } = this.options;
    this.#usedAt = timers.now();
    // What waits since the store was away comes before what is asked now.
    if (!this.isSettled) void this.#flush();
    const answer = await this.#ask(
      () => store.reserve(name, asked),
      (share) => share.reserve(asked, timers.now()),
    );
    const { result, isShared } = answer;
    if (isShared) this.#learn(asked, result.counters);
    if (result.kind === 'reserved')
      this.#open.set(asked.id, { asked: { ...asked, tokens: result.tokens }, isShared });
    return result;
  }

  /** Waits for room in the order of arrival. Rejects with the signal's reason; resolves with the last answer after `WAIT_MS`. */
  waitForRoom(asked: Reservation, first: Reserved, key: string, signal: AbortSignal): Promise<Reserved> {
    const { timers } = this.options;
    const queue = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, queue);
    let last = first;
    const waiting = new Promise<Reserved>((resolve, reject) => {
      const waiter: Waiter = {
        asked,
        resolve: (answer) => {
          last = answer;
          if (isFull(answer)) return;
          end();
          resolve(answer);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const onAbort = () => waiter.reject(signal.reason);
      const cancelTimer = timers.set(() => {
        end();
        resolve(last);
      }, WAIT_MS);
      const end = () => {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        const index = queue.indexOf(waiter);
        if (index !== -1) queue.splice(index, 1);
        if (queue.length === 0 && this.#waiting.get(key) === queue) this.#waiting.delete(key);
      };
      queue.push(waiter);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
    this.#schedulePoll(key);
    return waiting;
  }

  /** @returns the tokens that are reserved now */
  async extend(asked: Reservation): Promise<number> {
    const { store, name, timers } = this.options;
    const open = this.#open.get(asked.id);
    const before = open?.isShared ? open.asked : undefined;
    const { result, isShared } = await this.#ask(
      () => store.extend(name, asked, this.#number),
      (share) => share.extend(asked, before, timers.now()),
    );
    if (isShared) this.#learn(asked, result.counters);
    // It may have been settled meanwhile.
    const present = this.#open.get(asked.id);
    if (present !== undefined && isShared) {
      present.asked = { ...asked, tokens: result.tokens };
      present.isShared = true;
    }
    return result.tokens;
  }

  settle(settlement: Settlement): void {
    this.#open.delete(settlement.id);
    this.#share?.settle(settlement, this.options.timers.now());
    this.#settlements.push(settlement);
    void this.#flush();
  }

  /** Keeps reservations alive, sends what waits, and learns what is left in case the store goes away. */
  async tick(): Promise<void> {
    const { store, name, timers } = this.options;
    await this.#flush();
    const ids = [...this.#open.keys()];
    const counters = [...this.#known.keys()];
    this.#share?.renew(ids, timers.now());
    const sentAt = timers.now();
    try {
      const { missing, counters: states } = await store.renew(name, ids, counters);
      this.#share = undefined;
      for (const [index, counter] of counters.entries()) this.#note(counter, states[index], sentAt);
      const unknown = new Set(missing);
      for (const id of ids) if (!unknown.has(id)) this.#markShared(id);
      await Promise.all(missing.map((id) => this.#register(id)));
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      this.#goAway();
    }
    this.#forgetCounters();
  }

  #markShared(id: string): void {
    const open = this.#open.get(id);
    if (open !== undefined) open.isShared = true;
  }

  /** Takes a reservation in again that the store has lost, or has not seen. */
  async #register(id: string): Promise<void> {
    const open = this.#open.get(id);
    if (open?.asked.hasBegun) await this.extend(open.asked).catch(() => undefined);
  }

  async #ask(
    shared: () => Promise<Reserved>,
    alone: (share: AwayShare) => Reserved,
  ): Promise<{ result: Reserved; isShared: boolean }> {
    try {
      const result = await shared();
      this.#share = undefined;
      return { result, isShared: true };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return { result: alone(this.#goAway()), isShared: false };
    }
  }

  #goAway(): AwayShare {
    const { replicas, timers } = this.options;
    this.#share ??= new AwayShare(new Map(this.#known), timers.now(), Math.max(1, replicas()));
    return this.#share;
  }

  async #flush(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (!this.isSettled) await this.#send();
    } catch {
      // The store is away: the next tick sends the same batch again.
    } finally {
      this.#isSending = false;
    }
    for (const key of this.#waiting.keys()) void this.#poll(key);
  }

  async #send(): Promise<void> {
    const { store, name, replica, timers } = this.options;
    if (this.#batch === undefined) {
      this.#number += 1;
      const settlements = this.#settlements.splice(0, MAX_BATCH);
      this.#batch = { replica, number: this.#number, settlements };
    }
    const changed = this.#batch.settlements.flatMap(({ amounts }) => amounts.map(({ counter }) => counter));
    const counters = [...new Set(changed)];
    const sentAt = timers.now();
    const states = await store.settle(name, this.#batch, counters);
    this.#batch = undefined;
    for (const [index, counter] of counters.entries()) this.#note(counter, states[index], sentAt);
  }

  #learn({ lines }: Reservation, states: readonly CounterState[]): void {
    const now = this.options.timers.now();
    for (const [index, { counter }] of lines.entries()) this.#note(counter, states[index], now);
  }

  #note(counter: string, state: CounterState | undefined, at: number): void {
    if (state === undefined) return;
    this.#known.set(counter, { ...state, at });
    this.options.onLearned?.(counter, state.spent);
  }

  /** Counters of periods that have ended. */
  #forgetCounters(): void {
    const now = this.options.timers.now();
    for (const counter of this.#known.keys()) {
      const end = Number(counter.slice(counter.lastIndexOf('|') + 1));
      if (end > 0 && end + IN_USE_MS < now) this.#known.delete(counter);
    }
  }

  #schedulePoll(key: string): void {
    if (this.#scheduled.has(key)) return;
    this.#scheduled.add(key);
    const poll = async () => {
      await this.#poll(key);
      this.#scheduled.delete(key);
      if (this.hasWaiting(key)) this.#schedulePoll(key);
    };
    this.options.timers.set(() => void poll(), POLL_MS);
  }

  /** Asks for those who wait until one finds no room. */
  async #poll(key: string): Promise<void> {
    if (this.#polling.has(key)) return;
    this.#polling.add(key);
    try {
      for (;;) {
        const first = this.#waiting.get(key)?.[0];
        if (first === undefined) return;
        const answer = await this.reserve(first.asked);
        const isGone = !this.#waiting.get(key)?.includes(first);
        if (isGone && answer.kind === 'reserved') this.settle(toNothing(first.asked));
        first.resolve(answer);
        if (isFull(answer)) return;
      }
    } catch (error) {
      this.#waiting.get(key)?.[0]?.reject(error);
    } finally {
      this.#polling.delete(key);
    }
  }
}

/** Whether the answer may be another one in a moment. */
export function isFull({ kind }: Reserved): boolean {
  return kind === 'busy' || kind === 'flight';
}

/** Gives a reservation back. */
export function toNothing({ id, lines, minutes }: Reservation): Settlement {
  return {
    id,
    tokens: 0,
    amounts: lines.map(({ counter }) => ({ counter, amount: 0 })),
    minutes: minutes.map(({ scope }) => scope),
  };
}
