/** Components that several endpoints refer to: security schemes, headers, and what writes a JSON response. */
import type { Texts } from './endpoint.js';
import { REQUEST_ID_HEADER } from './errors.js';
import { describe, explain, INTEGER, type JsonSchema, jsonContent, TEXT } from './schema.js';

/** `components.securitySchemes`. */
export const SECURITY_SCHEMES = {
  bearer: explain(
    { type: 'http', scheme: 'bearer' },
    'A key of this gateway: `Authorization: Bearer KEY`.',
    '本网关的密钥：`Authorization: Bearer KEY`。',
  ),
  dashboard: explain(
    { type: 'http', scheme: 'basic' },
    'The dashboard’s password, with any user name. Requests from the gateway’s own machine need none unless DASHBOARD_PASSWORD is set.',
    '仪表盘密码，用户名任意。未设置 DASHBOARD_PASSWORD 时，从网关本机直接访问无需密码。',
  ),
  admin: explain(
    { type: 'http', scheme: 'bearer' },
    'The admin’s password: `Authorization: Bearer ADMIN_PASSWORD`.',
    '管理员密码：`Authorization: Bearer ADMIN_PASSWORD`。',
  ),
  session: explain(
    { type: 'apiKey', in: 'cookie', name: 'ztoapi' },
    'The cookie of `POST /me/session`; over HTTPS it is `__Host-ztoapi`.',
    '`POST /me/session` 设置的 cookie；HTTPS 下为 `__Host-ztoapi`。',
  ),
  apiKey: explain({ type: 'apiKey', in: 'header', name: 'x-api-key' }, 'The same key.', '同一个密钥。'),
};

/** `components.headers`. */
export const HEADERS = {
  RequestId: header(
    TEXT,
    'The request’s id in the gateway’s log; clients may choose it.',
    '请求编号，与网关日志中的一致；调用方也可以自己指定。',
  ),
  RetryAfter: header(INTEGER, 'Seconds to wait.', '需要等待的秒数。'),
  LimitRequests: header(INTEGER, 'Requests per minute.', '每分钟的请求上限。'),
  RemainingRequests: header(INTEGER, 'Requests left in this minute.', '本分钟内剩余的请求数。'),
  ResetRequests: header(TEXT, 'Time until the limit resets: `42s`.', '距离限额重置的时间，如 `42s`。'),
  ServedModel: header(
    TEXT,
    'The model that answers, if it is not the requested one: the request has an alias, or the upstream substituted another model. If a stream began before this was known, a comment in it says so: `: served by GLM-5.3`.',
    '实际作答的模型，仅在与请求所写的不同时出现：发来的是别名，或上游换用了别的模型。若流式响应开始时尚不知道，则以注释行 `: served by GLM-5.3` 告知。',
  ),
  Upstream: header(
    TEXT,
    'The gateway’s upstream that answers, where it has several. If a stream began before this was known, a comment in it says so: `: x-upstream team`.',
    '网关有多个上游时，实际作答的那一个。若流式响应开始时尚不知道，则以注释行 `: x-upstream team` 告知。',
  ),
  ResponseCost: header(
    TEXT,
    'Of answers that are not streamed: what the answer cost, to the millionth: `0.001234 USD`; or `free`, `included` (a plan pays for it), `unpriced` (no price is known).',
    '仅用于非流式回答：本次回答的费用，精确到百万分之一，如 `0.001234 USD`；或 `free`（免费）、`included`（已含在套餐中）、`unpriced`（价格未知）。',
  ),
  GatewayMode: header(
    { ...TEXT, enum: ['degraded'] },
    'The replicas cannot reach Redis; each counts limits by itself.',
    '副本暂时连不上共享存储，限额由各副本各自计算。',
  ),
};

/** Headers of every answer to a completion. */
export const COMPLETION_HEADERS = {
  ...REQUEST_ID_HEADER,
  'x-served-model': headerRef('ServedModel'),
  'x-upstream': headerRef('Upstream'),
  'x-response-cost': headerRef('ResponseCost'),
  'x-ratelimit-limit-requests': headerRef('LimitRequests'),
  'x-ratelimit-remaining-requests': headerRef('RemainingRequests'),
  'x-ratelimit-reset-requests': headerRef('ResetRequests'),
  'x-gateway-mode': headerRef('GatewayMode'),
};

/** A response with a JSON body. `example` is left out if it is undefined. */
export function jsonAnswer(
  texts: Texts,
  schema: JsonSchema,
  example?: unknown,
  headers: JsonSchema = REQUEST_ID_HEADER,
): JsonSchema {
  const content = jsonContent(schema, example === undefined ? {} : { example });
  return { ...describe(...texts), headers, content };
}

function header(schema: JsonSchema, en: string, zh: string) {
  return { schema, ...describe(en, zh) };
}

function headerRef(name: keyof typeof HEADERS) {
  return { $ref: `#/components/headers/${name}` };
}
