/** Components that several endpoints refer to: security schemes and headers. */
import { REQUEST_ID_HEADER } from './errors.js';
import { describe, type JsonSchema, jsonContent } from './schema.js';

/** `components.securitySchemes`. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    ...describe(
      'A key of this gateway: `Authorization: Bearer KEY`.',
      '本网关的密钥：`Authorization: Bearer KEY`。',
    ),
  },
  dashboard: {
    type: 'http',
    scheme: 'basic',
    ...describe(
      'The dashboard’s password, with any user name. Requests from the gateway’s own machine need none unless DASHBOARD_PASSWORD is set.',
      '仪表盘密码，用户名任意。未设置 DASHBOARD_PASSWORD 时，从网关本机直接访问无需密码。',
    ),
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', ...describe('The same key.', '同一个密钥。') },
};

/** Either scheme is accepted. */
export const KEY_NEEDED = [{ bearer: [] }, { apiKey: [] }];
/** The dashboard's password. */
export const DASHBOARD_PASSWORD = [{ dashboard: [] }];
/** No key is needed. */
export const OPEN_TO_ALL: never[] = [];

/** `components.headers`. */
export const HEADERS = {
  RequestId: header(
    { type: 'string' },
    'The request’s id in the gateway’s log; clients may choose it.',
    '请求编号，与网关日志中的一致；调用方也可以自己指定。',
  ),
  RetryAfter: header({ type: 'integer' }, 'Seconds to wait.', '需要等待的秒数。'),
  LimitRequests: header({ type: 'integer' }, 'Requests per minute.', '每分钟的请求上限。'),
  RemainingRequests: header({ type: 'integer' }, 'Requests left in this minute.', '本分钟内剩余的请求数。'),
  ResetRequests: header(
    { type: 'string' },
    'Time until the limit resets: `42s`.',
    '距离限额重置的时间，如 `42s`。',
  ),
  ServedModel: header(
    { type: 'string' },
    'The model that answers, if it is not the requested one: the request has an alias, or the upstream substituted another model. If a stream began before this was known, a comment in it says so: `: served by GLM-5.3`.',
    '实际作答的模型，仅在与请求所写的不同时出现：发来的是别名，或上游换用了别的模型。若流式响应开始时尚不知道，则以注释行 `: served by GLM-5.3` 告知。',
  ),
  GatewayMode: header(
    { type: 'string', enum: ['degraded'] },
    'The replicas cannot reach Redis; each counts limits by itself.',
    '副本暂时连不上共享存储，限额由各副本各自计算。',
  ),
};

/** Headers of every answer to a completion. */
export const COMPLETION_HEADERS = {
  ...REQUEST_ID_HEADER,
  'x-served-model': headerRef('ServedModel'),
  'x-ratelimit-limit-requests': headerRef('LimitRequests'),
  'x-ratelimit-remaining-requests': headerRef('RemainingRequests'),
  'x-ratelimit-reset-requests': headerRef('ResetRequests'),
  'x-gateway-mode': headerRef('GatewayMode'),
};

/** A 200 response, or another one, with a JSON body. `example` is left out if it is undefined. */
export function jsonAnswer(text: JsonSchema, schema: JsonSchema, example?: unknown) {
  const content = jsonContent(schema, example === undefined ? {} : { example });
  return { ...text, headers: REQUEST_ID_HEADER, content };
}

function header(schema: JsonSchema, en: string, zh: string) {
  return { schema, ...describe(en, zh) };
}

function headerRef(name: keyof typeof HEADERS) {
  return { $ref: `#/components/headers/${name}` };
}
