/** Errors of the queue that a client is told about. */
import { ApiError, RateLimitError, UpstreamError } from '../vocabulary/errors.js';
import { countSlots, isCompeting } from './core/competition.js';
import type { Outlook } from './core/types.js';
import type { PoolView } from './queue-store.js';

const MIN_RETRY_AFTER_MS = 1_000;
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * @param view The pool as it stands, `undefined` when the store could not be asked.
 * @param groups Slot groups that may serve the request.
 */
export function queueTimeout(
  waitedMs: number,
  view: PoolView | undefined,
  groups: readonly string[],
): RateLimitError {
  const seconds = Math.round(waitedMs / 1000);
  return new RateLimitError(`All slots of the upstream stayed in use for ${seconds} s. Try again later.`, {
    code: 'queue_timeout',
    retryAfterMs: estimateWait(view, groups),
  });
}

/** See `queueTimeout`. */
export function queueFull(
  ofFlow: boolean,
  view: PoolView | undefined,
  groups: readonly string[],
): RateLimitError {
  const whose = ofFlow ? 'of this key ' : '';
  return new RateLimitError(`Too many requests ${whose}wait for the upstream already. Try again later.`, {
    code: 'queue_full',
    retryAfterMs: estimateWait(view, groups),
  });
}

export function leaseLost(): ApiError {
  return new ApiError(
    'queue_lease_lost',
    'The gateway was stopped for so long that this request lost its place at the upstream. Try again.',
    { retryAfterMs: MIN_RETRY_AFTER_MS },
  );
}

/** All credentials that may serve the request are paused for longer than it may wait. */
export function allPaused({ reason, code, inMs }: Outlook): ApiError {
  switch (reason) {
    case 'quota': {
      const until = new Date(Date.now() + inMs).toISOString().replace(/\.\d+Z$/, 'Z');
      return new RateLimitError(`The upstream accounts’ quota is used up until ${until} (code ${code}).`, {
        code: 'insufficient_quota',
        retryAfterMs: Math.max(MIN_RETRY_AFTER_MS, inMs),
        shouldRetry: false,
      });
    }
    case 'operator':
      return new UpstreamError(
        'The upstream refuses all accounts of this gateway that may serve this request. Trying again does not help: ' +
          'tell whoever runs the gateway. Its log and its dashboard say which accounts, and what to do.',
        { code: 'upstream_paused', shouldRetry: false },
      );
    case 'overloaded':
      return new UpstreamError('The upstream is overloaded. Try again in a moment.', {
        code: 'overloaded',
        retryAfterMs: Math.max(MIN_RETRY_AFTER_MS, inMs),
      });
  }
}

/**
 * How long those who wait now for slots of these groups will take, from the slots and the mean duration of an answer, in
 * milliseconds. Slots of other groups serve others: entries of other owners, other models.
 */
export function estimateWait(view: PoolView | undefined, groups: readonly string[]): number {
  if (view === undefined) return MIN_RETRY_AFTER_MS;
  const slots = Math.max(1, countSlots(groups, view));
  const waiting = view.waiting.filter((request) => isCompeting(groups, request)).length;
  const ms = ((waiting + 1) * view.meanMs) / slots;
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, Math.round(ms)));
}
