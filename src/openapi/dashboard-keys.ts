/** GET /dashboard/keys.csv, unless the dashboard is switched off. */
import { PERIOD_RANGES } from '../vocabulary/periods.js';
import { CALENDAR_MONTHS, csvAnswer, periodParameters } from './dashboard-shared.js';
import type { Endpoint } from './endpoint.js';
import { DASHBOARD_ERRORS } from './errors.js';

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
  parameters: periodParameters({ enum: PERIOD_RANGES, default: '1h' }, CALENDAR_MONTHS),
  answer: csvAnswer(
    'key,requests,share,tokens_in,tokens_out,errors,status_429,cancelled,last_seen,from,to\r\nann,120,1.0000,3500,9100,2,0,1,2026-11-30T17:02:11.000Z,2026-11-01T00:00:00.000Z,2026-11-30T23:59:59.999Z\r\n',
  ),
  others: DASHBOARD_ERRORS,
  samplePath: () => '/dashboard/keys.csv?range=month',
};
