/** The web protocol's failures → ApiError: inside the stream (three places) and as HTTP status with any body. */
import {
  type ApiError,
  BadRequestError,
  type RateLimitError,
  UpstreamError,
} from '../../vocabulary/errors.js';
import { type ErrorFields, findError, readErrorFields } from '../error-fields.js';
import { exceededLength } from '../error-words.js';
import { asError, asObject, type JsonObject, parseJson } from '../json.js';
import {
  ASK_OPERATOR,
  contextLengthError,
  interceptedError,
  isPage,
  overloadedError,
  quoteUpstream,
  requestTooLargeError,
  serverError,
  upstreamBusyError,
} from '../upstream-errors.js';

/**
 * The error that an event carries, if any: on the event, in its data, or in the data of its data. Without data, words
 * alone are one.
 */
export function inStreamError(envelope: JsonObject): ApiError | undefined {
  const data = asObject(envelope.data);
  const inner = asObject(data?.data);
  const error =
    asError(envelope.error) ??
    asError(data?.error) ??
    asError(inner?.error) ??
    (data === undefined ? findError(envelope, false) : undefined);
  if (error === undefined) return undefined;
  const fields = readErrorFields({
    ...error,
    message: error.detail ?? error.message ?? error.msg ?? error.content,
  });
  const code = fields.code || data?.error_code;
  const captcha = ['captcha_error_type', 'verify_code'].some((key) => error[key] ?? data?.[key]);
  return createError(captcha ? 'FRONTEND_CAPTCHA_REQUIRED' : code, fields, undefined);
}

const TOKEN_REFUSED = `The upstream does not accept the gateway’s token, or a guest’s. ${ASK_OPERATOR}`;

/** Status 401: no answer has begun, and a guest may ask with another token. */
export class RefusedTokenError extends UpstreamError {
  constructor() {
    super(TOKEN_REFUSED, { code: 'upstream_unauthorized', shouldRetry: false });
  }
}

/** The error that a response other than 200 means. The body may be anything. */
export function httpError(status: number, body: string, retryAfterMs: number | undefined): ApiError {
  const isForeign = isPage(body);
  if (status === 407 || (isForeign && !FROM_ZAI.has(status)))
    return interceptedError(status, body, retryAfterMs);
  const fields = readErrorFields(parseJson(body) ?? (isForeign ? '' : body));
  if (status === 400 && /signature/i.test(fields.message)) return refusedError('it wants signed requests');
  if (status === 400 && /captcha/i.test(fields.message)) return refusedError('it wants a captcha solved');
  if (status === 400 && /busy|繁忙|稍后/i.test(fields.message))
    return busyError(fields.message, retryAfterMs);
  return createError(status, fields, retryAfterMs);
}

/** 405 with a page is Z.ai's own firewall, 500 its own server. */
const FROM_ZAI: ReadonlySet<number> = new Set([401, 405, 426, 500]);

function createError(code: unknown, fields: ErrorFields, retryAfter: number | undefined): ApiError {
  const word = String(code ?? '');
  const text = quoteUpstream(fields.message);
  if (/captcha/i.test(word)) return refusedError('it wants a captcha solved');
  if (exceededLength(fields) === 'context') return contextLengthError(text);
  switch (word) {
    case '400':
      return new BadRequestError(`The upstream refused the request. ${text}`, {
        code: 'upstream_bad_request',
        fromUpstream: true,
      });
    case '401':
      return new UpstreamError(TOKEN_REFUSED, { code: 'upstream_unauthorized', shouldRetry: false });
    case '403':
      return refusedError('this account or guest may not do this', text);
    case '405':
      return refusedError('its firewall blocks this address or client');
    case '413':
      return requestTooLargeError(text);
    case '426':
      return refusedError('its client version check fails');
    case '429':
      return busyError(fields.message, retryAfter);
    case '529':
      return overloadedError(word, text, retryAfter);
    case 'INTERNAL_ERROR':
      return serverError(500, text, retryAfter);
    default:
      return serverError(/^\d{3}$/.test(word) ? Number(word) : 500, text, retryAfter);
  }
}

/** Z.ai refuses this client. The gateway does not work around that; its log says what else works. */
function refusedError(why: string, text = ''): UpstreamError {
  const message = [`Z.ai's web chat refuses this gateway: ${why}.`, text, ASK_OPERATOR];
  return new UpstreamError(message.filter(Boolean).join(' '), { code: 'upstream_refused' });
}

function busyError(detail: string, retryAfterMs: number | undefined): RateLimitError {
  return upstreamBusyError(`The upstream is busy. ${quoteUpstream(detail)}`, {
    retriable: true,
    retryAfterMs,
  });
}
