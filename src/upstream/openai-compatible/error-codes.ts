/** Failures of OpenAI-compatible upstreams → ApiError: Z.ai's business codes first, then the words, then the HTTP status. */
import {
  type ApiError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UpstreamError,
} from '../../errors.js';
import { type ErrorFields, readErrorFields } from '../error-fields.js';
import * as words from '../error-words.js';
import type { FailedFinish } from '../finish-reasons.js';
import { asError, asObject, type JsonObject, parseJson } from '../json.js';
import { nextDay, resetTimeIn } from '../reset-time.js';
import {
  brokenOff,
  contextTooLong,
  intercepted,
  isPage,
  overloaded,
  requestTooLarge,
  serverFailure,
  upstreamBusy,
  upstreamText,
} from '../upstream-errors.js';
import { fieldIn, readRefusal } from './refusal.js';

/** Words are looked for in so many characters of a message. */
const MAX_MESSAGE_LENGTH = 2_000;

interface Failure extends ErrorFields {
  /** The error's object as the upstream sent it. */
  readonly error: JsonObject;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** Z.ai's code, `undefined` when the upstream gives none. */
  readonly businessCode: number | undefined;
  /** The message as it is passed on: `It says: …`. */
  readonly text: string;
}

/** The error that a response other than 200 means. Its body may be anything. */
export function httpError(status: number, body: string, retryAfterMs: number | undefined): ApiError {
  const json = parseBody(body);
  const isForeign = isPage(body);
  if (SAYS_WRONG_URL.has(status) && isForeign) return wrongUrl();
  const isFromBetween =
    status === 407 || (status === 403 && json === undefined) || (isForeign && !PAGES_OF_SERVERS.has(status));
  if (isFromBetween) return intercepted(status, body, retryAfterMs);
  return classify(failureOf(json ?? { message: isForeign ? '' : body }, status, retryAfterMs));
}

/** JSON, or the first event of servers that answer with a stream whatever the status. */
function parseBody(body: string): unknown {
  return parseJson(body) ?? parseJson(/^data:(.*)$/m.exec(body)?.[1] ?? '');
}

/** Statuses under which API servers themselves answer with pages. */
const PAGES_OF_SERVERS: ReadonlySet<number> = new Set([401, 500, 529]);

/** An error in a stream that began with 200: it tells its status itself, or by the name of its kind. */
export function inStreamError(event: JsonObject): ApiError {
  return classify(failureOf(event, undefined, undefined));
}

/** An answer whose finish reason is a failure. SGLang gives details with it. */
export function failedFinish({ failure, fields }: FailedFinish): ApiError {
  const told = readErrorFields(fields);
  return told.status === undefined
    ? brokenOff(failure, told.message)
    : classify(failureOf(fields, told.status, undefined));
}

/** Statuses that a server answers for a path it does not have, with whatever page. */
const SAYS_WRONG_URL: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405]);

const STATUS_BY_NAME: readonly [pattern: RegExp, status: number][] = [
  [/overload/i, 529],
  [/rate_?limit|too_?many_?requests|resource_?exhausted/i, 429],
  [/authentication|unauthori[sz]ed|invalid_?api_?key|unauthenticated/i, 401],
  [/permission|forbidden/i, 403],
  [/not_?found/i, 404],
  [/invalid_?(request|argument|parameter)|bad_?request|validation|unprocessable|tool_use_failed/i, 400],
  [/insufficient_?(quota|balance)|billing|payment/i, 402],
  [/unavailable/i, 503],
  [/time_?out|deadline/i, 504],
];

function statusByName({ code, type }: ErrorFields): number | undefined {
  const names = `${code} ${type}`;
  return STATUS_BY_NAME.find(([pattern]) => pattern.test(names))?.[1];
}

/** `status`: of the response, undefined in a stream that began with 200. */
function failureOf(body: unknown, status: number | undefined, retryAfterMs: number | undefined): Failure {
  const fields = readErrorFields(body);
  const message = fields.message.slice(0, MAX_MESSAGE_LENGTH);
  // Z.ai's Anthropic form writes the code in front of the message.
  const code = Number(fields.code || /^\[(\d{4})\]/.exec(message)?.[1]);
  const object = asObject(Array.isArray(body) ? body[0] : body) ?? {};
  return {
    ...fields,
    error: asError(object.error) ?? object,
    message,
    text: upstreamText(message),
    status: status ?? fields.status ?? statusByName(fields) ?? 500,
    retryAfterMs,
    businessCode: code >= 1000 && code < 2000 ? code : undefined,
  };
}

function classify(failure: Failure): ApiError {
  const refusal = readRefusal(failure.error);
  // Some servers answer 500 where the request is at fault.
  const status = refusal?.namesField ? 400 : failure.status;
  const error = errorByCode(failure) ?? errorByWords(failure) ?? errorByStatus({ ...failure, status });
  error.cause ??= refusal;
  return error;
}

/** Codes about a parameter are left to the words. */
function errorByCode(failure: Failure): ApiError | undefined {
  const { businessCode: code = 0, status, text, retryAfterMs } = failure;
  if (code >= 1000 && code <= 1004) return credential(`code ${code}`);
  switch (code) {
    case 1110:
    case 1111:
    case 1112:
    case 1113:
    case 1120:
    case 1121:
    case 1309:
      return noBalance(`code ${code}`, text, code === 1113);
    case 1211:
    case 1212:
      return noSuchModel(text);
    case 1220:
      return modelNotAvailable(text);
    case 1221:
    case 1311:
    case 1313:
      return notAllowed(code, text);
    case 1222:
      return wrongUrl();
    case 1230:
    case 1234:
      return serverFailure(Math.max(500, status), text, retryAfterMs, `code ${code}`);
    case 1261:
      return contextTooLong(text);
    case 1300:
    case 1301:
      return filtered(text);
    case 1302:
    case 1303:
      return limited(`code ${code}`, text, true, retryAfterMs);
    case 1304:
      return limited(`code ${code}`, text, false, retryAfterMs ?? nextDay(Date.now()) - Date.now());
    case 1305:
    case 1312:
      return overloaded(`code ${code}`, text, retryAfterMs);
    case 1308:
    case 1310:
      return quotaUsedUp(failure);
    default:
      return undefined;
  }
}

/** What servers tell under all kinds of statuses. */
function errorByWords(failure: Failure): ApiError | undefined {
  const { status, text, businessCode, retryAfterMs } = failure;
  const exceeded = words.exceededLength(failure);
  if (exceeded === 'context') return contextTooLong(text);
  if (exceeded === 'max_tokens') return badRequest(failure, 'max_tokens');
  if (words.isUnsupportedContent(failure)) {
    return new BadRequestError(`The model does not take this kind of content. ${text}`, {
      code: 'unsupported_content',
      param: 'messages',
    });
  }
  if (words.isFiltered(failure)) return filtered(text);
  // Z.ai's words under any status for a path that it does not have.
  if (/\b404 NOT_FOUND\b/.test(failure.message)) return wrongUrl();
  if (
    words.isUnknownModel(failure, status === 404) ||
    (businessCode === 1214 && words.isInvalidModel(failure))
  ) {
    return noSuchModel(text);
  }
  if (words.isOutOfQuota(failure) && status >= 402) return noBalance(`status ${status}`, text);
  if (status === 529 || (status >= 429 && words.isOverloaded(failure))) {
    return overloaded(`status ${status}`, text, retryAfterMs);
  }
  return undefined;
}

function errorByStatus(failure: Failure): ApiError {
  const { status, text, retryAfterMs } = failure;
  if (status === 401 || status === 403) return credential(`status ${status}`);
  if (status === 429) return limited(`${status}`, text, true, retryAfterMs);
  if (SAYS_WRONG_URL.has(status) || status < 400) return wrongUrl();
  if (status === 402) return noBalance(`${status}`, text);
  if (status === 413) return requestTooLarge(text);
  if (status >= 500 || status === 408) return serverFailure(status, text, retryAfterMs);
  return badRequest(failure, paramOf(failure));
}

/** Z.ai names it in words: `The messages parameter is illegal`, where the prompt is what the messages are. */
function paramOf({ error, message, place }: Failure): string | undefined {
  const [, named] = /\b([a-z_]+) parameter\b/.exec(message) ?? [];
  const inWords = named === 'prompt' ? 'messages' : FIELDS_IN_WORDS.find((field) => field === named);
  return place ?? fieldIn(error) ?? inWords;
}

const FIELDS_IN_WORDS = ['messages', 'model', 'tools', 'stop', 'thinking'];

function badRequest({ businessCode, status, text }: Failure, param: string | undefined): BadRequestError {
  return new BadRequestError(`The upstream refused the request (${businessCode ?? status}). ${text}`.trim(), {
    code: 'upstream_bad_request',
    param: param ?? null,
  });
}

/** Never a 401: the caller's key was right, the gateway's is not. The upstream's words may quote that key. */
function credential(what: string): UpstreamError {
  return new UpstreamError(
    `The upstream does not accept the gateway's credential (${what}). Whoever runs the gateway should check ZAI_TOKEN ` +
      'and UPSTREAM_URL with `npm run doctor`.',
    { code: 'upstream_unauthorized', shouldRetry: false },
  );
}

const NO_QUOTA = {
  type: 'insufficient_quota',
  code: 'insufficient_quota',
  outcome: 'upstream_error',
  shouldRetry: false,
} as const;

function noBalance(what: string, text: string, mayBeOtherPlan = false): RateLimitError {
  const hint = mayBeOtherPlan ? ' Coding-plan and mainland (BigModel) keys need their own UPSTREAM_URL.' : '';
  return new RateLimitError(
    `The upstream account has no balance or no such plan (${what}). ${text}${hint}`.trim(),
    NO_QUOTA,
  );
}

/** A window of a plan: five hours, a week, a month. */
function quotaUsedUp({ businessCode, message, text, retryAfterMs }: Failure): RateLimitError {
  const now = Date.now();
  const resetAt = resetTimeIn(message, now);
  const until =
    resetAt === undefined ? '' : ` until ${new Date(resetAt).toISOString().replace(/\.\d+Z$/, 'Z')}`;
  return new RateLimitError(
    `The upstream account’s quota is used up${until} (code ${businessCode}). ${text}`.trim(),
    { ...NO_QUOTA, retryAfterMs: resetAt === undefined ? retryAfterMs : resetAt - now },
  );
}

function limited(
  what: string,
  text: string,
  retriable: boolean,
  retryAfterMs: number | undefined,
): RateLimitError {
  return upstreamBusy(`The upstream limits its requests (${what}). ${text}`, { retriable, retryAfterMs });
}

function filtered(text: string): BadRequestError {
  return new BadRequestError(`The upstream's content filter blocked this. ${text}`, {
    code: 'content_filter',
  });
}

function notAllowed(code: number, text: string): UpstreamError {
  return new UpstreamError(
    `The upstream account may not use this model or this way (${code}). ${text}`.trim(),
    { status: 403, outcome: 'upstream_refused', shouldRetry: false },
  );
}

function modelNotAvailable(text: string): PermissionDeniedError {
  return new PermissionDeniedError(`The upstream account may not use this model. ${text}`.trim(), {
    code: 'model_not_available',
    param: 'model',
    outcome: 'upstream_refused',
    shouldRetry: false,
  });
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
