/** What one request has reserved of its budgets: from before its upstream call until the end of its answer. */
import type { ApiError } from '../vocabulary/errors.js';
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import { formatAmount } from './core/budget.js';
import {
  type Amounts,
  addAmounts,
  findPeriods,
  type Meters,
  NOTHING,
  type Period,
  type Rates,
  toLine,
} from './core/meters.js';
import { amountOf, type Reservation, type Reserved, type Settlement } from './core/types.js';
import {
  budgetBusy,
  budgetExceeded,
  budgetsUnavailable,
  requestOverBudget,
  tooManyInFlight,
  tooManyTokens,
} from './errors.js';
import { type LocalLedger, toNothing } from './local-ledger.js';
import { isFull } from './waiters.js';

/** Output tokens that a request reserves at a time. */
export const STEP_TOKENS = 4_096;

export interface HoldRequest {
  /** Unique among all replicas. */
  readonly id: string;
  readonly replica: string;
  readonly key: string;
  readonly meters: Meters;
  readonly inputTokens: number;
  /** The longest answer that the client wants, `undefined` when it did not say. */
  readonly maxTokens: number | undefined;
  readonly rates: Rates;
  /** Unix milliseconds. */
  readonly now: number;
  readonly zone: string;
}

export class Hold {
  readonly #periods: readonly Period[];
  #isReserved = false;
  #isSettled = false;
  /** Output tokens that are reserved for the present call. */
  #tokens = 0;
  /** The answer may go no further, since a hard budget has no more. */
  #isCapped = false;
  #extending: Promise<void> | undefined;
  #remaining: string | undefined;
  /** Of calls that are over. */
  #used: Amounts = NOTHING;
  /** Output tokens of the present call. */
  #output = 0;

  constructor(
    private readonly ledger: LocalLedger,
    private readonly request: HoldRequest,
  ) {
    this.#periods = findPeriods(request.meters, request.now, request.zone).filter(
      ({ budget: { unit } }) => request.rates.input[unit] > 0 || request.rates.output[unit] > 0,
    );
  }

  get isReserved(): boolean {
    return this.#isReserved;
  }

  /** What was left of the tightest budget when the request began, with its unit; `undefined` without a budget. */
  get remaining(): string | undefined {
    return this.#remaining;
  }

  /** Whether the answer has to end: a hard budget is used up. */
  get isSpent(): boolean {
    return this.#isCapped && this.#output >= this.#tokens;
  }

  /** One round trip. @returns false if there is no room at present. Rejects with an ApiError that says why there is none. */
  async tryReserve(): Promise<boolean> {
    const { key } = this.request;
    if (this.ledger.hasWaiting(key)) return false;
    const answer = await this.#guard(this.ledger.reserve(this.#describe(this.#firstStep)));
    if (isFull(answer)) return false;
    this.#take(answer);
    return true;
  }

  /** Waits a few seconds for room. Rejects like `tryReserve`, and with the signal's reason. */
  async waitForRoom(signal: AbortSignal): Promise<void> {
    const asked = this.#describe(this.#firstStep);
    this.#take(await this.#guard(this.ledger.waitForRoom(asked, this.request.key, signal)));
  }

  /** The upstream is about to be called: from now on the reservation is charged in full if this replica dies. */
  beginCall(): void {
    this.#output = 0;
    if (this.#isReserved) this.#extend(Math.max(this.#tokens, this.#firstStep));
  }

  /**
   * Notes how many output tokens the present call has given so far, and reserves more ahead of them.
   * @returns a promise only where the answer has to wait until it is known whether a hard budget has more
   */
  observe(outputTokens: number): Promise<void> | undefined {
    this.#output = outputTokens;
    if (this.#isCapped || !this.#isReserved) return undefined;
    const { maxTokens = Number.POSITIVE_INFINITY } = this.request;
    if (outputTokens * 2 >= this.#tokens * 2 - STEP_TOKENS && this.#tokens < maxTokens)
      this.#extend(Math.min(maxTokens, Math.max(this.#tokens, outputTokens) + STEP_TOKENS));
    const isHard = this.#periods.some(({ budget }) => budget.hard);
    return isHard && outputTokens >= this.#tokens ? this.#extending : undefined;
  }

  /** The present call is over, and has used this. */
  endCall(used: Amounts): void {
    this.#used = addAmounts(this.#used, used);
    this.#output = 0;
    this.#tokens = 0;
  }

  /** Charges what was used. To be called once the answer is over, however it ended. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const asked = this.#describe(0);
    const settlement: Settlement = {
      ...toNothing(asked),
      tokens: this.#used.tokens,
      amounts: this.#periods.map(({ counter, budget }) => ({ counter, amount: this.#used[budget.unit] })),
    };
    if (this.#isReserved || this.#used.tokens > 0) this.ledger.settle(settlement);
  }

  get #firstStep(): number {
    return Math.min(STEP_TOKENS, this.request.maxTokens ?? STEP_TOKENS);
  }

  #describe(tokens: number): Reservation {
    const { id, replica, meters, inputTokens, rates } = this.request;
    const { allowances } = meters;
    return {
      id,
      replica,
      tokens,
      inputTokens,
      lines: this.#periods.map((period) => toLine(period, rates, inputTokens, this.#used)),
      minutes: allowances.flatMap(({ name, tokensPerMinute: limit }) =>
        limit === undefined ? [] : [{ scope: name, limit }],
      ),
      flights: allowances.flatMap(({ name, maxInFlight: limit }) =>
        limit === undefined ? [] : [{ scope: name, limit }],
      ),
      hasBegun: false,
    };
  }

  #take(answer: Reserved): void {
    if (answer.kind !== 'reserved') throw this.#toError(answer);
    this.#isReserved = true;
    this.#tokens = answer.tokens;
    this.#remaining = this.#findRemaining(answer);
  }

  /** Beside the answer; at most one at a time. */
  #extend(tokens: number): void {
    if (this.#extending !== undefined) return;
    this.#extending = this.ledger
      .extend({ ...this.#describe(tokens), hasBegun: true })
      .then((granted) => {
        this.#tokens = Math.max(this.#tokens, granted);
        this.#isCapped = granted < tokens;
      })
      // Neither the store nor this replica's share has more: only a hard budget ends the answer.
      .catch(() => {
        this.#isCapped = this.#periods.some(({ budget }) => budget.hard);
      })
      .finally(() => {
        this.#extending = undefined;
      });
  }

  /** Of the budget with the smallest part left. */
  #findRemaining({ counters }: Reserved): string | undefined {
    const all = this.#periods.map(({ budget }, index) => {
      const left = Math.max(0, budget.amount - (counters[index]?.spent ?? 0));
      return { left, part: left / budget.amount, unit: budget.unit };
    });
    const [tightest] = all.sort((one, other) => one.part - other.part);
    return tightest && formatAmount(tightest.left, tightest.unit);
  }

  #toError({ kind, index, waitMs }: Reserved): ApiError {
    const { allowances } = this.request.meters;
    if (kind === 'minute') {
      const limited = allowances.filter(({ tokensPerMinute }) => tokensPerMinute !== undefined)[index];
      return tooManyTokens(limited?.scope ?? 'key', limited?.tokensPerMinute ?? 0, waitMs);
    }
    if (kind === 'flight') {
      const limited = allowances.filter(({ maxInFlight }) => maxInFlight !== undefined)[index];
      return tooManyInFlight(limited?.scope ?? 'key', limited?.maxInFlight ?? 0);
    }
    const period = this.#periods[index];
    if (period === undefined) return budgetsUnavailable(undefined);
    if (kind === 'exceeded') return budgetExceeded(period, this.request.now);
    if (kind === 'too-large') return requestOverBudget(period, this.request.inputTokens);
    return budgetBusy(period);
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof StoreUnavailableError ? budgetsUnavailable(error) : error;
    }
  }
}

/** What a call has used, by unit. */
export function toAmounts(inputTokens: number, outputTokens: number, rates: Rates): Amounts {
  const cost = (unit: 'USD' | 'CNY') =>
    amountOf(inputTokens, rates.input[unit]) + amountOf(outputTokens, rates.output[unit]);
  return { tokens: inputTokens + outputTokens, USD: cost('USD'), CNY: cost('CNY') };
}
