/** Failures of OpenAI-compatible upstreams → ApiError: Z.ai's business codes first, then the HTTP status. */
import {
  type ApiError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
  UpstreamError,
} from '../../errors.js';
import { asError, asObject, asText, type JsonObject, parseJson } from '../json.js';
import { retryAfterMs, serverFailure, upstreamText } from '../upstream-errors.js';
import { fieldIn, readRefusal } from './refusal.js';

export function httpError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const json = asObject(parseJson(body));
  // `{error: {…}}` is OpenAI's form and Z.ai's; older vLLM puts the members on the top level, proxies a `detail`.
  return errorOf(status, asError(json?.error) ?? json ?? {}, retryAfterMs(retryAfter));
}

/** An error event in a stream that began with 200: vLLM tells the status as `code`. */
export function inStreamError(error: JsonObject): ApiError {
  const code = Number(error.code);
  return errorOf(code >= 400 && code < 600 ? code : 500, error, undefined);
}

function errorOf(status: number, error: JsonObject, retryAfter: number | undefined): ApiError {
  const text = upstreamText(asText(error.message) ?? asText(error.detail) ?? '');
  const code = Number(error.code);
  const refusal = readRefusal(error);
  // Some servers answer 500 where the request is at fault.
  const asked = refusal?.namesField ? 400 : status;
  const told = zaiError(code, status, text, retryAfter) ?? statusError(asked, error, text, retryAfter);
  told.cause ??= refusal;
  return told;
}

function zaiError(
  code: number,
  status: number,
  text: string,
  retryAfter: number | undefined,
): ApiError | undefined {
  if ((code >= 1000 && code <= 1004) || (code >= 1220 && code <= 1222)) return credential(`code ${code}`);
  switch (code) {
    case 1110:
    case 1111:
    case 1112:
    case 1113:
    case 1120:
    case 1121:
      return noBalance(code, text);
    case 1210:
    case 1213:
    case 1214:
    case 1215:
    case 1231:
      return new BadRequestError(`The upstream refused the request (${code}). ${text}`, {
        code: 'upstream_bad_request',
      });
    case 1211:
    case 1212:
      return noSuchModel(text);
    case 1230:
    case 1234:
      return serverFailure(Math.max(500, status), text, retryAfter, `code ${code}`);
    case 1261:
      return tooLong(text);
    case 1300:
    case 1301:
      return new BadRequestError(`The upstream's content filter blocked this. ${text}`, {
        code: 'content_filter',
      });
    case 1302:
    case 1303:
    case 1305:
      return busy(code, text, true, retryAfter);
    case 1304:
    case 1308:
    case 1310:
      return busy(code, text, false, retryAfter);
    case 1311:
    case 1313:
      return notAllowed(code, text);
    case 1312:
      return serverFailure(503, text, retryAfter, `code ${code}`);
    default:
      return undefined;
  }
}

function statusError(
  status: number,
  error: JsonObject,
  text: string,
  retryAfter: number | undefined,
): ApiError {
  if (status === 401 || status === 403) return credential(`status ${status}`);
  if (status === 429) return busy(status, text, true, retryAfter);
  if (status === 404) return /model|模型/i.test(text) ? noSuchModel(text) : wrongUrl();
  if (status === 405) return wrongUrl();
  if (status === 402) return noBalance(status, text);
  if (status >= 300 && status < 400) return wrongUrl();
  if (status >= 500 || status === 408) return serverFailure(status, text, retryAfter);
  if (/context length|too long|maximum.*tokens/i.test(text)) return tooLong(text);
  return new BadRequestError(`The upstream refused the request (${status}). ${text}`.trim(), {
    code: 'upstream_bad_request',
    param: fieldIn(error) ?? null,
  });
}

/** Never a 401: the caller's key was right, the gateway's is not. The upstream's words may quote that key. */
function credential(what: string): UpstreamError {
  return new UpstreamError(
    `The upstream does not accept the gateway's credential (${what}). Whoever runs the gateway should check ZAI_TOKEN ` +
      'and UPSTREAM_URL with `npm run doctor`.',
    { code: 'upstream_unauthorized' },
  );
}

function noBalance(code: number, text: string): RateLimitError {
  const hint = ' Coding-plan and mainland (BigModel) keys need their own UPSTREAM_URL.';
  return new RateLimitError(
    `The upstream account has no balance or no such plan (${code}). ${text}${code === 1113 ? hint : ''}`,
    {
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      outcome: 'upstream_error',
    },
  );
}

function busy(
  code: number,
  text: string,
  retriable: boolean,
  retryAfter: number | undefined,
): RateLimitError {
  return new RateLimitError(`The upstream limits its requests (${code}). ${text}`.trim(), {
    code: 'upstream_busy',
    outcome: 'upstream_error',
    retriable,
    retryAfterMs: retryAfter,
  });
}

function notAllowed(code: number, text: string): UpstreamError {
  return new UpstreamError(
    `The upstream account may not use this model or this way (${code}). ${text}`.trim(),
    {
      status: 403,
      outcome: 'upstream_refused',
    },
  );
}

function noSuchModel(text: string): NotFoundError {
  return new NotFoundError(`The upstream does not know this model. ${text}`.trim(), {
    code: 'model_not_found',
    param: 'model',
  });
}

/** Nothing is there, or something else than an API. */
export function wrongUrl(): UpstreamError {
  return new UpstreamError(
    'The upstream has nothing at UPSTREAM_URL. Its base usually ends in /v1 (self-hosted) or /api/paas/v4 (Z.ai).',
    { code: 'upstream_wrong_url' },
  );
}

function tooLong(text: string): BadRequestError {
  return new BadRequestError(`The prompt is too long for this model. ${text}`.trim(), {
    code: 'context_length_exceeded',
  });
}
