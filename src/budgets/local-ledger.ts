/** One ledger as this replica uses it: its open reservations, and settlements on their way. */
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import { AwayShare, type KnownCounter } from './away-share.js';
import type { BudgetStore } from './budget-store.js';
import type { CounterState, Reservation, Reserved, Settlement, SettlementBatch } from './core/types.js';
import type { Timers } from './timers.js';
import { Waiters } from './waiters.js';

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

interface Open {
  /** As it was reserved last. */
  asked: Reservation;
  /** The store has it. */
  isShared: boolean;
}

export class LocalLedger {
  readonly #open = new Map<string, Open>();
  readonly #known = new Map<string, KnownCounter>();
  readonly #waiters: Waiters;
  #settlements: Settlement[] = [];
  #batch: SettlementBatch | undefined;
  #isSending = false;
  #number = 0;
  #share: AwayShare | undefined;
  #usedAt: number;

  constructor(private readonly options: LedgerOptions) {
    this.#usedAt = options.timers.now();
    this.#waiters = new Waiters({
      timers: options.timers,
      reserve: (asked) => this.reserve(asked),
      giveBack: (asked) => this.settle(toNothing(asked)),
    });
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
    return this.#waiters.has(key);
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

  /** See `Waiters.wait`. */
  waitForRoom(asked: Reservation, key: string, signal: AbortSignal): Promise<Reserved> {
    return this.#waiters.wait(asked, key, signal);
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
    this.#waiters.pollAll();
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
