/** The quotas of coding plans as they are shown. Pure. */
import type { PlanQuota, QuotaWindow } from '../vocabulary/plan-quota.js';
import { clip, type Format } from './format.js';
import type { Snapshot } from './snapshot.js';
import type { DashboardTexts } from './texts/texts.js';

interface Context {
  readonly t: DashboardTexts;
  readonly format: Format;
}

/** @returns `undefined` when no entry is a coding plan */
export function createQuotasView(
  { planQuotas, now }: Pick<Snapshot, 'planQuotas' | 'now'>,
  context: Context,
) {
  if (planQuotas.size === 0) return undefined;
  return [...planQuotas].map(([name, quota]) => ({
    name: clip(name),
    level: quota?.level === undefined ? undefined : clip(quota.level),
    age: quota && context.t.quotas.age(context.format.span(now - quota.readAt)),
    windows: listWindows(quota, now, context),
  }));
}

function listWindows(quota: PlanQuota | undefined, now: number, context: Context) {
  return (quota?.windows ?? []).map((window) => describeWindow(window, now, context));
}

/** What the plan does not tell is shown as unknown, never as 0. */
function describeWindow(
  { window, measure, limit, used, left, percent, resetsAt }: QuotaWindow,
  now: number,
  { t, format }: Context,
) {
  const amount = (value: number | undefined) =>
    value === undefined ? t.quotas.unknown : format.compact(value);
  const share = percent === undefined ? undefined : format.percent(percent / 100);
  const total = limit === undefined ? amount(used) : t.quotas.of(amount(used), format.compact(limit));
  return {
    name: `${t.quotas.windows[window]} · ${t.quotas.measures[measure]}`,
    used:
      used === undefined
        ? (share ?? t.quotas.unknown)
        : `${total}${share === undefined ? '' : ` · ${share}`}`,
    left: amount(left),
    resets: resetsAt === undefined ? t.quotas.unknown : t.quotas.in(format.span(resetsAt - now)),
  };
}
