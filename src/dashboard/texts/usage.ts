/** Texts of the page Usage, in both languages. */
import type { USAGE_RANGES } from '../../vocabulary/periods.js';

type Ranges = Readonly<Record<(typeof USAGE_RANGES)[number], string>>;

const enRanges: Ranges = {
  today: 'today',
  '7d': '7 days',
  '30d': '30 days',
  month: 'this month',
  'last-month': 'last month',
};
const zhRanges: Ranges = { today: '今天', '7d': '7 天', '30d': '30 天', month: '本月', 'last-month': '上月' };

const en = {
  heading: 'Usage and cost',
  about: (zone: string) =>
    `Days of the time zone ${zone}. Within 31 days another zone of whole hours works as well: add ?zone=Asia/Shanghai to the address.`,
  period: 'Period',
  ranges: enRanges,
  from: 'From',
  to: 'To',
  apply: 'Show',
  group: 'By',
  groups: { key: 'key', member: 'member', model: 'model' },
  csv: 'Download CSV',
  name: 'Name',
  columns: ['Requests', 'Failed', 'Tokens in', 'of these cached', 'Tokens out', 'of these thinking', 'Cost'],
  kinds: {
    free: (count: string) => `${count} free`,
    included: (count: string) => `${count} included in a plan`,
    unpriced: (count: string) => `${count} without a price`,
  },
  total: 'All',
  none: 'Nothing was used.',
  more: (count: string) => `${count} more in the file.`,
};

const zh: typeof en = {
  heading: '用量与费用',
  about: (zone) => `按时区 ${zone} 的天统计。31 天以内可换成其他整点时区：在地址后加 ?zone=Asia/Shanghai。`,
  period: '时段',
  ranges: zhRanges,
  from: '从',
  to: '到',
  apply: '查看',
  group: '分组',
  groups: { key: '按密钥', member: '按成员', model: '按模型' },
  csv: '下载 CSV',
  name: '名称',
  columns: ['请求数', '失败', '输入 Token', '其中缓存', '输出 Token', '其中思考', '费用'],
  kinds: {
    free: (count) => `${count} 次免费`,
    included: (count) => `${count} 次含在套餐中`,
    unpriced: (count) => `${count} 次价格未知`,
  },
  total: '合计',
  none: '没有用量。',
  more: (count) => `另有 ${count} 行，见文件。`,
};

export const USAGE_TEXTS = { en, zh };
