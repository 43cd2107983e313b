/** Budgets in bodies of the admin API. Pure. */
import { z } from 'zod';
import {
  BUDGET_UNITS,
  type Budget,
  findDoubledBudget,
  MAX_BUDGET,
  MAX_BUDGETS,
} from '../../budgets/core/budget.js';
import { fromWire } from '../../budgets/core/notation.js';
import { PERIODS } from '../../calendar.js';
import { describe } from '../field-docs.js';
import { wrong } from '../fields.js';

const CURRENCIES = BUDGET_UNITS.filter((unit) => unit !== 'tokens');

/** Either `tokens`, or `money` with its `currency`. */
export const BudgetField = z
  .array(
    z
      .strictObject({
        tokens: z
          .int()
          .min(1)
          .max(MAX_BUDGET)
          .optional()
          .meta(describe('Input and output together.', '输入与输出合计。')),
        money: z
          .number()
          .min(0.000001)
          .max(1_000_000)
          .optional()
          .meta(
            describe('At the prices of `PRICES` or the model table.', '按 `PRICES` 或模型表的价格计算。'),
          ),
        currency: z.enum(CURRENCIES).optional().meta(describe('Of `money`.', '`money` 的货币。')),
        period: z
          .enum(PERIODS)
          .meta(
            describe(
              'In days of `TIME_ZONE`; weeks begin on Monday.',
              '按 `TIME_ZONE` 的日期计算，周一为一周之始。',
            ),
          ),
        hard: z
          .boolean()
          .optional()
          .meta(
            describe(
              'True ends answers that have begun as `length` when the budget is used up; otherwise they are finished.',
              'true：预算用完时，正在生成的回答以 `length` 结束；否则会生成完毕。',
            ),
          ),
      })
      .meta({ examples: [{ tokens: 2000, period: 'day' }] }),
  )
  .max(MAX_BUDGETS);

/** Throws a BadRequestError that names the budget at fault. */
export function parseBudgets(
  given: z.output<typeof BudgetField> | null | undefined,
): readonly Budget[] | null | undefined {
  if (given === undefined || given === null) return given;
  const budgets = given.map((wire, index) => {
    const budget = fromWire(wire);
    if (budget === undefined)
      throw wrong(`budgets[${index}]`, 'must have either tokens, or money and currency');
    return budget;
  });
  const doubled = findDoubledBudget(budgets);
  if (doubled !== undefined)
    throw wrong('budgets', `must have one entry for ${doubled.unit} per ${doubled.period}, and has two`);
  return budgets.length === 0 ? null : budgets;
}
