/** Error responses: the codes, the response of each status, and OpenAI's error body. */
import { ERROR_CODES, ERROR_TYPES, type ErrorCode } from '../vocabulary/error-codes.js';
import type { Texts } from './endpoint.js';
import { describe, explain, type JsonSchema, jsonContent, nullable, object, ref, TEXT } from './schema.js';

/** The table of codes. `cancelled` is left out: its client has gone. */
export const LISTED_ERROR_CODES = Object.entries(ERROR_CODES)
  .filter(([code]) => code !== 'cancelled')
  .map(([code, { status, en, zh }]) => ({ status, code, ...describe(en, zh) }));

/** Statuses of error codes that no endpoint of the document has: wrong method, WebSocket, client gone. */
type UndocumentedStatus = 405 | 426 | 499;
/** 500 has no code; 529 is Anthropic's status for 503. */
type DocumentedStatus = Exclude<(typeof ERROR_CODES)[ErrorCode]['status'], UndocumentedStatus> | 500 | 529;

/** Description of the responses with one status. The compiler asks for an entry for the status of a new error code. */
const MEANINGS: Readonly<Record<DocumentedStatus, Texts>> = {
  400: ['The request is not right.', '请求有误。'],
  401: ['No key, or a wrong one.', '没有密钥或密钥不对。'],
  403: ['This key, or the upstream account, may not use this model.', '该密钥或上游账户无权使用该模型。'],
  404: ['There is no such thing.', '没有找到。'],
  409: ['It would clash with what there is.', '与已有内容冲突。'],
  413: ['The body is too large.', '请求体过大。'],
  415: ['The body is not JSON.', '请求体不是 JSON。'],
  429: ['Too many requests, here or at the upstream.', '请求过多，限制来自本网关或上游。'],
  500: ['The gateway failed.', '网关内部错误。'],
  502: ['The upstream failed or refused.', '上游出错或拒绝。'],
  503: ['The upstream is overloaded, or this replica is being restarted.', '上游过载，或该副本正在重启。'],
  504: ['The upstream took too long.', '上游超时。'],
  529: ['The upstream is overloaded.', '上游过载。'],
};

export const REQUEST_ID_HEADER = { 'x-request-id': { $ref: '#/components/headers/RequestId' } };
const RETRY_AFTER_HEADER = { 'retry-after': { $ref: '#/components/headers/RetryAfter' } };

/** Responses for these statuses; protocols with a shape of their own hand in its schema. */
export function errorResponses(statuses: readonly DocumentedStatus[], schema: JsonSchema = ref('Error')) {
  return Object.fromEntries(
    statuses.map((status) => {
      const retryAfter = [429, 503, 529].includes(status) ? RETRY_AFTER_HEADER : {};
      const headers = { ...REQUEST_ID_HEADER, ...retryAfter };
      return [String(status), { ...describe(...MEANINGS[status]), headers, content: jsonContent(schema) }];
    }),
  );
}

/** The statuses that every completion endpoint can answer. */
export const COMPLETION_STATUSES = [400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504] as const;
export const COMPLETION_ERRORS = errorResponses(COMPLETION_STATUSES);
export const DASHBOARD_ERRORS = errorResponses([400, 401, 429, 503]);

/** The member `code` of an error. */
export const CODE = explain(nullable('string'), 'See the table of codes.', '见错误码表。');

/** OpenAI's shape. */
export const ERROR_SCHEMA = object({
  error: object({
    message: explain(TEXT, 'What is wrong, and what to do.', '哪里出错、该怎么办。'),
    type: { ...TEXT, enum: ERROR_TYPES },
    param: explain(nullable('string'), 'The field at fault.', '出错的字段。'),
    code: CODE,
  }),
});
