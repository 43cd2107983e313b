/** What one request reserves and uses of the budgets of its key and member. */
import type { Budgets } from '../budgets/budgets.js';
import { MILLION } from '../budgets/core/budget.js';
import { type Amounts, hasMoneyBudget, type Meters, NOTHING, type Rates } from '../budgets/core/meters.js';
import { modelNotPriced } from '../budgets/errors.js';
import type { Hold } from '../budgets/hold.js';
import type { Usage } from '../completion/event.js';
import { computeCost, type Price } from '../pricing/price.js';
import type { PriceList } from '../pricing/price-list.js';
import type { Route, RoutePlan } from '../routing/route.js';
import type { Caller } from './request-context.js';

export interface BudgetDeps {
  readonly budgets: Pick<Budgets, 'open'>;
  readonly prices: Pick<PriceList, 'find'>;
}

/** How large a request is, as far as it is known before its answer. */
export interface RequestSize {
  /** Estimated. */
  readonly inputTokens: number;
  /** The longest answer that the client wants, `undefined` when it did not say. */
  readonly maxTokens?: number | undefined;
}

export function findMeters({ managed, meters }: Caller): Meters | undefined {
  return managed === undefined ? meters : managed.meters;
}

/**
 * Leaves out routes without a price where money is counted. Throws a PermissionDeniedError if none is left.
 * @returns the plan itself for callers without a budget in money
 */
export function keepPricedRoutes(
  plan: RoutePlan,
  caller: Caller | undefined,
  prices: BudgetDeps['prices'],
): RoutePlan {
  const meters = caller && findMeters(caller);
  if (meters === undefined || !hasMoneyBudget(meters)) return plan;
  const units = meters.allowances
    .map(({ budgets }) => new Set(budgets.flatMap(({ unit }) => (unit === 'tokens' ? [] : [unit]))))
    .filter(({ size }) => size > 0);
  // Each of key and member that counts money has to count it: otherwise its budget would be passed by.
  const isCounted = (price: Price) =>
    price.kind === 'priced' ? units.every((own) => own.has(price.currency)) : price.kind !== 'unpriced';
  const routes = plan.routes.filter((route) => isCounted(findPrice(route, prices)));
  if (routes.length > 0) return { ...plan, routes };
  const currencies = units.map((own) => [...own].join(' or '));
  throw modelNotPriced(plan.routes[0]?.model.name ?? '', [...new Set(currencies)]);
}

/** @returns undefined for callers without budgets and limits of tokens or open requests: nothing is asked for them */
export function openBudget(
  caller: Caller | undefined,
  { routes }: RoutePlan,
  size: () => RequestSize,
  { budgets, prices }: BudgetDeps,
): RequestBudget | undefined {
  const meters = caller && findMeters(caller);
  if (caller === undefined || meters === undefined) return undefined;
  const { inputTokens, maxTokens } = size();
  const rates = findHighestRates(routes.map((route) => findPrice(route, prices)));
  const hold = budgets.open({
    meters,
    key: caller.keyId,
    inputTokens,
    maxTokens,
    rates,
  });
  return new RequestBudget(hold, inputTokens, prices);
}

function findPrice({ entry, model }: Route, prices: BudgetDeps['prices']): Price {
  return prices.find(entry, model.id);
}

/** Routes are known before the slot is granted, but not which of them it will be. */
function findHighestRates(prices: readonly Price[]): Rates {
  const highest = (read: (price: Extract<Price, { kind: 'priced' }>) => number): Amounts => {
    const of = (unit: 'USD' | 'CNY') =>
      Math.max(
        0,
        ...prices.map((price) => (price.kind === 'priced' && price.currency === unit ? read(price) : 0)),
      );
    return { tokens: MILLION, USD: of('USD'), CNY: of('CNY') };
  };
  return { input: highest(({ input }) => input), output: highest(({ output }) => output) };
}

export class RequestBudget {
  #price: Price = { kind: 'unpriced' };
  #isCalling = false;
  #isTold = false;

  constructor(
    private readonly hold: Hold,
    private readonly inputTokens: number,
    private readonly prices: BudgetDeps['prices'],
  ) {}

  get isReserved(): boolean {
    return this.hold.isReserved;
  }

  /** Whether the answer has to end. */
  get isSpent(): boolean {
    return this.hold.isSpent;
  }

  tryReserve(): Promise<boolean> {
    return this.hold.tryReserve();
  }

  waitForRoom(signal: AbortSignal): Promise<void> {
    return this.hold.waitForRoom(signal);
  }

  startCall(route: Route): void {
    this.#price = findPrice(route, this.prices);
    this.#isCalling = true;
    this.hold.beginCall();
  }

  /** The call has failed before its answer began: it used nothing. */
  failCall(): void {
    this.#isCalling = false;
  }

  /** See `Hold.observe`. */
  observe(outputTokens: number): Promise<void> | undefined {
    return this.hold.observe(outputTokens);
  }

  /** @param usage `undefined` when the upstream has told none: then the input counts if it was sent, as estimated */
  endCall(usage: Usage | undefined): void {
    if (!this.#isCalling && usage === undefined) return;
    this.#isCalling = false;
    this.hold.endCall(this.#toAmounts(usage ?? toUsage(this.inputTokens, 0)));
  }

  /** To be called when the request is over, however it ended. */
  settle(): void {
    this.hold.settle();
  }

  /** For a response that begins now. */
  headers(): Record<string, string> {
    const { remaining } = this.hold;
    return remaining === undefined ? {} : { 'x-budget-remaining': remaining };
  }

  /** A comment of the event stream after a hard budget has ended the answer; else empty. */
  comment(): string {
    if (this.#isTold || !this.isSpent) return '';
    this.#isTold = true;
    return ': budget used up\n\n';
  }

  #toAmounts(usage: Usage): Amounts {
    const price = this.#price;
    const amounts = { ...NOTHING, tokens: usage.totalTokens };
    return price.kind === 'priced' ? { ...amounts, [price.currency]: computeCost(usage, price) } : amounts;
  }
}

function toUsage(promptTokens: number, completionTokens: number): Usage {
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}
