/** The ApiErrors that both providers' failures share. */
import { ApiError, BadRequestError, RateLimitError, UpstreamError } from '../vocabulary/errors.js';

const MAX_TEXT_LENGTH = 500;

/** Bearer values, JWTs and Z.ai keys, which an upstream may quote from its request. */
const CREDENTIALS = /\bBearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b[0-9a-f]{32}\.\w{8,}|\bsk-[\w-]{8,}/gi;

/** @returns `It says: …` with the upstream's message: one line, clipped, without control characters or credentials */
export function quoteUpstream(text: string): string {
  const line = text
    .slice(0, 4 * MAX_TEXT_LENGTH)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(CREDENTIALS, '[hidden]')
    .trim();
  if (line === '') return '';
  const clipped = line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH)}…` : line;
  return `It says: ${clipped}${/[.!?…。！？]$/.test(clipped) ? '' : '.'}`;
}

/** A 5xx or 408, which are retriable, or any failure that no other rule describes. */
export function serverError(
  status: number,
  text: string,
  retryAfter: number | undefined,
  what = `${status}`,
): UpstreamError {
  const retriable = status >= 500 || status === 408;
  const gatewayStatus = status === 503 ? 503 : status === 504 || status === 408 ? 504 : 502;
  return new UpstreamError(`The upstream failed with ${what}. ${text}`.trim(), {
    status: gatewayStatus,
    retriable,
    retryAfterMs: retryAfter,
  });
}

/** For `Retry-After` when the upstream gives no time. */
const BUSY_RETRY_AFTER_MS = 2_000;

/** The upstream's own rate limit. */
export function upstreamBusyError(
  message: string,
  { retriable, retryAfterMs }: { retriable: boolean; retryAfterMs: number | undefined },
): RateLimitError {
  return new RateLimitError(message.trim(), {
    code: 'upstream_busy',
    retriable,
    retryAfterMs,
    suggestedRetryAfterMs: BUSY_RETRY_AFTER_MS,
  });
}

/**
 * The upstream's limit of requests in flight (code 1302): the request has to wait for a slot, as `http/in-slot.ts` lets it.
 */
export class AccountLimitError extends RateLimitError {
  constructor(message: string) {
    super(message.trim(), { code: 'upstream_busy', suggestedRetryAfterMs: BUSY_RETRY_AFTER_MS });
  }
}

/** The upstream is out of capacity, for every account. */
export function overloadedError(what: string, text: string, retryAfterMs: number | undefined): UpstreamError {
  return new UpstreamError(
    `The upstream is overloaded (${what}). ${text} Try again in a moment.`.replaceAll('  ', ' '),
    {
      code: 'overloaded',
      retriable: true,
      retryAfterMs,
      suggestedRetryAfterMs: BUSY_RETRY_AFTER_MS,
    },
  );
}

/** Agents shorten the conversation when they read this code. */
export function contextLengthError(text: string): BadRequestError {
  return new BadRequestError(`The prompt is too long for this model. ${text}`.trim(), {
    code: 'context_length_exceeded',
    fromUpstream: true,
  });
}

/** Whether the body looks like a page (HTML or XML). */
export function isPage(body: string): boolean {
  return /^\s*<[!?a-z]/i.test(body);
}

/** An answer of a proxy, firewall or load balancer in front of the API. `body` is a page, a text or empty. */
export function interceptedError(status: number, body: string, retryAfterMs: number | undefined): ApiError {
  const said = isPage(body) ? ` with a page${readTitle(body)}.` : `. ${quoteUpstream(body)}`;
  const words = `Something between the gateway and the upstream answered ${status}${said}`.trim();
  if (status === 413) return requestTooLargeError(words);
  if (status === 429) return upstreamBusyError(words, { retriable: true, retryAfterMs });
  const hint = 'Whoever runs the gateway should look for a proxy, firewall or load balancer there.';
  return new UpstreamError(`${words} ${hint}`, {
    status: status === 503 || status === 504 ? status : 502,
    code: 'upstream_intercepted',
    retriable: status >= 500 || status === 408,
    retryAfterMs,
  });
}

export function requestTooLargeError(text: string): ApiError {
  return new ApiError(
    'request_too_large',
    `The upstream does not take a request of this size: shorten it. ${text}`.trim(),
    { fromUpstream: true },
  );
}

function readTitle(page: string): string {
  const [, title = ''] = /<title[^>]*>([^<]{1,200})/i.exec(page.slice(0, 10_000)) ?? [];
  const line = title.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line === '' ? '' : ` (“${line}”)`;
}

/** `Retry-After` (seconds or a date) or the finer `retry-after-ms` → milliseconds. */
export function retryAfterMs(
  header: string | undefined,
  milliseconds?: string | undefined,
  now = Date.now(),
): number | undefined {
  if (milliseconds !== undefined && NUMBER.test(milliseconds.trim())) return Math.ceil(Number(milliseconds));
  if (header === undefined) return undefined;
  if (NUMBER.test(header.trim())) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const NUMBER = /^\d+(\.\d+)?$/;

/** Ends a message of a code whose cure the log tells (`warnsOperator`): clients cannot mend the cause. */
export const ASK_OPERATOR = 'Whoever runs the gateway finds what to do in its log.';

/** A response with status 200 that is a page or other document, not an event stream. `body` is its beginning. */
export function notAStreamError(body = ''): UpstreamError {
  const said = isPage(body) ? `It is a page${readTitle(body)}.` : quoteUpstream(body);
  const message = `The upstream answered with something else than an event stream. ${said}`;
  return new UpstreamError(message.trim(), { code: 'upstream_not_a_stream' });
}

/** An answer that misses a part or its end; `retriable` when the client has seen nothing of it. */
export function truncatedError(message: string, retriable = false): UpstreamError {
  return new UpstreamError(message, { code: 'upstream_truncated', retriable });
}

/** A finish reason that is a failure, or unknown. `text` has the upstream's details. */
export function failedFinishError(word: string, text = ''): UpstreamError {
  if (/^(insufficient_system_resource|overloaded)$/.test(word)) {
    return overloadedError(word, quoteUpstream(text), undefined);
  }
  const message = `The upstream broke the answer off (finish reason “${word.slice(0, 60)}”); a part is missing.`;
  return truncatedError(`${message} ${quoteUpstream(text)}`.trim(), true);
}

export function firstByteTimeoutError(): UpstreamError {
  return new UpstreamError('The upstream accepted the request but sent nothing in time.', {
    code: 'upstream_timeout',
  });
}

export function idleTimeoutError(ms: number): UpstreamError {
  return new UpstreamError(`The upstream fell silent in the middle of the answer for ${ms} ms.`, {
    code: 'upstream_timeout',
  });
}
