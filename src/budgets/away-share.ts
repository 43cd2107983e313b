/** What this replica may spend of a ledger while the store is away: its share of what was left when it last heard. */
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import { Ledger } from './core/ledger.js';
import type { CounterState, Reservation, Reserved, Settlement } from './core/types.js';

/** What was known of a counter, and when, in the milliseconds of the caller's clock. */
export interface KnownCounter extends CounterState {
  readonly at: number;
}

/** How old knowledge may be when the store goes away, in milliseconds. */
export const MAX_KNOWN_AGE_MS = 5_000;

export class AwayShare {
  readonly #ledger = new Ledger();
  readonly #shares = new Map<string, number>();
  /** What a request had reserved in the store before, by its id. */
  readonly #before = new Map<string, Reservation>();

  constructor(
    /** Of the moment when the store was found to be away. */
    private readonly known: ReadonlyMap<string, KnownCounter>,
    private readonly since: number,
    private readonly replicas: number,
  ) {}

  /** Throws a StoreUnavailableError where the share is used up, or where nothing is known of a budget. */
  reserve(asked: Reservation, now: number): Reserved {
    const answer = this.#ledger.reserve(this.#divide(asked), now);
    if (['exceeded', 'too-large', 'busy'].includes(answer.kind))
      throw new StoreUnavailableError('this replica’s share of the budget is used up');
    return answer;
  }

  /**
   * As `Ledger.extend`.
   * @param before What the store has reserved for it, `undefined` if nothing
   */
  extend(asked: Reservation, before: Reservation | undefined, now: number): Reserved {
    if (before === undefined) return this.#ledger.extend(this.#divide(asked), 0, now);
    this.#before.set(asked.id, before);
    const lines = asked.lines.map((line) => ({ ...line, base: 0 }));
    const more = { ...asked, lines, inputTokens: 0, tokens: Math.max(0, asked.tokens - before.tokens) };
    const answer = this.#ledger.extend(this.#divide(more), 0, now);
    return { ...answer, tokens: before.tokens + answer.tokens };
  }

  /** The same is settled in the store once it is back. */
  settle(settlement: Settlement, now: number): void {
    const before = this.#before.get(settlement.id);
    this.#before.delete(settlement.id);
    const amounts = settlement.amounts.map(({ counter, amount }) => {
      const line = before?.lines.find((one) => one.counter === counter);
      const reserved = line && before ? line.base + Math.ceil((before.tokens * line.rate) / 1_000_000) : 0;
      return { counter, amount: Math.max(0, amount - reserved) };
    });
    const number = (this.#ledger.applied.get('') ?? 0) + 1;
    this.#ledger.settle({ replica: '', number, settlements: [{ ...settlement, amounts }] }, now);
  }

  renew(ids: readonly string[], now: number): void {
    this.#ledger.renew(ids, now);
  }

  #divide(asked: Reservation): Reservation {
    const part = (limit: number) => Math.max(1, Math.floor(limit / this.replicas));
    return {
      ...asked,
      lines: asked.lines.map((line) => ({ ...line, limit: this.#shareOf(line.counter, line.limit) })),
      minutes: asked.minutes.map(({ scope, limit }) => ({ scope, limit: part(limit) })),
      flights: asked.flights.map(({ scope, limit }) => ({ scope, limit: part(limit) })),
    };
  }

  #shareOf(counter: string, limit: number): number {
    const share = this.#shares.get(counter);
    if (share !== undefined) return share;
    const known = this.known.get(counter);
    if (known === undefined || known.at + MAX_KNOWN_AGE_MS < this.since)
      throw new StoreUnavailableError('what is left of the budget is not known here');
    const left = Math.max(0, limit - known.spent - known.held);
    this.#shares.set(counter, Math.floor(left / this.replicas));
    return Math.floor(left / this.replicas);
  }
}
