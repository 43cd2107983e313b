/** GET /dashboard/stats and /dashboard/requests, unless the dashboard is switched off. */
import { type FieldKind, REQUEST_FIELDS } from '../stats/request-fields.js';
import { HEALTH_STATES } from '../vocabulary/health-states.js';
import { FAULT_NAMES, OUTCOME_NAMES } from '../vocabulary/outcomes.js';
import { QUOTA_WINDOWS } from '../vocabulary/plan-quota.js';
import { type Endpoint, query } from './endpoint.js';
import { DASHBOARD_ERRORS } from './errors.js';
import {
  arrayOf,
  BOOLEAN,
  COUNT,
  explain,
  type JsonSchema,
  nullable,
  object,
  orNull,
  ref,
  TEXT,
} from './schema.js';
import { jsonAnswer } from './shared.js';

const NUMBER: JsonSchema = { type: 'number', minimum: 0 };
const TIME = nullable('string', { format: 'date-time' });
const PERCENTILES = explain(
  object({ 'p50?': NUMBER, 'p95?': NUMBER, 'p99?': NUMBER }),
  'Milliseconds, within 5 %.',
  '毫秒，误差不超过 5%。',
);

function usageBy(name: 'key' | 'model'): JsonSchema {
  return object({
    [name]: TEXT,
    requests: COUNT,
    share: explain(NUMBER, 'Share of all requests, 0…1.', '占全部请求的比例，0…1。'),
    tokens_in: COUNT,
    tokens_out: COUNT,
    errors: explain(
      COUNT,
      'Neither succeeded nor cancelled; 429s included.',
      '既未成功也未取消的请求，包括 429。',
    ),
    limited: explain(COUNT, 'Rate limited (429).', '返回 429 的次数。'),
    cancelled: COUNT,
    last_at: TIME,
  });
}

const KIND_SCHEMAS: Readonly<Record<FieldKind, JsonSchema>> = {
  text: TEXT,
  outcome: { ...TEXT, enum: OUTCOME_NAMES },
  fault: { ...TEXT, enum: FAULT_NAMES },
  status: COUNT,
  count: COUNT,
  milliseconds: COUNT,
  time: { ...TEXT, format: 'date-time' },
  flag: BOOLEAN,
  money: { type: 'number', minimum: 0 },
};

const listed = REQUEST_FIELDS.flatMap(({ json, ...field }) =>
  json === undefined ? [] : [{ ...field, json }],
);
const requestMembers = Object.fromEntries(
  listed.map(({ json, kind, isNullable, about }) => {
    const { type, ...limits } = KIND_SCHEMAS[kind];
    const schema = isNullable ? nullable(String(type), limits) : KIND_SCHEMAS[kind];
    return [json, about === undefined ? schema : explain(schema, about.en, about.zh)];
  }),
);
const requestExample = Object.fromEntries(listed.map(({ json, example }) => [json, example]));

/** The members of a request that an error has, too. */
const shared = Object.fromEntries(
  Object.entries(requestMembers).filter(([name]) => name === 'outcome' || name === 'fault'),
);

const stats = object({
  TotalRequests: COUNT,
  SuccessfulRequests: COUNT,
  FailedRequests: COUNT,
  LastRequestTime: TIME,
  AverageResponseTime: explain(COUNT, 'Nanoseconds.', '纳秒。'),
  status: object({
    state: explain(
      { ...TEXT, enum: HEALTH_STATES },
      '`waiting`: there was no request yet, or none within the last hour by which to judge.',
      '`waiting`：还没有请求，或一小时内没有可供判断的请求。',
    ),
    since: explain(
      TIME,
      'Start of this state; null if it is longer than an hour ago, or the state is `waiting`. Never before the oldest replica started.',
      'null 表示已超过一小时，或状态为 `waiting`。不会早于最早的副本启动的时间。',
    ),
    reasons: arrayOf(TEXT),
  }),
  total_requests: explain(
    COUNT,
    'Counts since the store was created; total = successful + failed + cancelled.',
    '自存储启用起累计；总数 = 成功 + 失败 + 取消。',
  ),
  successful_requests: COUNT,
  failed_requests: COUNT,
  cancelled_requests: COUNT,
  limited_requests: explain(
    COUNT,
    'Rate limited (429), by the gateway or the upstream.',
    '因网关或上游限额返回 429 的次数。',
  ),
  last_request_at: TIME,
  success_rate: explain(
    nullable('number'),
    'successful / (total − cancelled), 0…1.',
    '成功 /（总数 − 取消），0…1。',
  ),
  outcomes: object(Object.fromEntries(OUTCOME_NAMES.map((outcome) => [outcome, COUNT]))),
  average_response_ms: NUMBER,
  response_ms: PERCENTILES,
  first_token_ms: PERCENTILES,
  tokens_in: COUNT,
  tokens_out: COUNT,
  tokens_per_second: nullable('number'),
  keys: arrayOf(usageBy('key')),
  models: arrayOf(usageBy('model')),
  errors: arrayOf(object({ code: TEXT, ...shared, count: COUNT, last_at: TIME })),
  public_key: explain(
    orNull(object({ limit: COUNT, used: COUNT, resets_at: TIME })),
    'Use of PUBLIC_RATE_LIMIT_TOTAL in this minute; null if there is no limit.',
    '本分钟 PUBLIC_RATE_LIMIT_TOTAL 的用量；null 表示不限。',
  ),
  queue: explain(
    orNull(
      object({
        groups: arrayOf(
          object({
            name: TEXT,
            pause: explain(
              orNull(object({ kind: TEXT, code: TEXT, since: TIME, until: TIME })),
              'Why it is not asked for a while; `until` is null until an operator acts.',
              '暂停使用的原因；`until` 为 null 表示需要运维人员处理。',
            ),
            slots: explain(nullable('integer'), 'Null: no limit is known.', 'null 表示没有已知限制。'),
            is_configured: explain(
              { type: 'boolean' },
              'False: learnt from the upstream’s refusals.',
              'false 表示由上游的拒绝推知。',
            ),
            changed_at: explain(TIME, 'When a learnt limit changed last.', '推知的限制最近一次变化的时间。'),
            in_use: COUNT,
            waiting: explain(
              COUNT,
              'Requests that could take one of its slots.',
              '可占用其名额的等待请求数。',
            ),
            requests: COUNT,
            waited: explain(COUNT, 'Requests that waited for a slot.', '等待过名额的请求数。'),
            wait_ms: PERCENTILES,
          }),
        ),
        keys_this_hour: arrayOf(object({ key: TEXT, slot_seconds: NUMBER, share: NUMBER })),
      }),
    ),
    'Slots of the upstreams and who uses them, over all replicas; null while no limit is known and nobody has waited.',
    '所有副本的上游并发名额及其使用情况；没有已知限制且无人等待过时为 null。',
  ),
  plan_quotas: explain(
    arrayOf(
      object({
        name: TEXT,
        level: nullable('string'),
        read_at: TIME,
        windows: orNull(
          arrayOf(
            object({
              window: { ...TEXT, enum: Object.keys(QUOTA_WINDOWS) },
              measure: { ...TEXT, enum: ['tokens', 'credits', 'calls'] },
              limit: nullable('number'),
              used: nullable('number'),
              left: nullable('number'),
              used_percent: nullable('number'),
              resets_at: TIME,
            }),
          ),
        ),
      }),
    ),
    'Quotas of coding plans, read at most once a minute. Null: unknown.',
    'Coding Plan 的额度，最多每分钟读取一次；null 表示未知。',
  ),
  guest_tokens: object({
    ready: explain(COUNT, 'Tokens fetched in advance and ready for use.', '已预先获取、可直接使用的数量。'),
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
      redis_latency_ms: explain(NUMBER, '0 without Redis.', '0 表示未使用 Redis。'),
      silent_ms: explain(NUMBER, 'Time since the last heartbeat.', '距上次心跳的时间。'),
      draining_since: TIME,
      degraded_at: explain(
        TIME,
        'Start of the last degraded mode (Redis unreachable).',
        '最近一次脱离 Redis 运行的时间。',
      ),
    }),
  ),
  lost_replicas: explain(
    arrayOf(object({ id: TEXT, lost_at: TIME })),
    'Replicas that disappeared within the last hour without a graceful shutdown, newest first.',
    '最近一小时内未正常下线就消失的副本，最新的在前。',
  ),
});

export const dashboardStats: Endpoint = {
  method: 'get',
  path: '/dashboard/stats',
  id: 'getDashboardStats',
  summary: ['Dashboard statistics', '仪表盘数据'],
  description: [
    'Statistics of all replicas since counting began. Periods are refused with a 400; use `/dashboard/keys.csv` for them. The capitalized names are for older scripts.',
    '所有副本自统计开始以来的数据；不接受统计周期（返回 400），按周期统计见 `/dashboard/keys.csv`。大写开头的字段名供旧脚本使用。',
  ],
  access: 'password',
  schemas: { DashboardStats: stats },
  answer: jsonAnswer(['The statistics.', '统计数据。'], ref('DashboardStats')),
  others: DASHBOARD_ERRORS,
};

export const dashboardRequests: Endpoint = {
  method: 'get',
  path: '/dashboard/requests',
  id: 'listDashboardRequests',
  summary: ['Latest requests', '最近的请求'],
  description: [
    'The last 100 requests of all replicas, newest first. Browsers get the dashboard’s page of them: JSON unless `Accept` asks for HTML.',
    '所有副本最近的 100 个请求，最新的在前。`Accept` 要求 HTML 时（如浏览器）返回对应的网页。',
  ],
  access: 'password',
  schemas: { DashboardRequest: object(requestMembers) },
  answer: jsonAnswer(['The requests.', '请求列表。'], arrayOf(ref('DashboardRequest')), [requestExample]),
  others: DASHBOARD_ERRORS,
};

const MOMENT = { ...TEXT, examples: ['2026-11-30', '2026-11-30T17:45'] };

export const dashboardHistory: Endpoint = {
  method: 'get',
  path: '/dashboard/requests/history',
  id: 'searchDashboardRequests',
  summary: ['Look up requests', '查找请求'],
  description: [
    'Of each hour within `HISTORY_DAYS` the newest 200 requests, the 50 slowest and up to 100 failures. An answer holds about 50, newest first, and says in `next` where to go on; one that found nothing may say so, too.',
    '在 `HISTORY_DAYS` 天内，每小时最新的 200 个、最慢的 50 个和最多 100 个失败的请求。每次约返回 50 个，最新的在前；`next` 表示从何处继续，没有找到时也可能给出。',
  ],
  access: 'password',
  parameters: [
    query('text', TEXT, 'A request id, or text that a request contains.', '请求 id，或请求包含的文字。'),
    query('outcome', { ...TEXT, enum: OUTCOME_NAMES }, 'How it ended.', '请求的结果。'),
    query('key', TEXT, 'Name of the key.', '密钥名称。'),
    query('model', TEXT, 'The model that was asked or answered.', '所请求或实际作答的模型。'),
    query('code', TEXT, 'The error’s code.', '错误码。'),
    query('from', MOMENT, 'A day or minute in `TIME_ZONE`.', '`TIME_ZONE` 中的日期或分钟。'),
    query('to', MOMENT, 'A day or minute, inclusive.', '日期或分钟，含当日或该分钟。'),
    query('before', TEXT, '`next` of an earlier answer.', '此前应答中的 `next`。'),
  ],
  answer: jsonAnswer(
    ['What was found.', '查找结果。'],
    object({ requests: arrayOf(ref('DashboardRequest')), next: nullable('string') }),
    { requests: [requestExample], next: null },
  ),
  others: DASHBOARD_ERRORS,
};
