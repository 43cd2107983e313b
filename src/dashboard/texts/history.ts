/** Texts of looking up past requests, in both languages. */

const en = {
  heading: 'Look up requests',
  about: (days: number) =>
    `Of each hour of the last ${days} days the newest 200, the 50 slowest and up to 100 failures; client addresses for 24 hours.`,
  text: 'Contains, or request id',
  outcome: 'Outcome',
  all: 'all',
  key: 'Key',
  model: 'Model',
  code: 'Error code',
  from: (zone: string) => `From (${zone})`,
  to: 'To',
  hint: '2026-11-30T17:45',
  find: 'Look up',
  none: 'Nothing found here.',
  older: 'Search further back',
};

const zh: typeof en = {
  heading: '查找请求',
  about: (days) =>
    `最近 ${days} 天，每小时保留最新的 200 个、最慢的 50 个和最多 100 个失败的请求；客户端地址保留 24 小时。`,
  text: '包含的文字或请求 id',
  outcome: '结果',
  all: '全部',
  key: '密钥',
  model: '模型',
  code: '错误码',
  from: (zone) => `起（${zone}）`,
  to: '止',
  hint: '2026-11-30T17:45',
  find: '查找',
  none: '这里没有找到。',
  older: '继续向前查找',
};

export const HISTORY_TEXTS = { en, zh };
