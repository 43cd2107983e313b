/** What a ledger is asked and what it answers. The ledger of a member, or of a key of the environment, decides alone. */

/** How long a reservation lives without a renewal, in milliseconds. */
export const LEASE_MS = 20_000;
/** How long the charge of a reservation that has lapsed can be replaced by its settlement, in milliseconds. */
export const LAPSED_MS = 24 * 60 * 60 * 1000;
/** Percent of a budget that is spent before it counts as exceeded. */
export const EXCEEDED_PERCENT = 95;
/** Reservations that have lapsed are removed so many at a time. */
export const MAX_REAPED = 100;
export const MINUTE_MS = 60_000;
/** Counters of a period are kept so long after its end, in milliseconds. */
export const SPENT_TTL_MS = 40 * 24 * 60 * 60 * 1000;

/** What a request takes from one budget. Amounts are tokens, or millionths of a currency. */
export interface Line {
  /** Names scope, unit and period with its borders, see `nameCounter`. */
  readonly counter: string;
  readonly limit: number;
  /** Amount of the request's input. */
  readonly base: number;
  /** Amount of a million output tokens. */
  readonly rate: number;
  /** An answer ends when the budget is used up. */
  readonly isHard: boolean;
}

/** Tokens per minute of a key or member. */
export interface MinuteLine {
  readonly scope: string;
  readonly limit: number;
}

/** Requests in flight of a key or member. */
export interface FlightLine {
  readonly scope: string;
  readonly limit: number;
}

export interface Reservation {
  /** Of the request. */
  readonly id: string;
  readonly replica: string;
  /** Output tokens. */
  readonly tokens: number;
  /** Input tokens, as estimated. */
  readonly inputTokens: number;
  readonly lines: readonly Line[];
  readonly minutes: readonly MinuteLine[];
  readonly flights: readonly FlightLine[];
  /** The upstream was called: charged in full if the replica dies. */
  readonly hasBegun: boolean;
}

/** A counter, as a replica remembers it while the store is away. */
export interface CounterState {
  readonly spent: number;
  /** By open reservations, that of the request included. */
  readonly held: number;
}

export type Refusal =
  /** Line `index` is spent. */
  | 'exceeded'
  /** What is left of line `index`, which is hard, cannot hold the input. */
  | 'too-large'
  /** Open reservations hold what is left of line `index`. */
  | 'busy'
  /** `minutes[index]` is used up. */
  | 'minute'
  /** As many requests as `flights[index]` allows are open. */
  | 'flight';

export interface Reserved {
  readonly kind: 'reserved' | Refusal;
  /** Of the line that refuses. */
  readonly index: number;
  /** Output tokens that are reserved now. */
  readonly tokens: number;
  /** Until the minute ends, for `minute`. */
  readonly waitMs: number;
  /** Of each line, after this call. */
  readonly counters: readonly CounterState[];
}

/** What a request has used, in place of its reservation. */
export interface Settlement {
  readonly id: string;
  /** Input and output tokens. */
  readonly tokens: number;
  readonly amounts: readonly { readonly counter: string; readonly amount: number }[];
  readonly minutes: readonly string[];
}

/** Settlements of one replica. A number that was applied before changes nothing. */
export interface SettlementBatch {
  readonly replica: string;
  /** Counts up from 1. */
  readonly number: number;
  readonly settlements: readonly Settlement[];
}

/** @returns the amount of so many output tokens, rounded up */
export function amountOf(tokens: number, rate: number): number {
  return Math.ceil((tokens * rate) / 1_000_000);
}

/** @returns how many output tokens fit beside the input; negative if even the input does not */
export function tokensThatFit(room: number, { base, rate }: Pick<Line, 'base' | 'rate'>): number {
  if (room < base) return -1;
  return rate === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(((room - base) * 1_000_000) / rate);
}
