/** What a coding plan says of its quota. Every figure is as the upstream told it; `undefined` when it told none. */

/** The windows of a plan. `mcp_month` counts calls of the plan's own tools. */
export const QUOTA_WINDOWS = {
  five_hours: { en: '5 hours', zh: '5 小时' },
  week: { en: 'week', zh: '每周' },
  mcp_month: { en: 'month, plan’s tools', zh: '每月（套餐工具）' },
} as const;

export type QuotaWindowName = keyof typeof QUOTA_WINDOWS;

/** The windows' names in a language. */
export function nameQuotaWindows(language: 'en' | 'zh'): Record<QuotaWindowName, string> {
  const { five_hours, week, mcp_month } = QUOTA_WINDOWS;
  return { five_hours: five_hours[language], week: week[language], mcp_month: mcp_month[language] };
}

export interface QuotaWindow {
  readonly window: QuotaWindowName;
  /** What is counted. */
  readonly measure: 'tokens' | 'credits' | 'calls';
  readonly limit?: number | undefined;
  readonly used?: number | undefined;
  readonly left?: number | undefined;
  /** Used, 0 to 100. */
  readonly percent?: number | undefined;
  /** Unix milliseconds. */
  readonly resetsAt?: number | undefined;
}

export interface PlanQuota {
  /** The plan's name, such as `pro`. */
  readonly level?: string | undefined;
  /** When it was read, in Unix milliseconds. */
  readonly readAt: number;
  /** Not empty. */
  readonly windows: readonly QuotaWindow[];
}

/** The plans of the configured entries by name; `undefined` for a quota that is unknown. */
export type PlanQuotas = ReadonlyMap<string, PlanQuota | undefined>;
