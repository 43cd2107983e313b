/** What a client is told when a budget, or a limit beside it, has no room. */
import { ApiError, PermissionDeniedError, RateLimitError } from '../vocabulary/errors.js';
import { formatAmount } from './core/budget.js';
import type { MeterScope, Period } from './core/meters.js';

const BUSY_RETRY_MS = 5_000;
const STORE_RETRY_MS = 5_000;

const OWNERS: Readonly<Record<MeterScope, string>> = { key: 'this key', member: 'all keys of this member' };

function describe({ scope, budget }: Period): string {
  const { amount, unit, period } = budget;
  const time = period === 'total' ? 'in total' : `per ${period}`;
  return `The budget of ${OWNERS[scope]} (${formatAmount(amount, unit)} ${time})`;
}

function describeReset({ range: { end } }: Period): string {
  return end === undefined
    ? 'It does not reset: whoever runs the gateway can raise it.'
    : `It resets at ${new Date(end).toISOString()}.`;
}

export function budgetExceeded(period: Period, now: number): ApiError {
  const { end } = period.range;
  return new RateLimitError(`${describe(period)} is used up. ${describeReset(period)}`, {
    code: 'budget_exceeded',
    retryAfterMs: end === undefined ? undefined : Math.max(1_000, end - now),
    shouldRetry: false,
  });
}

export function budgetBusy(period: Period): ApiError {
  return new RateLimitError(
    `${describe(period)} has no room at this moment: open requests have reserved what is left.`,
    { code: 'budget_busy', retryAfterMs: BUSY_RETRY_MS },
  );
}

export function requestOverBudget(period: Period, inputTokens: number): ApiError {
  return new RateLimitError(
    `${describe(period)} has less left than the input of this request needs (about ${inputTokens} tokens). Shorten it. ${describeReset(period)}`,
    { code: 'request_over_budget', shouldRetry: false },
  );
}

export function tooManyTokens(scope: MeterScope, limit: number, waitMs: number): ApiError {
  return new RateLimitError(
    `Together, the requests of ${OWNERS[scope]} may use ${limit} tokens per minute.`,
    {
      retryAfterMs: Math.max(1_000, waitMs),
    },
  );
}

export function tooManyInFlight(scope: MeterScope, limit: number): ApiError {
  const requests = limit === 1 ? 'request' : 'requests';
  return new RateLimitError(`At most ${limit} ${requests} of ${OWNERS[scope]} may be open at a time.`, {
    retryAfterMs: 1_000,
  });
}

export function budgetsUnavailable(cause: unknown): ApiError {
  return new ApiError(
    'store_unavailable',
    'The budget of this key cannot be checked right now; try again in a moment.',
    { retryAfterMs: STORE_RETRY_MS, cause },
  );
}

export function modelNotPriced(model: string, currencies: readonly string[]): ApiError {
  return new PermissionDeniedError(
    `The model ${model} has no price in ${currencies.join(' and ')}, so that the budget of this key cannot count it. Use another model.`,
    { code: 'model_not_priced', param: 'model' },
  );
}
