/** GET /dashboard/stats and /dashboard/requests, unless the dashboard is switched off. */
import { type FieldKind, REQUEST_FIELDS } from '../stats/request-fields.js';
import { HEALTH_STATES } from '../vocabulary/health-states.js';
import { FAULT_NAMES, OUTCOME_NAMES } from '../vocabulary/outcomes.js';
import { curl, type Endpoint, type Sample, type Site } from './endpoint.js';
import { errorResponses } from './errors.js';
import { describe, type JsonSchema, nullable, object, ref, summarize } from './schema.js';
import { DASHBOARD_PASSWORD, jsonAnswer } from './shared.js';

const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
const NUMBER: JsonSchema = { type: 'number', minimum: 0 };
const TEXT: JsonSchema = { type: 'string' };
const TIME = nullable('string', { format: 'date-time' });
const OUTCOME: JsonSchema = {
  type: 'string',
  enum: OUTCOME_NAMES,
  ...describe(
    'How the request ended. `cancelled`: the client disconnected, which does not count as a failure.',
    '请求的结果。`cancelled` 表示客户端提前离开，不算失败。',
  ),
};
const FAULT: JsonSchema = {
  type: 'string',
  enum: FAULT_NAMES,
  ...describe('Who is at fault; `left`: the client disconnected.', '责任方；`left` 表示客户端提前离开。'),
};
const PERCENTILES = object({ p50: NUMBER, p95: NUMBER, p99: NUMBER }, ['p50', 'p95', 'p99']);

function describeSchema(schema: JsonSchema, en: string, zh: string): JsonSchema {
  return { ...schema, ...describe(en, zh) };
}

function arrayOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

function usageBy(name: 'key' | 'model'): JsonSchema {
  return object({
    [name]: TEXT,
    requests: COUNT,
    share: describeSchema(NUMBER, 'Share of all requests, 0…1.', '占全部请求的比例，0…1。'),
    tokens_in: COUNT,
    tokens_out: COUNT,
    errors: describeSchema(
      COUNT,
      'Neither succeeded nor cancelled; 429s included.',
      '既未成功也未取消的请求，包括 429。',
    ),
    limited: describeSchema(COUNT, 'Rate limited (429).', '返回 429 的次数。'),
    cancelled: COUNT,
    last_at: TIME,
  });
}

const stats = object({
  TotalRequests: COUNT,
  SuccessfulRequests: COUNT,
  FailedRequests: COUNT,
  LastRequestTime: TIME,
  AverageResponseTime: describeSchema(COUNT, 'Nanoseconds.', '纳秒。'),
  status: object({
    state: {
      type: 'string',
      enum: HEALTH_STATES,
      ...describe(
        '`waiting`: there was no request yet, or none within the last hour by which to judge.',
        '`waiting`：还没有请求，或一小时内没有可供判断的请求。',
      ),
    },
    since: describeSchema(
      TIME,
      'Start of this state; null if it is longer than an hour ago, or the state is `waiting`. Never before the oldest replica started.',
      'null 表示已超过一小时，或状态为 `waiting`。不会早于最早的副本启动的时间。',
    ),
    reasons: arrayOf(TEXT),
  }),
  total_requests: describeSchema(
    COUNT,
    'Counts since the store was created; total = successful + failed + cancelled.',
    '自存储启用起累计；总数 = 成功 + 失败 + 取消。',
  ),
  successful_requests: COUNT,
  failed_requests: COUNT,
  cancelled_requests: COUNT,
  limited_requests: describeSchema(
    COUNT,
    'Rate limited (429), by the gateway or the upstream.',
    '因网关或上游限额返回 429 的次数。',
  ),
  last_request_at: TIME,
  success_rate: describeSchema(
    nullable('number'),
    'successful / (total − cancelled), 0…1.',
    '成功 /（总数 − 取消），0…1。',
  ),
  outcomes: object(Object.fromEntries(OUTCOME_NAMES.map((outcome) => [outcome, COUNT]))),
  average_response_ms: NUMBER,
  response_ms: describeSchema(PERCENTILES, 'Milliseconds, within 5 %.', '毫秒，误差不超过 5%。'),
  first_token_ms: describeSchema(PERCENTILES, 'Milliseconds, within 5 %.', '毫秒，误差不超过 5%。'),
  tokens_in: COUNT,
  tokens_out: COUNT,
  tokens_per_second: nullable('number'),
  keys: arrayOf(usageBy('key')),
  models: arrayOf(usageBy('model')),
  errors: arrayOf(object({ code: TEXT, outcome: OUTCOME, fault: FAULT, count: COUNT, last_at: TIME })),
  public_key: describeSchema(
    { anyOf: [object({ limit: COUNT, used: COUNT, resets_at: TIME }), { type: 'null' }] },
    'Use of PUBLIC_RATE_LIMIT_TOTAL in this minute; null if there is no limit.',
    '本分钟 PUBLIC_RATE_LIMIT_TOTAL 的用量；null 表示不限。',
  ),
  guest_tokens: object({
    ready: describeSchema(
      COUNT,
      'Tokens fetched in advance and ready for use.',
      '已预先获取、可直接使用的数量。',
    ),
    reused: COUNT,
    pooled: COUNT,
    waited: COUNT,
    minted: COUNT,
    failed: COUNT,
    hit_rate: nullable('number'),
  }),
  replicas: arrayOf(
    object({
      id: TEXT,
      version: TEXT,
      started_at: TIME,
      in_flight: COUNT,
      event_loop_lag_ms: NUMBER,
      memory_bytes: COUNT,
      redis_latency_ms: describeSchema(NUMBER, '0 without Redis.', '0 表示未使用 Redis。'),
      silent_ms: describeSchema(NUMBER, 'Time since the last heartbeat.', '距上次心跳的时间。'),
      draining_since: TIME,
      degraded_at: describeSchema(
        TIME,
        'Start of the last degraded mode (Redis unreachable).',
        '最近一次脱离 Redis 运行的时间。',
      ),
    }),
  ),
  lost_replicas: describeSchema(
    arrayOf(object({ id: TEXT, lost_at: TIME })),
    'Replicas that disappeared within the last hour without a graceful shutdown, newest first.',
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
      return [json, about === undefined ? schema : describeSchema(schema, about.en, about.zh)];
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
    ...summarize('Dashboard statistics', '仪表盘数据'),
    ...describe(
      'Statistics of all replicas since counting began. Periods are refused with a 400; use `/dashboard/keys.csv` for them. The capitalized names are for older scripts.',
      '所有副本自统计开始以来的数据；不接受统计周期（返回 400），按周期统计见 `/dashboard/keys.csv`。大写开头的字段名供旧脚本使用。',
    ),
    security: DASHBOARD_PASSWORD,
    responses: {
      200: jsonAnswer(describe('The statistics.', '统计数据。'), ref('DashboardStats')),
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
    ...summarize('Latest requests', '最近的请求'),
    ...describe(
      'The last 100 requests of all replicas, newest first.',
      '所有副本最近的 100 个请求，最新的在前。',
    ),
    security: DASHBOARD_PASSWORD,
    responses: {
      200: jsonAnswer(describe('The requests.', '请求列表。'), arrayOf(ref('DashboardRequest')), [
        requestExample,
      ]),
      ...errorResponses([400, 401, 429, 503]),
    },
  },
  samples: (site) => [withPassword(site, '/dashboard/requests')],
};

function withPassword(site: Site, path: string): Sample {
  return curl(site, path, undefined, '-u team:PASSWORD ');
}
