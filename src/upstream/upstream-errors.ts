/** What the failures of both upstreams have in common. */
import { UpstreamError } from '../errors.js';

const LONGEST_TEXT = 500;

/** Bearer values, JWTs and Z.ai keys: an upstream that quotes its request must not give them away. */
const CREDENTIALS = /\bBearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b[0-9a-f]{32}\.\w{8,}|\bsk-[\w-]{8,}/gi;

/** The upstream's own words, fit to be passed on: one line, clipped, without control characters or credentials. */
export function upstreamText(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST_TEXT)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(CREDENTIALS, '[hidden]')
    .trim();
  if (line === '') return '';
  const clipped = line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
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

/** `Retry-After` (seconds or a date) → milliseconds. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** 200, but a page or a JSON document where an event stream was asked for. */
export function notAStream(): UpstreamError {
  return new UpstreamError(
    'The upstream answered with something else than an event stream. Is UPSTREAM_URL right?',
    {
      code: 'upstream_not_a_stream',
    },
  );
}

export function firstByteLate(): UpstreamError {
  return new UpstreamError(
    'The upstream accepted the request but sent nothing in time (FIRST_BYTE_TIMEOUT).',
    {
      status: 504,
      code: 'upstream_timeout',
    },
  );
}

export function idleTooLong(ms: number): UpstreamError {
  return new UpstreamError(
    `The upstream fell silent in the middle of the answer for ${ms} ms (IDLE_TIMEOUT).`,
    {
      status: 504,
      code: 'upstream_timeout',
    },
  );
}
