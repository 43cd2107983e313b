/** What the upstream calls of one request cost, each by its own price. */
import { addUsage, type Usage } from '../completion/event.js';
import { computeCost, type Price } from '../pricing/price.js';
import type { RequestRecord } from '../stats/request-record.js';
import {
  type Amounts,
  addAmounts,
  CURRENCIES,
  type Currency,
  formatMillionths,
} from '../vocabulary/money.js';

export class RequestCost {
  /** Calls before the current one. */
  #usageBefore: Usage | undefined;
  readonly #costBefore: Partial<Record<Currency, number>> = {};
  /** The price of the last call that used anything. */
  #pricedBefore: Price | undefined;
  #price: Price | undefined;
  #usage: Usage | undefined;

  startCall(price: Price): void {
    if (this.#usage !== undefined) {
      addAmounts(this.#costBefore, this.#currentCost);
      this.#usageBefore = addUsage(this.#usageBefore, this.#usage);
      this.#pricedBefore = this.#price;
    }
    this.#usage = undefined;
    this.#price = price;
  }

  /** Sets the usage of the current call. */
  setUsage(usage: Usage): void {
    this.#usage = usage;
  }

  /** What all calls used, and what they cost; nothing while no usage is known. */
  read(): Pick<RequestRecord, 'usage' | 'pricing' | 'cost'> {
    const usage = this.#usage === undefined ? this.#usageBefore : addUsage(this.#usageBefore, this.#usage);
    if (usage === undefined) return { usage, pricing: undefined, cost: undefined };
    const price = this.#usage === undefined ? this.#pricedBefore : this.#price;
    const cost = { ...this.#costBefore };
    addAmounts(cost, this.#currentCost);
    return { usage, pricing: price?.kind, cost: Object.keys(cost).length === 0 ? undefined : cost };
  }

  /** `x-response-cost` of a whole answer: `0.001234 USD`, or why there is no amount. */
  headers(): Record<string, string> {
    const { cost, pricing } = this.read();
    const text = cost === undefined ? pricing : formatAmounts(cost);
    return text === undefined ? {} : { 'x-response-cost': text };
  }

  get #currentCost(): Amounts {
    if (this.#usage === undefined || this.#price?.kind !== 'priced') return {};
    return { [this.#price.currency]: computeCost(this.#usage, this.#price) };
  }
}

/** `0.001234 USD`; several currencies are not added. */
function formatAmounts(amounts: Amounts): string {
  const parts = CURRENCIES.flatMap((currency) => {
    const amount = amounts[currency];
    return amount === undefined ? [] : [`${formatMillionths(amount)} ${currency}`];
  });
  return parts.join(' + ');
}
