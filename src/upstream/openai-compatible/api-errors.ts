/** The ApiErrors for failures of an OpenAI-compatible upstream. */
import {
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UpstreamError,
} from '../../vocabulary/errors.js';
import { findResetTime } from '../reset-time.js';
import { AccountLimitError, ASK_OPERATOR, upstreamBusyError } from '../upstream-errors.js';
import type { Failure } from './failure.js';

export function badRequestError(
  { businessCode, status, text }: Failure,
  param: string | undefined,
): BadRequestError {
  return new BadRequestError(`The upstream refused the request (${businessCode ?? status}). ${text}`.trim(), {
    code: 'upstream_bad_request',
    upstreamParam: param,
    fromUpstream: true,
  });
}

/** Not a 401, since the client's key is valid. The upstream's message is left out, since it may quote the gateway's key. */
export function credentialError(what: string): UpstreamError {
  return new UpstreamError(
    `The upstream does not accept the gateway's credential (${what}). ${ASK_OPERATOR}`,
    { code: 'upstream_unauthorized', shouldRetry: false },
  );
}

const NO_QUOTA = {
  code: 'insufficient_quota',
  shouldRetry: false,
} as const;

export function balanceError(what: string, text: string): RateLimitError {
  const message = `The upstream account has no balance or no such plan (${what}). ${text}`;
  return new RateLimitError(message.trim(), NO_QUOTA);
}

/** The quota of a plan for five hours, a week or a month. */
export function quotaError({ businessCode, message, text, retryAfterMs }: Failure): RateLimitError {
  const now = Date.now();
  const resetAt = findResetTime(message, now);
  const until =
    resetAt === undefined ? '' : ` until ${new Date(resetAt).toISOString().replace(/\.\d+Z$/, 'Z')}`;
  return new RateLimitError(
    `The upstream account’s quota is used up${until} (code ${businessCode}). ${text}`.trim(),
    { ...NO_QUOTA, retryAfterMs: resetAt === undefined ? retryAfterMs : resetAt - now },
  );
}

export function limitError(
  what: string,
  text: string,
  retriable: boolean,
  retryAfterMs: number | undefined,
): RateLimitError {
  return upstreamBusyError(`The upstream limits its requests (${what}). ${text}`, {
    retriable,
    retryAfterMs,
  });
}

/** Whoever names a time knows more than the queue: the client is told, or the call repeated after it. */
export function concurrencyError(text: string, retryAfterMs: number | undefined): RateLimitError {
  if (retryAfterMs !== undefined) return limitError('code 1302', text, true, retryAfterMs);
  return new AccountLimitError(`The upstream limits its requests (code 1302). ${text}`);
}

export function contentFilterError(text: string): BadRequestError {
  return new BadRequestError(`The upstream's content filter blocked this. ${text}`, {
    code: 'content_filter',
    fromUpstream: true,
  });
}

export function notAllowedError(code: number, text: string): UpstreamError {
  return new UpstreamError(
    `The upstream account may not use this model or this way (${code}). ${text}`.trim(),
    { code: 'upstream_not_allowed', shouldRetry: false },
  );
}

export function modelNotAvailableError(text: string): PermissionDeniedError {
  return new PermissionDeniedError(`The upstream account may not use this model. ${text}`.trim(), {
    code: 'model_not_available',
    param: 'model',
    shouldRetry: false,
  });
}

export function unknownModelError(text: string): NotFoundError {
  return new NotFoundError(`The upstream does not know this model. ${text}`.trim(), {
    code: 'model_not_found',
    param: 'model',
    fromUpstream: true,
  });
}

/** `path`: below the base URL. */
export function unknownEndpointError(path: string): NotFoundError {
  return new NotFoundError(`The gateway’s upstream does not offer ${path}.`, { code: 'unknown_url' });
}

/** The address answers with 404, or is no API. */
export function wrongUrlError(): UpstreamError {
  return new UpstreamError(
    `There is no API at the address that the gateway has for its upstream. ${ASK_OPERATOR}`,
    { code: 'upstream_wrong_url' },
  );
}

export function unsupportedContentError(text: string): BadRequestError {
  return new BadRequestError(`The model does not take this kind of content. ${text}`.trim(), {
    code: 'unsupported_content',
    upstreamParam: 'messages',
    fromUpstream: true,
  });
}
