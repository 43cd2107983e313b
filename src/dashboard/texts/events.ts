/** Texts of the page Events, in both languages. Those of each kind are in its table (src/events/kinds.ts). */
import type { EVENT_RANGES } from '../../vocabulary/periods.js';

type Ranges = Readonly<Record<(typeof EVENT_RANGES)[number], string>>;

const ranges: Ranges = {
  '24h': '24 hours',
  '7d': '7 days',
  month: 'this month',
  'last-month': 'last month',
};

const en = {
  heading: 'What happened',
  about: 'Kept for 90 days, at most 5,000, of all replicas.',
  filter: 'Filter events',
  kind: 'Kind',
  all: 'all',
  period: 'Period',
  kept: 'all that are kept',
  ranges,
  apply: 'Show',
  clear: 'show all',
  time: 'Time',
  what: 'What happened',
  none: 'Nothing of this kind happened.',
  pages: 'Pages of events',
  newest: 'Newest',
  older: 'Older',
  csv: 'Download CSV',
  alerts: {
    heading: 'Alerts',
    about: 'Sent once over all replicas; a problem again only after its end.',
    none: 'ALERT_WEBHOOK is not set: nobody is told.',
    password: 'Admin password',
    send: 'Send a test',
    arrived: 'arrived',
    failed: 'did not arrive',
    away: 'The gateway did not answer.',
  },
};

const zh: typeof en = {
  heading: '事件记录',
  about: '保留所有副本最近 90 天的事件，最多 5,000 条。',
  filter: '筛选事件',
  kind: '类型',
  all: '全部',
  period: '时间范围',
  kept: '保留的全部',
  ranges: { '24h': '24 小时', '7d': '7 天', month: '本月', 'last-month': '上月' },
  apply: '显示',
  clear: '显示全部',
  time: '时间',
  what: '内容',
  none: '没有此类事件。',
  pages: '事件分页',
  newest: '最新',
  older: '更早',
  csv: '下载 CSV',
  alerts: {
    heading: '告警',
    about: '所有副本只发送一次；同一问题恢复之后才会再次发送。',
    none: '未设置 ALERT_WEBHOOK，不会发送告警。',
    password: '管理密码',
    send: '发送测试',
    arrived: '已送达',
    failed: '未送达',
    away: '网关没有应答。',
  },
};

export const EVENT_TEXTS = { en, zh };
