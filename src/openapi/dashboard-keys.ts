/** GET /dashboard/keys.csv, unless the dashboard is switched off. */
import { PERIOD_RANGES } from '../vocabulary/periods.js';
import { curl, type Endpoint } from './endpoint.js';
import { errorResponses, REQUEST_ID_HEADER } from './errors.js';
import { describe, summarize } from './schema.js';
import { DASHBOARD_PASSWORD } from './shared.js';

const DAY = { type: 'string', format: 'date', examples: ['2026-11-30'] };

export const dashboardKeys: Endpoint = {
  path: '/dashboard/keys.csv',
  method: 'get',
  operation: {
    operationId: 'exportDashboardKeys',
    ...summarize('Usage per key as CSV', '按密钥导出用量（CSV）'),
    ...describe(
      'One row per key for a period in UTC: `range`, or the days `from` to `to`, inclusive. Daily statistics are kept for 400 days. The file name and the columns `from` and `to` name the period.',
      '每个密钥一行，统计周期按 UTC 计算：用 `range` 指定，或用 `from` 与 `to` 指定起止日期（含首尾两天）。按天的数据保留 400 天。文件名以及 `from`、`to` 两列标明周期。',
    ),
    security: DASHBOARD_PASSWORD,
    parameters: [
      {
        name: 'range',
        in: 'query',
        schema: { type: 'string', enum: PERIOD_RANGES, default: '1h' },
        ...describe(
          '`month` is the current calendar month, `last-month` the one before. Cannot be combined with `from` and `to`.',
          '`month` 表示本月至今，`last-month` 表示上个月。不能与 `from`、`to` 同时使用。',
        ),
      },
      {
        name: 'from',
        in: 'query',
        schema: DAY,
        ...describe('The first day.', '起始日期。'),
      },
      {
        name: 'to',
        in: 'query',
        schema: DAY,
        ...describe('The last day; today if left out.', '结束日期；省略时为今天。'),
      },
    ],
    responses: {
      200: {
        ...describe('The table, with a header row.', '带列名的表格。'),
        headers: REQUEST_ID_HEADER,
        content: {
          'text/csv': {
            schema: { type: 'string' },
            example:
              'key,requests,share,tokens_in,tokens_out,errors,status_429,cancelled,last_seen,from,to\r\nann,120,1.0000,3500,9100,2,0,1,2026-11-30T17:02:11.000Z,2026-11-01T00:00:00.000Z,2026-11-30T23:59:59.999Z\r\n',
          },
        },
      },
      ...errorResponses([400, 401, 429, 503]),
    },
  },
  samples: (site) => [curl(site, '/dashboard/keys.csv?range=month', undefined, '-OJ -u team:PASSWORD ')],
};
