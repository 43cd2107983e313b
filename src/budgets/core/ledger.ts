/**
 * The ledger of a member, or of a key of the environment: what is spent of each budget, and what open requests have reserved.
 * Pure; Redis runs the same in Lua (`store/redis/budget-scripts.ts`), and a test compares the two.
 */
import {
  amountOf,
  type CounterState,
  EXCEEDED_PERCENT,
  LAPSED_MS,
  LEASE_MS,
  type Line,
  MAX_REAPED,
  MINUTE_MS,
  type Reservation,
  type Reserved,
  type Settlement,
  type SettlementBatch,
  SPENT_TTL_MS,
  tokensThatFit,
} from './types.js';

/** An open reservation, or one that has lapsed and was charged. */
export interface Entry {
  readonly replica: string;
  readonly tokens: number;
  readonly hasBegun: boolean;
  /** By counter. */
  readonly amounts: Readonly<Record<string, number>>;
  /** Scopes of limits that it counts for. */
  readonly flights: readonly string[];
  readonly minutes: readonly string[];
  /** Tokens that were counted for its minutes. */
  readonly counted: number;
  readonly until: number;
  readonly isLapsed: boolean;
}

export interface Minute {
  readonly minute: number;
  readonly tokens: number;
}

export class Ledger {
  readonly spent = new Map<string, number>();
  /** By open reservations. */
  readonly held = new Map<string, number>();
  /** Open requests by scope. */
  readonly flights = new Map<string, number>();
  readonly minutes = new Map<string, Minute>();
  readonly entries = new Map<string, Entry>();
  /** The number of each replica's latest batch. */
  readonly applied = new Map<string, number>();

  /** Reserves if there is room. A request that has a reservation keeps it. */
  reserve(asked: Reservation, now: number): Reserved {
    this.#reap(now);
    const own = this.entries.get(asked.id);
    if (own !== undefined) return this.#answer(asked, { tokens: own.tokens });
    const wanted = this.#findRoom(asked);
    if (typeof wanted !== 'number') return this.#answer(asked, wanted);
    const minute = asked.minutes.findIndex(({ scope, limit }) => {
      const used = this.#tokensOf(scope, now);
      return used > 0 && used + asked.inputTokens + wanted > limit;
    });
    if (minute !== -1)
      return this.#answer(asked, { kind: 'minute', index: minute, waitMs: MINUTE_MS - (now % MINUTE_MS) });
    const flight = asked.flights.findIndex(({ scope, limit }) => (this.flights.get(scope) ?? 0) >= limit);
    if (flight !== -1) return this.#answer(asked, { kind: 'flight', index: flight });
    const amounts = asked.lines.map((line) => Math.min(this.#amountOf(line, wanted), this.#left(line)));
    const busy = asked.lines.findIndex(
      (line, index) => this.#heldOf(line.counter) + (amounts[index] ?? 0) > this.#left(line),
    );
    if (busy !== -1) return this.#answer(asked, { kind: 'busy', index: busy });
    this.#put(asked, wanted, amounts, now);
    return this.#answer(asked, { tokens: wanted });
  }

  /**
   * Reserves more for an answer that has begun: all of it, but for what hard budgets do not have. Also takes in a
   * reservation that the ledger does not know, since its store was away or has lost it.
   * @param after Number of the replica's latest batch when it asked: if there is a later one, the request may be settled.
   */
  extend(asked: Reservation, after: number, now: number): Reserved {
    this.#reap(now);
    const own = this.entries.get(asked.id);
    const isOpen = own !== undefined && !own.isLapsed;
    if (own?.isLapsed) this.#uncharge(asked.id, own);
    let tokens = asked.tokens;
    for (const line of asked.lines.filter(({ isHard }) => isHard)) {
      const others = this.#heldOf(line.counter) - (isOpen ? (own.amounts[line.counter] ?? 0) : 0);
      const fit = tokensThatFit(this.#left(line) - others, line);
      tokens = Math.min(tokens, Math.max(fit, isOpen ? own.tokens : 0));
    }
    if (own === undefined && after < (this.applied.get(asked.replica) ?? 0))
      return this.#answer(asked, { tokens });
    if (isOpen) this.#release(own);
    const amounts = asked.lines.map((line) => this.#amountOf(line, tokens));
    this.#put({ ...asked, hasBegun: true }, tokens, amounts, now, own);
    return this.#answer(asked, { tokens });
  }

  /** @returns whether it was applied: a batch of that number was not before */
  settle({ replica, number, settlements }: SettlementBatch, now: number): boolean {
    this.#reap(now);
    if (number <= (this.applied.get(replica) ?? 0)) return false;
    this.applied.set(replica, number);
    const known = this.spent.size;
    for (const settlement of settlements) this.#settle(settlement, now);
    if (this.spent.size > known) this.#forgetEnded(now);
    return true;
  }

  /** Keeps reservations alive. @returns the ids that have none, or one that has lapsed */
  renew(ids: readonly string[], now: number): string[] {
    this.#reap(now);
    return ids.filter((id) => {
      const entry = this.entries.get(id);
      if (entry === undefined || entry.isLapsed) return true;
      this.entries.set(id, { ...entry, until: now + LEASE_MS });
      return false;
    });
  }

  read(counters: readonly string[], now: number): CounterState[] {
    this.#reap(now);
    return counters.map((counter) => this.#state(counter));
  }

  /** Takes in a reservation of a process that has ended: it lapses at the next call. */
  restore(id: string, entry: Entry): void {
    this.entries.set(id, entry.isLapsed ? entry : { ...entry, until: 0 });
    if (entry.isLapsed) return;
    for (const [counter, amount] of Object.entries(entry.amounts)) addTo(this.held, counter, amount);
    for (const scope of entry.flights) addTo(this.flights, scope, 1);
  }

  /** @returns the output tokens to reserve, or why there is no room even without other requests */
  #findRoom({ lines, tokens }: Reservation): number | Partial<Reserved> {
    let wanted = tokens;
    for (const [index, line] of lines.entries()) {
      const left = this.#left(line);
      const fit = tokensThatFit(left, line);
      if (left > 0 && fit >= Math.min(1, tokens)) {
        wanted = Math.min(wanted, fit);
        continue;
      }
      const isSpent = left <= 0 || this.#spentOf(line.counter) * 100 >= line.limit * EXCEEDED_PERCENT;
      if (isSpent) return { kind: 'exceeded', index };
      if (line.isHard) return { kind: 'too-large', index };
    }
    return wanted;
  }

  #put(
    asked: Reservation,
    tokens: number,
    amounts: readonly number[],
    now: number,
    before: Pick<Entry, 'counted'> = { counted: 0 },
  ): void {
    const counted = asked.inputTokens + tokens;
    const entry: Entry = {
      replica: asked.replica,
      tokens,
      hasBegun: asked.hasBegun,
      amounts: Object.fromEntries(asked.lines.map(({ counter }, index) => [counter, amounts[index] ?? 0])),
      flights: asked.flights.map(({ scope }) => scope),
      minutes: asked.minutes.map(({ scope }) => scope),
      counted,
      until: now + LEASE_MS,
      isLapsed: false,
    };
    this.entries.set(asked.id, entry);
    for (const [counter, amount] of Object.entries(entry.amounts)) addTo(this.held, counter, amount);
    for (const scope of entry.flights) addTo(this.flights, scope, 1);
    for (const scope of entry.minutes) this.#count(scope, counted - before.counted, now);
  }

  #release({ amounts, flights }: Entry): void {
    for (const [counter, amount] of Object.entries(amounts)) addTo(this.held, counter, -amount);
    for (const scope of flights) addTo(this.flights, scope, -1);
  }

  #settle({ id, tokens, amounts, minutes }: Settlement, now: number): void {
    const entry = this.entries.get(id);
    this.entries.delete(id);
    if (entry?.isLapsed) this.#uncharge(id, entry);
    else if (entry !== undefined) this.#release(entry);
    for (const { counter, amount } of amounts) this.#spend(counter, amount);
    for (const scope of minutes) this.#count(scope, tokens - (entry?.counted ?? 0), now);
  }

  #uncharge(id: string, { amounts }: Entry): void {
    this.entries.delete(id);
    for (const [counter, amount] of Object.entries(amounts))
      this.spent.set(counter, this.#spentOf(counter) - amount);
  }

  #spend(counter: string, amount: number): void {
    if (amount !== 0) this.spent.set(counter, this.#spentOf(counter) + amount);
  }

  #forgetEnded(now: number): void {
    for (const counter of this.spent.keys()) if (hasEnded(counter, now)) this.spent.delete(counter);
  }

  /** Reservations whose replica is silent: charged in full if their upstream call has begun. */
  #reap(now: number): void {
    const late = [...this.entries].filter(([, { until }]) => until <= now);
    late.sort(([one, { until }], [other, entry]) => until - entry.until || (one < other ? -1 : 1));
    for (const [id, entry] of late.slice(0, MAX_REAPED)) {
      if (!entry.isLapsed) this.#release(entry);
      if (entry.isLapsed || !entry.hasBegun) {
        this.entries.delete(id);
        continue;
      }
      for (const [counter, amount] of Object.entries(entry.amounts)) this.#spend(counter, amount);
      this.entries.set(id, { ...entry, isLapsed: true, until: now + LAPSED_MS });
    }
  }

  #count(scope: string, tokens: number, now: number): void {
    const total = Math.max(0, this.#tokensOf(scope, now) + tokens);
    this.minutes.set(scope, { minute: Math.floor(now / MINUTE_MS), tokens: total });
  }

  #tokensOf(scope: string, now: number): number {
    const known = this.minutes.get(scope);
    return known?.minute === Math.floor(now / MINUTE_MS) ? known.tokens : 0;
  }

  #answer({ lines }: Reservation, answer: Partial<Reserved>): Reserved {
    const counters = lines.map(({ counter }) => this.#state(counter));
    return { kind: 'reserved', index: 0, tokens: 0, waitMs: 0, ...answer, counters };
  }

  #state(counter: string): CounterState {
    return { spent: this.#spentOf(counter), held: this.#heldOf(counter) };
  }

  #amountOf({ base, rate }: Line, tokens: number): number {
    return base + amountOf(tokens, rate);
  }

  #left({ counter, limit }: Line): number {
    return limit - this.#spentOf(counter);
  }

  #spentOf(counter: string): number {
    return this.spent.get(counter) ?? 0;
  }

  #heldOf(counter: string): number {
    return this.held.get(counter) ?? 0;
  }
}

function addTo(sums: Map<string, number>, name: string, delta: number): void {
  const sum = (sums.get(name) ?? 0) + delta;
  if (sum === 0) sums.delete(name);
  else sums.set(name, sum);
}

/** `SCOPE|UNIT|PERIOD|START|END`, times in Unix milliseconds; the end is empty for `total`. */
export function nameCounter(
  scope: string,
  unit: string,
  period: string,
  { start, end }: { readonly start: number; readonly end: number | undefined },
): string {
  return [scope, unit, period, start, end ?? ''].join('|');
}

function hasEnded(counter: string, now: number): boolean {
  const end = Number(counter.slice(counter.lastIndexOf('|') + 1));
  return end > 0 && end + SPENT_TTL_MS <= now;
}
