/** GET /dashboard/keys.csv, unless the dashboard is switched off. */
import { PERIOD_RANGES } from '../vocabulary/periods.js';
import { type Endpoint, query } from './endpoint.js';
import { DASHBOARD_ERRORS, REQUEST_ID_HEADER } from './errors.js';
import { describe, TEXT } from './schema.js';

const DAY = { ...TEXT, format: 'date', examples: ['2026-11-30'] };

export const dashboardKeys: Endpoint = {
  method: 'get',
  path: '/dashboard/keys.csv',
  id: 'exportDashboardKeys',
  summary: ['Usage per key as CSV', '按密钥导出用量（CSV）'],
  description: [
    'One row per key for a period in UTC: `range`, or the days `from` to `to`, inclusive. Daily statistics are kept for 400 days. The file name and the columns `from` and `to` name the period.',
    '每个密钥一行，统计周期按 UTC 计算：用 `range` 指定，或用 `from` 与 `to` 指定起止日期（含首尾两天）。按天的数据保留 400 天。文件名以及 `from`、`to` 两列标明周期。',
  ],
  access: 'password',
  parameters: [
    query(
      'range',
      { ...TEXT, enum: PERIOD_RANGES, default: '1h' },
      '`month` is the current calendar month, `last-month` the one before. Cannot be combined with `from` and `to`.',
      '`month` 表示本月至今，`last-month` 表示上个月。不能与 `from`、`to` 同时使用。',
    ),
    query('from', DAY, 'The first day.', '起始日期。'),
    query('to', DAY, 'The last day; today if left out.', '结束日期；省略时为今天。'),
  ],
  answer: {
    ...describe('The table, with a header row.', '带列名的表格。'),
    headers: REQUEST_ID_HEADER,
    content: {
      'text/csv': {
        schema: TEXT,
        example:
          'key,requests,share,tokens_in,tokens_out,errors,status_429,cancelled,last_seen,from,to\r\nann,120,1.0000,3500,9100,2,0,1,2026-11-30T17:02:11.000Z,2026-11-01T00:00:00.000Z,2026-11-30T23:59:59.999Z\r\n',
      },
    },
  },
  others: DASHBOARD_ERRORS,
  samplePath: () => '/dashboard/keys.csv?range=month',
};
