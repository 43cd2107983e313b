/** The web protocol's failures → ApiError: inside the stream (three places) and as HTTP status with any body. */
import { type ApiError, BadRequestError, RateLimitError, UpstreamError } from '../../errors.js';
import { asError, asObject, asText, type JsonObject, parseJson } from '../json.js';
import { notAStream, retryAfterMs, serverFailure, upstreamText } from '../upstream-errors.js';

const WAYS_OUT =
  'Ways out: an official API key from https://z.ai in ZAI_TOKEN, a self-hosted GLM in UPSTREAM_URL, ' +
  'a model that is free there, or `npm run demo` to try the gateway without Z.ai.';

/** The error that an event carries, if any: on the event, in its data, or in the data of its data. */
export function inStreamError(envelope: JsonObject): ApiError | undefined {
  const data = asObject(envelope.data);
  const inner = asObject(data?.data);
  const error = asError(envelope.error) ?? asError(data?.error) ?? asError(inner?.error);
  if (error === undefined) return undefined;
  const code = error.code ?? error.error_code ?? data?.error_code;
  const detail = asText(error.detail) ?? asText(error.message) ?? asText(error.content) ?? '';
  const captcha = ['captcha_error_type', 'verify_code'].some((key) => error[key] ?? data?.[key]);
  return failure(captcha ? 'FRONTEND_CAPTCHA_REQUIRED' : code, detail, undefined);
}

/** The error that an HTTP answer other than an event stream means. The body may be anything. */
export function httpError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const json = asObject(parseJson(body));
  if (status === 200) return (json && inStreamError(json)) ?? notAStream();
  const error = asError(json?.error);
  const detail = asText(json?.detail) ?? asText(error?.detail) ?? asText(error?.message) ?? '';
  if (status === 400 && /signature/i.test(detail)) return refused('it wants signed requests');
  if (status === 400 && /captcha/i.test(detail)) return refused('it wants a captcha solved');
  if (status === 400 && /busy|繁忙|稍后/i.test(detail)) return busy(detail, retryAfterMs(retryAfter));
  return failure(status, detail, retryAfterMs(retryAfter));
}

function failure(code: unknown, detail: string, retryAfter: number | undefined): ApiError {
  const word = String(code ?? '');
  if (/captcha/i.test(word)) return refused('it wants a captcha solved');
  switch (word) {
    case '400':
      return new BadRequestError(`The upstream refused the request. ${upstreamText(detail)}`, {
        code: 'upstream_bad_request',
      });
    case '401':
      return new UpstreamError(
        'The upstream does not accept the gateway’s token (ZAI_TOKEN, or a guest’s). Whoever runs the gateway should check it with `npm run doctor`.',
        {
          code: 'upstream_unauthorized',
        },
      );
    case '403':
      return refused('this account or guest may not do this', detail);
    case '405':
      return refused('its firewall blocks this address or client');
    case '426':
      return refused('its client version check fails');
    case '429':
      return busy(detail, retryAfter);
    case 'INTERNAL_ERROR':
      return serverFailure(500, upstreamText(detail), retryAfter);
    default:
      return serverFailure(/^\d{3}$/.test(word) ? Number(word) : 500, upstreamText(detail), retryAfter);
  }
}

/** Z.ai does not want this client. Nothing here works around that; it is said plainly. */
function refused(why: string, detail = ''): UpstreamError {
  const message = [`Z.ai's web chat refuses this gateway: ${why}.`, upstreamText(detail), WAYS_OUT];
  return new UpstreamError(message.filter(Boolean).join(' '), { outcome: 'upstream_refused' });
}

function busy(detail: string, retryAfter: number | undefined): RateLimitError {
  return new RateLimitError(`The upstream is busy. ${upstreamText(detail)}`.trim(), {
    code: 'upstream_busy',
    outcome: 'upstream_error',
    retriable: true,
    retryAfterMs: retryAfter,
  });
}
