/** The budgets of members and keys, as this replica enforces them together with the others. */
import type { BudgetStore } from './budget-store.js';
import { findPeriods, type Meters, type Period } from './core/meters.js';
import type { CounterState } from './core/types.js';
import { Hold, type HoldRequest } from './hold.js';
import { LocalLedger } from './local-ledger.js';
import { REAL_TIMERS, type Timers } from './timers.js';

/** How often reservations are renewed, in milliseconds: within the time that knowledge may be old while the store is away. */
const TICK_MS = 3_000;

export interface BudgetsOptions {
  readonly replica: string;
  readonly store: BudgetStore;
  /** See `calendar.ts`. */
  readonly zone: string;
  /** Replicas last seen, this one included. */
  readonly replicas: () => number;
  readonly timers?: Timers;
  /** Told once on each replica that learns that a budget has reached a part of its amount. */
  readonly onReached?: (reached: Reached) => void;
}

export interface Reached {
  /** Of the amount. */
  readonly percent: (typeof TOLD_PERCENTS)[number];
  readonly period: Period;
}

const TOLD_PERCENTS = [80, 100] as const;
/** What is remembered of it. A repetition costs its listener a call. */
const MAX_TOLD = 10_000;

/** One budget with what is used of it. */
export interface BudgetUse extends CounterState {
  readonly period: Period;
}

export class Budgets {
  readonly #ledgers = new Map<string, LocalLedger>();
  /** By ledger and counter. */
  readonly #periods = new Map<string, Period>();
  readonly #told = new Set<string>();
  readonly #timers: Timers;
  #sequence = 0;
  #cancelTick: (() => void) | undefined;
  #isClosed = false;

  constructor(private readonly options: BudgetsOptions) {
    this.#timers = options.timers ?? REAL_TIMERS;
  }

  /** One request's part; nothing is reserved yet. */
  open(request: Omit<HoldRequest, 'id' | 'replica' | 'now' | 'zone'>): Hold {
    const { replica, zone } = this.options;
    this.#sequence += 1;
    const now = this.#timers.now();
    for (const period of findPeriods(request.meters, now, zone))
      this.#periods.set(`${request.meters.ledger} ${period.counter}`, period);
    const id = `${replica}/${this.#sequence}`;
    return new Hold(this.#ledger(request.meters.ledger), { ...request, id, replica, now, zone });
  }

  /** The budgets that apply now. */
  list(meters: Meters): Period[] {
    return findPeriods(meters, this.#timers.now(), this.options.zone);
  }

  /** One round trip. Rejects with a StoreUnavailableError while the store is away. */
  async read(meters: Meters): Promise<BudgetUse[]> {
    const periods = this.list(meters);
    if (periods.length === 0) return [];
    const counters = periods.map(({ counter }) => counter);
    const renewed = await this.options.store.renew(meters.ledger, [], counters);
    return periods.map((period, index) => {
      const { spent = 0, held = 0 } = renewed.counters[index] ?? {};
      return { period, spent, held };
    });
  }

  /** Sends what waits; the store may be away. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick?.();
    await Promise.all([...this.#ledgers.values()].map((ledger) => ledger.tick().catch(() => undefined)));
  }

  #ledger(name: string): LocalLedger {
    const known = this.#ledgers.get(name);
    if (known !== undefined) return known;
    const { replica, store, replicas } = this.options;
    const ledger = new LocalLedger({
      name,
      replica,
      store,
      replicas,
      timers: this.#timers,
      onLearned: (counter, spent) => this.#tell(`${name} ${counter}`, spent),
    });
    this.#ledgers.set(name, ledger);
    if (this.#cancelTick === undefined) this.#scheduleTick();
    return ledger;
  }

  /** Whoever has spent it: also what a replica that has died is charged. */
  #tell(counterName: string, spent: number): void {
    const period = this.#periods.get(counterName);
    const { onReached } = this.options;
    if (period === undefined || onReached === undefined) return;
    const { amount } = period.budget;
    for (const percent of TOLD_PERCENTS) {
      const name = `${counterName} ${amount} ${percent}`;
      if (spent * 100 < amount * percent || this.#told.has(name)) continue;
      if (this.#told.size >= MAX_TOLD) this.#told.clear();
      this.#told.add(name);
      onReached({ percent, period });
    }
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#timers.set(() => void this.#tick(), TICK_MS);
  }

  async #tick(): Promise<void> {
    for (const [name, ledger] of this.#ledgers) if (ledger.isForgettable) this.#ledgers.delete(name);
    this.#forgetPeriods();
    await Promise.all([...this.#ledgers.values()].map((ledger) => ledger.tick().catch(() => undefined)));
    if (this.#isClosed) return;
    if (this.#ledgers.size > 0) this.#scheduleTick();
    else this.#cancelTick = undefined;
  }

  #forgetPeriods(): void {
    const now = this.#timers.now();
    for (const [name, { range }] of this.#periods)
      if (range.end !== undefined && range.end + 60 * 60 * 1000 < now) this.#periods.delete(name);
  }
}
