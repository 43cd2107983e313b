/** Failures of OpenAI-compatible upstreams → ApiError: Z.ai's business codes first, then the words, then the HTTP status. */
import type { ApiError } from '../../vocabulary/errors.js';
import { readErrorFields } from '../error-fields.js';
import * as words from '../error-words.js';
import type { FailedFinish } from '../finish-reasons.js';
import { type JsonObject, parseJson } from '../json.js';
import { getNextMidnight } from '../reset-time.js';
import {
  contextLengthError,
  failedFinishError,
  interceptedError,
  isPage,
  overloadedError,
  requestTooLargeError,
  serverError,
} from '../upstream-errors.js';
import * as errors from './api-errors.js';
import { type Failure, parseFailure } from './failure.js';
import { findField, readRefusal } from './refusal.js';

/** The error that a response other than 200 means. Its body may be anything. */
export function httpError(status: number, body: string, retryAfterMs: number | undefined): ApiError {
  const json = parseBody(body);
  const isForeign = isPage(body);
  if (SAYS_WRONG_URL.has(status) && isForeign) return errors.wrongUrlError();
  const isFromBetween =
    status === 407 || (status === 403 && json === undefined) || (isForeign && !PAGES_OF_SERVERS.has(status));
  if (isFromBetween) return interceptedError(status, body, retryAfterMs);
  return classify(parseFailure(json ?? { message: isForeign ? '' : body }, status, retryAfterMs));
}

/** JSON, or the first event of servers that answer with a stream whatever the status. */
function parseBody(body: string): unknown {
  return parseJson(body) ?? parseJson(/^data:(.*)$/m.exec(body)?.[1] ?? '');
}

/** Statuses under which API servers themselves answer with pages. */
const PAGES_OF_SERVERS: ReadonlySet<number> = new Set([401, 500, 529]);

/** An error in a stream that began with 200: it tells its status itself, or by the name of its kind. */
export function inStreamError(event: JsonObject): ApiError {
  return classify(parseFailure(event, undefined, undefined));
}

/** An answer whose finish reason is a failure. SGLang gives details with it. */
export function failedFinish({ failure, fields }: FailedFinish): ApiError {
  const { status, message } = readErrorFields(fields);
  return status === undefined
    ? failedFinishError(failure, message)
    : classify(parseFailure(fields, status, undefined));
}

/** Statuses that a server answers for a path it does not have, with whatever page. */
const SAYS_WRONG_URL: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405]);

function classify(failure: Failure): ApiError {
  const refusal = readRefusal(failure.error);
  // Some servers answer 500 where the request is at fault.
  const status = refusal?.namesField ? 400 : failure.status;
  const error = errorByCode(failure) ?? errorByWords(failure) ?? errorByStatus({ ...failure, status });
  error.cause ??= refusal;
  error.upstreamCode = failure.businessCode;
  return error;
}

/** Codes about a parameter are left to the words. */
function errorByCode(failure: Failure): ApiError | undefined {
  const { businessCode: code = 0, status, text, retryAfterMs } = failure;
  if (code >= 1000 && code <= 1004) return errors.credentialError(`code ${code}`);
  switch (code) {
    case 1110:
    case 1111:
    case 1112:
    case 1113:
    case 1120:
    case 1121:
    case 1309:
      return errors.balanceError(`code ${code}`, text);
    case 1211:
    case 1212:
      return errors.unknownModelError(text);
    case 1220:
      return errors.modelNotAvailableError(text);
    case 1221:
    case 1311:
    case 1313:
      return errors.notAllowedError(code, text);
    case 1222:
      return errors.wrongUrlError();
    case 1230:
    case 1234:
      return serverError(Math.max(500, status), text, retryAfterMs, `code ${code}`);
    case 1261:
      return contextLengthError(text);
    case 1300:
    case 1301:
      return errors.contentFilterError(text);
    case 1302:
      return errors.concurrencyError(text, retryAfterMs);
    case 1303:
      return errors.limitError(`code ${code}`, text, true, retryAfterMs);
    case 1304:
      return errors.limitError(
        `code ${code}`,
        text,
        false,
        retryAfterMs ?? getNextMidnight(Date.now()) - Date.now(),
      );
    case 1305:
    case 1312:
      return overloadedError(`code ${code}`, text, retryAfterMs);
    case 1308:
    case 1310:
      return errors.quotaError(failure);
    default:
      return undefined;
  }
}

/** What servers tell under all kinds of statuses. */
function errorByWords(failure: Failure): ApiError | undefined {
  const { status, text, businessCode, retryAfterMs } = failure;
  const exceeded = words.exceededLength(failure);
  if (exceeded === 'context') return contextLengthError(text);
  if (exceeded === 'max_tokens') return errors.badRequestError(failure, 'max_tokens');
  if (words.isUnsupportedContent(failure)) return errors.unsupportedContentError(text);
  if (words.isFiltered(failure)) return errors.contentFilterError(text);
  // Z.ai's words under any status for a path that it does not have.
  if (/\b404 NOT_FOUND\b/.test(failure.message)) return errors.wrongUrlError();
  if (
    words.isUnknownModel(failure, status === 404) ||
    (businessCode === 1214 && words.isInvalidModel(failure))
  ) {
    return errors.unknownModelError(text);
  }
  if (words.isOutOfQuota(failure) && status >= 402) return errors.balanceError(`status ${status}`, text);
  if (status === 529 || (status >= 429 && words.isOverloaded(failure))) {
    return overloadedError(`status ${status}`, text, retryAfterMs);
  }
  return undefined;
}

function errorByStatus(failure: Failure): ApiError {
  const { status, text, retryAfterMs } = failure;
  if (status === 401 || status === 403) return errors.credentialError(`status ${status}`);
  if (status === 429) return errors.limitError(`${status}`, text, true, retryAfterMs);
  if (SAYS_WRONG_URL.has(status) || status < 400) return errors.wrongUrlError();
  if (status === 402) return errors.balanceError(`${status}`, text);
  if (status === 413) return requestTooLargeError(text);
  if (status >= 500 || status === 408) return serverError(status, text, retryAfterMs);
  return errors.badRequestError(failure, findParam(failure));
}

/** Z.ai names it in words: `The messages parameter is illegal`, where the prompt is what the messages are. */
function findParam({ error, message, place }: Failure): string | undefined {
  const [, named] = /\b([a-z_]+) parameter\b/.exec(message) ?? [];
  const inWords = named === 'prompt' ? 'messages' : FIELDS_IN_WORDS.find((field) => field === named);
  return place ?? findField(error) ?? inWords;
}

const FIELDS_IN_WORDS = ['messages', 'model', 'tools', 'stop', 'thinking'];
