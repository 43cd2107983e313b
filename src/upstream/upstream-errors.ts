/** What the failures of both upstreams have in common. */
import { ApiError, BadRequestError, RateLimitError, UpstreamError } from '../vocabulary/errors.js';

const MAX_TEXT_LENGTH = 500;

/** Bearer values, JWTs and Z.ai keys: an upstream that quotes its request must not give them away. */
const CREDENTIALS = /\bBearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b[0-9a-f]{32}\.\w{8,}|\bsk-[\w-]{8,}/gi;

/** The upstream's own words, fit to be passed on: one line, clipped, without control characters or credentials. */
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

/** A 5xx, a 408 (both worth another try before the first event), or anything that nobody has described. */
export function serverFailure(
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

/** For `Retry-After` where the upstream gives no time. */
const BUSY_RETRY_AFTER_MS = 2_000;

/** The upstream's own rate limit. */
export function upstreamBusy(
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

/** No room for anybody, whatever the account. */
export function overloaded(what: string, text: string, retryAfterMs: number | undefined): UpstreamError {
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
export function contextTooLong(text: string): BadRequestError {
  return new BadRequestError(`The prompt is too long for this model. ${text}`.trim(), {
    code: 'context_length_exceeded',
    fromUpstream: true,
  });
}

/** Does the body look like a page (HTML or XML)? */
export function isPage(body: string): boolean {
  return /^\s*<[!?a-z]/i.test(body);
}

/** What no API answers: it comes from a proxy, a firewall or a load balancer. `body`: a page, a text or nothing. */
export function intercepted(status: number, body: string, retryAfterMs: number | undefined): ApiError {
  const said = isPage(body) ? ` with a page${readTitle(body)}.` : `. ${quoteUpstream(body)}`;
  const words = `Something between the gateway and the upstream answered ${status}${said}`.trim();
  if (status === 413) return requestTooLarge(words);
  if (status === 429) return upstreamBusy(words, { retriable: true, retryAfterMs });
  const hint = 'Whoever runs the gateway should look for a proxy, firewall or load balancer there.';
  return new UpstreamError(`${words} ${hint}`, {
    status: status === 503 || status === 504 ? status : 502,
    code: 'upstream_intercepted',
    retriable: status >= 500 || status === 408,
    retryAfterMs,
  });
}

export function requestTooLarge(text: string): ApiError {
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

/** 200, but a page or some other document where an event stream was asked for. `body`: its beginning. */
export function notAStream(body = ''): UpstreamError {
  const said = isPage(body) ? `It is a page${readTitle(body)}.` : quoteUpstream(body);
  const message = `The upstream answered with something else than an event stream. ${said}`;
  return new UpstreamError(`${message.trim()} Is UPSTREAM_URL right?`, { code: 'upstream_not_a_stream' });
}

/** An answer that has a hole or no end. `retriable` where nothing of it has been shown. */
export function truncatedAnswer(message: string, retriable = false): UpstreamError {
  return new UpstreamError(message, { code: 'upstream_truncated', retriable });
}

/** The finish reason is a failure, or a word that may hide one. `text`: the upstream's details. */
export function brokenOff(word: string, text = ''): UpstreamError {
  if (/^(insufficient_system_resource|overloaded)$/.test(word)) {
    return overloaded(word, quoteUpstream(text), undefined);
  }
  const message = `The upstream broke the answer off (finish reason “${word.slice(0, 60)}”); a part is missing.`;
  return truncatedAnswer(`${message} ${quoteUpstream(text)}`.trim(), true);
}

export function firstByteLate(): UpstreamError {
  return new UpstreamError(
    'The upstream accepted the request but sent nothing in time (FIRST_BYTE_TIMEOUT).',
    {
      code: 'upstream_timeout',
    },
  );
}

export function idleTooLong(ms: number): UpstreamError {
  return new UpstreamError(
    `The upstream fell silent in the middle of the answer for ${ms} ms (IDLE_TIMEOUT).`,
    {
      code: 'upstream_timeout',
    },
  );
}
