/** What the endpoints of the dashboard's tables have in common: periods, and CSV files. */
import { query, type Texts } from './endpoint.js';
import { REQUEST_ID_HEADER } from './errors.js';
import { describe, type JsonSchema, TEXT } from './schema.js';

const DAY = { ...TEXT, format: 'date', examples: ['2026-11-30'] };

export const CALENDAR_MONTHS: Texts = [
  '`month` is the current calendar month, `last-month` the one before. Cannot be combined with `from` and `to`.',
  '`month` 表示本月至今，`last-month` 表示上个月。不能与 `from`、`to` 同时使用。',
];

/** A period by its name, or by its days. */
export function periodParameters(range: JsonSchema, [en, zh]: Texts): JsonSchema[] {
  return [
    query('range', { ...TEXT, ...range }, en, zh),
    query('from', DAY, 'The first day.', '起始日期。'),
    query('to', DAY, 'The last day; today if left out.', '结束日期；省略时为今天。'),
  ];
}

/** @param example Its first line has the names of the columns. */
export function csvAnswer(example: string): JsonSchema {
  return {
    ...describe('The table, with a header row.', '带列名的表格。'),
    headers: REQUEST_ID_HEADER,
    content: { 'text/csv': { schema: TEXT, example } },
  };
}
