/** GET /dashboard/events and /dashboard/events.csv, unless the dashboard is switched off. */
import { EVENT_KIND_NAMES } from '../events/kinds.js';
import { PERIOD_RANGES } from '../vocabulary/periods.js';
import { csvAnswer, periodParameters } from './dashboard-shared.js';
import { type Endpoint, query } from './endpoint.js';
import { DASHBOARD_ERRORS } from './errors.js';
import { arrayOf, explain, nullable, object, ref, TEXT } from './schema.js';
import { jsonAnswer } from './shared.js';

const PARAMETERS = [
  query('kind', { ...TEXT, enum: EVENT_KIND_NAMES }, 'Only events of this kind.', '仅返回该类型的事件。'),
  ...periodParameters({ enum: PERIOD_RANGES }, [
    'All events that are kept if no period is given. Cannot be combined with `from` and `to`.',
    '不指定时间范围时返回保留的全部事件。不能与 `from`、`to` 同时使用。',
  ]),
  query('before', TEXT, '`next` of an earlier answer.', '此前应答中的 `next`。'),
];

const event = object({
  id: TEXT,
  at: { ...TEXT, format: 'date-time' },
  kind: { ...TEXT, enum: EVENT_KIND_NAMES },
  severity: { ...TEXT, enum: ['info', 'warning', 'error'] },
  subject: explain(
    TEXT,
    'What it happened to: a replica, credential, upstream, model, member or key.',
    '事件的对象：副本、凭据、上游、模型、成员或密钥。',
  ),
  params: { type: 'object' },
  text: explain(TEXT, 'What happened, in the language of the request.', '事件内容，语言与请求一致。'),
});

const EXAMPLE = {
  id: '000000000042',
  at: '2026-11-28T17:02:11.000Z',
  kind: 'replica_lost',
  severity: 'error',
  subject: 'gateway-4dec27e1',
  params: {},
  text: 'The replica gateway-4dec27e1 stopped announcing itself: killed, crashed, or without network.',
};

export const dashboardEvents: Endpoint = {
  method: 'get',
  path: '/dashboard/events',
  id: 'listDashboardEvents',
  summary: ['Events', '事件'],
  description: [
    'What happened to the gateway in the last 90 days, newest first, at most 1,000 at a time. Browsers get the dashboard’s page of them: JSON unless `Accept` asks for HTML.',
    '网关最近 90 天的事件，最新的在前，每次最多 1,000 条。`Accept` 要求 HTML 时（如浏览器）返回对应的网页。',
  ],
  access: 'password',
  parameters: PARAMETERS,
  schemas: { DashboardEvent: event },
  answer: jsonAnswer(
    ['The events.', '事件列表。'],
    object({
      events: arrayOf(ref('DashboardEvent')),
      next: explain(
        nullable('string'),
        '`before` of the next page, null if there is none.',
        '下一页的 `before`；没有更多时为 null。',
      ),
    }),
    { events: [EXAMPLE], next: null },
  ),
  others: DASHBOARD_ERRORS,
};

export const dashboardEventsCsv: Endpoint = {
  method: 'get',
  path: '/dashboard/events.csv',
  id: 'exportDashboardEvents',
  summary: ['Events as CSV', '导出事件（CSV）'],
  access: 'password',
  parameters: PARAMETERS,
  answer: csvAnswer(
    `at,kind,severity,subject,text\r\n${EXAMPLE.at},${EXAMPLE.kind},error,${EXAMPLE.subject},"${EXAMPLE.text}"\r\n`,
  ),
  others: DASHBOARD_ERRORS,
};
