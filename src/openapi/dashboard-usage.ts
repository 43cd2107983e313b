/** GET /dashboard/usage and /dashboard/usage.csv, unless the dashboard is switched off. */
import { USAGE_RANGES } from '../vocabulary/periods.js';
import { CALENDAR_MONTHS, csvAnswer, periodParameters } from './dashboard-shared.js';
import { type Endpoint, query } from './endpoint.js';
import { DASHBOARD_ERRORS } from './errors.js';
import { arrayOf, INTEGER, nullable, object, ref, TEXT } from './schema.js';
import { jsonAnswer } from './shared.js';

const PARAMETERS = [
  ...periodParameters({ enum: USAGE_RANGES, default: 'today' }, CALENDAR_MONTHS),
  query(
    'zone',
    TEXT,
    'Another time zone than TIME_ZONE: within 31 days, and where its hours are hours of UTC.',
    '与 TIME_ZONE 不同的时区：仅限 31 天以内、整点偏移的时区。',
  ),
];
const MONEY = { type: 'number', minimum: 0 };
const ROW = {
  key_id: 'env:ann',
  key: 'ann',
  member: null,
  model: 'GLM-4.6',
  requests: 4,
  errors: 0,
  tokens_in: 1200,
  tokens_cached: 800,
  tokens_out: 300,
  tokens_reasoning: 120,
  cost_usd: 0.000988,
  cost_cny: 0,
  free: 0,
  included: 0,
  unpriced: 0,
};

const json: Endpoint = {
  method: 'get',
  path: '/dashboard/usage',
  id: 'getDashboardUsage',
  summary: ['Usage and cost', '用量与费用'],
  description: [
    'What each key used of each model, in days of TIME_ZONE. `free`, `included` and `unpriced` count requests without an amount. Browsers get the page.',
    '每个密钥对每个模型的用量，按 TIME_ZONE 的天统计。`free`、`included`、`unpriced` 为没有金额的请求数。浏览器得到页面。',
  ],
  access: 'password',
  parameters: PARAMETERS,
  schemas: {
    DashboardUsage: object({ from: TEXT, to: TEXT, zone: TEXT, rows: arrayOf(ref('DashboardUsageRow')) }),
    DashboardUsageRow: object({
      key_id: TEXT,
      key: TEXT,
      member: nullable('string'),
      model: TEXT,
      ...Object.fromEntries(
        ['requests', 'errors', 'tokens_in', 'tokens_cached', 'tokens_out', 'tokens_reasoning'].map((name) => [
          name,
          INTEGER,
        ]),
      ),
      cost_usd: MONEY,
      cost_cny: MONEY,
      ...Object.fromEntries(['free', 'included', 'unpriced'].map((name) => [name, INTEGER])),
    }),
  },
  answer: jsonAnswer(['The usage.', '用量。'], ref('DashboardUsage'), {
    from: '2026-11-01',
    to: '2026-11-30',
    zone: 'UTC',
    rows: [ROW],
  }),
  others: DASHBOARD_ERRORS,
  samplePath: () => '/dashboard/usage?range=month',
};

const csv: Endpoint = {
  method: 'get',
  path: '/dashboard/usage.csv',
  id: 'exportDashboardUsage',
  summary: ['Usage and cost as CSV', '导出用量与费用（CSV）'],
  description: [
    'The same as a file. Its name and the columns `from`, `to` and `zone` name the period.',
    '同样的内容，以文件形式。文件名以及 `from`、`to`、`zone` 列标明周期。',
  ],
  access: 'password',
  parameters: PARAMETERS,
  answer: csvAnswer(
    `${[...Object.keys(ROW), 'from', 'to', 'zone'].join(',')}\r\n${[...Object.values(ROW).map((cell) => cell ?? ''), '2026-11-01', '2026-11-30', 'UTC'].join(',')}\r\n`,
  ),
  others: DASHBOARD_ERRORS,
  samplePath: () => '/dashboard/usage.csv?range=month',
};

export const USAGE_ENDPOINTS: readonly Endpoint[] = [json, csv];
