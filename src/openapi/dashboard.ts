/** GET /dashboard/stats and /dashboard/requests, where the dashboard is not switched off. */
import { type FieldKind, REQUEST_FIELDS } from '../stats/request-fields.js';
import { HEALTH_STATES } from '../vocabulary/health-states.js';
import { FAULT_NAMES, OUTCOME_NAMES } from '../vocabulary/outcomes.js';
import { curl, type Endpoint, type Sample, type Site } from './endpoint.js';
import { errorResponses, REQUEST_ID_HEADER } from './errors.js';
import { described, type JsonSchema, jsonContent, nullable, object, ref, summarized } from './schema.js';
import { DASHBOARD_PASSWORD } from './shared.js';

const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
const NUMBER: JsonSchema = { type: 'number', minimum: 0 };
const TEXT: JsonSchema = { type: 'string' };
const TIME = nullable('string', { format: 'date-time' });
const OUTCOME: JsonSchema = {
  type: 'string',
  enum: OUTCOME_NAMES,
  ...described(
    'How it ended. `cancelled`: the client left, which is no failure.',
    '请求的结果。`cancelled` 表示客户端提前离开，不算失败。',
  ),
};
const FAULT: JsonSchema = {
  type: 'string',
  enum: FAULT_NAMES,
  ...described('Whose fault it was; `left`: the client went away.', '责任方；`left` 表示客户端提前离开。'),
};
const PERCENTILES = object({ p50: NUMBER, p95: NUMBER, p99: NUMBER }, ['p50', 'p95', 'p99']);

function told(schema: JsonSchema, en: string, zh: string): JsonSchema {
  return { ...schema, ...described(en, zh) };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

function use(name: 'key' | 'model'): JsonSchema {
  return object({
    [name]: TEXT,
    requests: COUNT,
    share: told(NUMBER, 'Of all requests, 0…1.', '占全部请求的比例，0…1。'),
    tokens_in: COUNT,
    tokens_out: COUNT,
    errors: told(
      COUNT,
      'Neither succeeded nor cancelled; 429s included.',
      '既未成功也未取消的请求，包括 429。',
    ),
    limited: told(COUNT, 'Answered 429.', '返回 429 的次数。'),
    cancelled: COUNT,
    last_at: TIME,
  });
}

const stats = object({
  TotalRequests: COUNT,
  SuccessfulRequests: COUNT,
  FailedRequests: COUNT,
  LastRequestTime: TIME,
  AverageResponseTime: told(COUNT, 'Nanoseconds.', '纳秒。'),
  status: object({
    state: {
      type: 'string',
      enum: HEALTH_STATES,
      ...described(
        '`waiting`: no request tells how the gateway does, at first or for an hour.',
        '`waiting`：还没有请求，或一小时内没有可供判断的请求。',
      ),
    },
    since: told(
      TIME,
      'null: for longer than an hour, or `waiting`. Never before the oldest replica started.',
      'null 表示已超过一小时，或状态为 `waiting`。不会早于最早的副本启动的时间。',
    ),
    reasons: list(TEXT),
  }),
  total_requests: told(
    COUNT,
    'All counts begin when the store did; total = successful + failed + cancelled.',
    '自存储启用起累计；总数 = 成功 + 失败 + 取消。',
  ),
  successful_requests: COUNT,
  failed_requests: COUNT,
  cancelled_requests: COUNT,
  limited_requests: told(
    COUNT,
    'Answered 429, by the gateway’s limits or the upstream’s.',
    '因网关或上游限额返回 429 的次数。',
  ),
  last_request_at: TIME,
  success_rate: told(
    nullable('number'),
    'successful / (total − cancelled), 0…1.',
    '成功 /（总数 − 取消），0…1。',
  ),
  outcomes: object(Object.fromEntries(OUTCOME_NAMES.map((outcome) => [outcome, COUNT]))),
  average_response_ms: NUMBER,
  response_ms: told(PERCENTILES, 'Milliseconds, within 5 %.', '毫秒，误差不超过 5%。'),
  first_token_ms: told(PERCENTILES, 'Milliseconds, within 5 %.', '毫秒，误差不超过 5%。'),
  tokens_in: COUNT,
  tokens_out: COUNT,
  tokens_per_second: nullable('number'),
  keys: list(use('key')),
  models: list(use('model')),
  errors: list(object({ code: TEXT, outcome: OUTCOME, fault: FAULT, count: COUNT, last_at: TIME })),
  public_key: told(
    { anyOf: [object({ limit: COUNT, used: COUNT, resets_at: TIME }), { type: 'null' }] },
    'This minute’s use of PUBLIC_RATE_LIMIT_TOTAL; null: there is no such limit.',
    '本分钟 PUBLIC_RATE_LIMIT_TOTAL 的用量；null 表示不限。',
  ),
  guest_tokens: object({
    ready: told(COUNT, 'Minted ahead.', '已预先获取、可直接使用的数量。'),
    reused: COUNT,
    pooled: COUNT,
    waited: COUNT,
    minted: COUNT,
    failed: COUNT,
    hit_rate: nullable('number'),
  }),
  replicas: list(
    object({
      id: TEXT,
      version: TEXT,
      started_at: TIME,
      in_flight: COUNT,
      event_loop_lag_ms: NUMBER,
      memory_bytes: COUNT,
      redis_latency_ms: told(NUMBER, '0: it runs without Redis.', '0 表示未使用 Redis。'),
      silent_ms: told(NUMBER, 'Since it last announced itself.', '距上次心跳的时间。'),
      draining_since: TIME,
      degraded_at: told(TIME, 'When it last had to go on without Redis.', '最近一次脱离 Redis 运行的时间。'),
    }),
  ),
  lost_replicas: told(
    list(object({ id: TEXT, lost_at: TIME })),
    'Replicas that vanished within the last hour without draining, latest first.',
    '最近一小时内未正常下线就消失的副本，最新的在前。',
  ),
});

const KIND_SCHEMAS: Readonly<Record<FieldKind, JsonSchema>> = {
  text: TEXT,
  outcome: OUTCOME,
  fault: FAULT,
  status: COUNT,
  count: COUNT,
  milliseconds: COUNT,
  time: { ...TEXT, format: 'date-time' },
  flag: { type: 'boolean' },
};

const listed = REQUEST_FIELDS.flatMap(({ json, ...field }) =>
  json === undefined ? [] : [{ ...field, json }],
);
const request = object(
  Object.fromEntries(
    listed.map(({ json, kind, isNullable, about }) => {
      const { type, ...limits } = KIND_SCHEMAS[kind];
      const schema = isNullable ? nullable(String(type), limits) : KIND_SCHEMAS[kind];
      return [json, about === undefined ? schema : told(schema, about.en, about.zh)];
    }),
  ),
);
const requestExample = Object.fromEntries(listed.map(({ json, example }) => [json, example]));

export const dashboardStats: Endpoint = {
  path: '/dashboard/stats',
  method: 'get',
  schemas: { DashboardStats: stats },
  operation: {
    operationId: 'getDashboardStats',
    ...summarized('The dashboard’s figures', '仪表盘数据'),
    ...described(
      'Of all replicas, since counting began; a period is a 400 here, see `/dashboard/keys.csv`. The names in capitals are those that older scripts read.',
      '所有副本自统计开始以来的数据；不接受统计周期（返回 400），按周期统计见 `/dashboard/keys.csv`。大写开头的字段名供旧脚本使用。',
    ),
    security: DASHBOARD_PASSWORD,
    responses: {
      200: {
        ...described('The figures.', '统计数据。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(ref('DashboardStats')),
      },
      ...errorResponses([400, 401, 429, 503]),
    },
  },
  samples: (site) => [withPassword(site, '/dashboard/stats')],
};

export const dashboardRequests: Endpoint = {
  path: '/dashboard/requests',
  method: 'get',
  schemas: { DashboardRequest: request },
  operation: {
    operationId: 'listDashboardRequests',
    ...summarized('The latest requests', '最近的请求'),
    ...described('The last 100 of all replicas, newest first.', '所有副本最近的 100 个请求，最新的在前。'),
    security: DASHBOARD_PASSWORD,
    responses: {
      200: {
        ...described('The requests.', '请求列表。'),
        headers: REQUEST_ID_HEADER,
        content: jsonContent(list(ref('DashboardRequest')), {
          example: [requestExample],
        }),
      },
      ...errorResponses([400, 401, 429, 503]),
    },
  },
  samples: (site) => [withPassword(site, '/dashboard/requests')],
};

function withPassword(site: Site, path: string): Sample {
  return curl(site, path, undefined, '-u team:PASSWORD ');
}
