/** Every error code that a caller can meet, with its status, and the responses made of them. */
import { described, type JsonSchema, jsonContent, nullable, object, ref } from './schema.js';

interface ErrorCode {
  readonly status: number;
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

export const ERROR_CODES: readonly ErrorCode[] = [
  code(
    400,
    'invalid_value',
    'A field has a value it cannot have; `param` names it.',
    '某个字段的值不合法，`param` 给出字段名。',
  ),
  code(
    400,
    'missing_required_parameter',
    'A field is missing; `param` names it.',
    '缺少必填字段，`param` 给出字段名。',
  ),
  code(
    400,
    'unsupported_parameter',
    'A field asks for something that the gateway does not do.',
    '该字段要求的功能网关不支持。',
  ),
  code(
    400,
    'unsupported_content',
    'A part of a message is of a kind that this model or upstream does not take.',
    '消息中有该模型或上游不接受的内容类型。',
  ),
  code(400, 'invalid_json', 'The body is not JSON, or not an object.', '请求体不是 JSON，或不是对象。'),
  code(400, 'invalid_body', 'The body cannot be read.', '无法读取请求体。'),
  code(400, 'invalid_url', 'The path cannot be decoded.', '路径无法解码。'),
  code(
    400,
    'context_length_exceeded',
    'The conversation is longer than the model takes: shorten it.',
    '对话超过模型的上下文长度，请缩短。',
  ),
  code(
    400,
    'content_filter',
    'The upstream’s content filter blocked the request or the answer.',
    '请求或回答被上游的内容过滤拦截。',
  ),
  code(
    400,
    'thread_unsupported_request',
    'The gateway keeps no conversations: send all messages.',
    '网关不保存对话，请发送全部消息。',
  ),
  code(
    400,
    'upstream_bad_request',
    'The upstream refused the request; the message has its words.',
    '上游拒绝了该请求，错误信息中有其原话。',
  ),
  code(
    401,
    'invalid_api_key',
    'No key, or a wrong one. Send a key of this gateway, not one of Z.ai.',
    '没有密钥或密钥不对。请使用本网关的密钥，而不是 Z.ai 的。',
  ),
  code(
    403,
    'host_not_allowed',
    'A web page asked by a foreign host name while the key is the well-known one.',
    '密钥仍是公开的默认值时，网页只能通过 localhost 或 IP 地址访问。',
  ),
  code(
    403,
    'model_not_available',
    'The upstream account may not use this model.',
    '上游账户无权使用该模型。',
  ),
  code(
    404,
    'model_not_found',
    'There is no such model; the message lists those there are.',
    '没有这个模型，错误信息中列出了可用模型。',
  ),
  code(
    404,
    'unknown_url',
    'There is nothing at this path. The API is below `/v1`.',
    '该路径不存在，接口都在 `/v1` 下。',
  ),
  code(
    404,
    'response_not_found',
    'Responses are not kept: there is none to get, delete or cancel.',
    '网关不保存回答，因此无法查询、删除或取消。',
  ),
  code(
    405,
    'method_not_allowed',
    'The path is right, the method is not; `Allow` names the right ones.',
    '路径正确但方法不对，`Allow` 头给出允许的方法。',
  ),
  code(
    413,
    'request_too_large',
    'The body is larger than `BODY_LIMIT`, or than the upstream takes.',
    '请求体超过 `BODY_LIMIT`，或超过上游的限制。',
  ),
  code(
    415,
    'unsupported_media_type',
    'Send JSON with `Content-Type: application/json`.',
    '请以 `Content-Type: application/json` 发送 JSON。',
  ),
  code(
    426,
    'websocket_unsupported',
    'There is no WebSocket mode; send a POST with `stream: true`.',
    '不支持 WebSocket，请用 POST 并设置 `stream: true`。',
  ),
  code(
    429,
    'rate_limit_exceeded',
    'A limit of this gateway; the message says which, `Retry-After` for how long.',
    '触发本网关的限额，错误信息说明是哪一项，`Retry-After` 给出等待时间。',
  ),
  code(429, 'upstream_busy', 'The upstream limits its requests; ask again later.', '上游限流，请稍后再试。'),
  code(
    429,
    'insufficient_quota',
    'The upstream account has no balance, no such plan, or its quota is used up: `Retry-After` says until when.',
    '上游账户余额不足、没有相应套餐或额度已用完，`Retry-After` 给出恢复时间。',
  ),
  code(502, 'upstream_error', 'The upstream failed.', '上游出错。'),
  code(
    403,
    'upstream_not_allowed',
    'The upstream account’s plan lacks this model, or its use is restricted.',
    '上游账户的套餐不含该模型，或其使用受到限制。',
  ),
  code(
    502,
    'upstream_refused',
    'Z.ai’s web chat does not want this client; the message names ways out.',
    'Z.ai 网页版拒绝了本网关，错误信息中有解决办法。',
  ),
  code(
    502,
    'upstream_unauthorized',
    'The upstream does not accept the gateway’s own credential.',
    '上游不接受网关自己的凭据。',
  ),
  code(502, 'upstream_unreachable', 'No connection to the upstream.', '无法连接上游。'),
  code(502, 'upstream_connection_lost', 'The connection to the upstream broke.', '与上游的连接中断。'),
  code(502, 'upstream_wrong_url', 'There is no API at `UPSTREAM_URL`.', '`UPSTREAM_URL` 处没有接口。'),
  code(
    502,
    'upstream_not_a_stream',
    'The upstream answered with something else than an event stream.',
    '上游返回的不是事件流。',
  ),
  code(502, 'upstream_no_guest_token', 'The web chat gave no guest token.', '网页版没有给出访客令牌。'),
  code(
    502,
    'upstream_no_models',
    'The upstream’s list of models cannot be read.',
    '无法读取上游的模型列表。',
  ),
  code(502, 'upstream_empty', 'The upstream finished without an answer.', '上游结束时没有给出任何回答。'),
  code(
    502,
    'upstream_truncated',
    'The answer ended before its end; what came is not whole.',
    '回答中途断开，内容不完整。',
  ),
  code(
    502,
    'upstream_bad_tool_call',
    'The model called a tool in a form that cannot be passed on.',
    '模型给出的工具调用格式有误，无法转发。',
  ),
  code(
    502,
    'invalid_json_answer',
    'The answer does not fit the JSON schema that was asked for, although the model was asked again.',
    '回答不符合所要求的 JSON 模式，且重试后仍不符合。',
  ),
  code(
    502,
    'upstream_event_too_large',
    'One event of the upstream is larger than the gateway takes.',
    '上游的单个事件过大。',
  ),
  code(502, 'upstream_answer_too_large', 'The answer is larger than the gateway takes.', '上游的回答过大。'),
  code(
    502,
    'upstream_intercepted',
    'Something between the gateway and the upstream (a proxy, a firewall) answered instead of it.',
    '网关与上游之间的代理或防火墙代替上游作了回答。',
  ),
  code(
    503,
    'overloaded',
    'The upstream has no room for anybody just now; ask again in a moment. On Messages the status is 529.',
    '上游过载，请稍后再试。Messages 接口的状态码为 529。',
  ),
  code(
    503,
    'check_timeout',
    'The answer could not be held against the JSON Schema in time: simplify it, or ask again.',
    '未能及时按 JSON Schema 校验回答，请简化 schema 或重试。',
  ),
  code(503, 'shutting_down', 'This replica is being restarted; ask again.', '该副本正在重启，请重试。'),
  code(
    504,
    'upstream_timeout',
    'The upstream did not answer, or went silent, for too long.',
    '上游长时间没有响应或中途沉默。',
  ),
];

/** What the document calls the answers of one status. */
const MEANINGS: Readonly<Record<number, readonly [en: string, zh: string]>> = {
  400: ['The request is not right.', '请求有误。'],
  401: ['No key, or a wrong one.', '没有密钥或密钥不对。'],
  403: ['The upstream account may not use this model.', '上游账户无权使用该模型。'],
  404: ['There is no such model.', '没有这个模型。'],
  413: ['The body is too large.', '请求体过大。'],
  415: ['The body is not JSON.', '请求体不是 JSON。'],
  429: ['Too many requests, here or at the upstream.', '请求过多，限制来自本网关或上游。'],
  500: ['The gateway failed.', '网关内部错误。'],
  502: ['The upstream failed or refused.', '上游出错或拒绝。'],
  503: ['The upstream is overloaded, or this replica is being restarted.', '上游过载，或该副本正在重启。'],
  504: ['The upstream took too long.', '上游超时。'],
  529: ['The upstream is overloaded.', '上游过载。'],
};

/** The statuses that every completion endpoint can answer. */
export const COMPLETION_ERRORS = [400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504] as const;

/** Responses for these statuses; protocols with a shape of their own hand in its schema. */
export function errorResponses(statuses: readonly number[], schema: JsonSchema = ref('Error')) {
  return Object.fromEntries(
    statuses.map((status) => {
      const [en, zh] = MEANINGS[status] ?? [`Status ${status}.`, `状态码 ${status}。`];
      const headers = {
        ...REQUEST_ID_HEADER,
        ...([429, 503, 529].includes(status)
          ? { 'retry-after': { $ref: '#/components/headers/RetryAfter' } }
          : {}),
      };
      return [String(status), { ...described(en, zh), headers, content: jsonContent(schema) }];
    }),
  );
}

export const REQUEST_ID_HEADER = { 'x-request-id': { $ref: '#/components/headers/RequestId' } };

/** OpenAI's shape. */
export const ERROR_SCHEMA = object({
  error: object({
    message: { type: 'string', ...described('What is wrong, and what to do.', '哪里出错、该怎么办。') },
    type: {
      type: 'string',
      enum: [
        'invalid_request_error',
        'rate_limit_error',
        'insufficient_quota',
        'upstream_error',
        'server_error',
      ],
    },
    param: { ...nullable('string'), ...described('The field at fault.', '出错的字段。') },
    code: { ...nullable('string'), ...described('See the table of codes.', '见错误码表。') },
  }),
});

function code(status: number, name: string, en: string, zh: string): ErrorCode {
  return { status, code: name, en, zh };
}
