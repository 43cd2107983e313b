/** The quota of a coding plan: an endpoint that Z.ai does not document. Anything unexpected means that it is unknown. */
import type { PlanQuota, QuotaWindow, QuotaWindowName } from '../../vocabulary/plan-quota.js';
import { asObject, type JsonObject } from '../json.js';

const PATH = '/api/monitor/usage/quota/limit';
const MEASURES: Readonly<Record<string, QuotaWindow['measure']>> = {
  TOKENS_LIMIT: 'tokens',
  CREDIT_LIMIT: 'credits',
  TIME_LIMIT: 'calls',
};
const MAX_LEVEL_LENGTH = 40;

/** @param upstreamUrl The base of the plan. */
export function buildQuotaUrl(upstreamUrl: string): string {
  return new URL(PATH, upstreamUrl).toString();
}

/** @returns `undefined` if the body tells of no window that the gateway knows. */
export function parsePlanQuota(body: unknown, now: number): PlanQuota | undefined {
  const data = asObject(asObject(body)?.data);
  const rows = Array.isArray(data?.limits) ? data.limits : [];
  const windows = rows.flatMap((row) => parseWindow(asObject(row)) ?? []);
  if (windows.length === 0) return undefined;
  const level = typeof data?.level === 'string' ? data.level.slice(0, MAX_LEVEL_LENGTH) : undefined;
  return { level, readAt: now, windows };
}

function parseWindow(row: JsonObject | undefined): QuotaWindow | undefined {
  const measure = typeof row?.type === 'string' ? MEASURES[row.type] : undefined;
  const window = row && findWindow(row, measure);
  if (measure === undefined || window === undefined) return undefined;
  return {
    window,
    measure,
    limit: asAmount(row?.usage),
    used: asAmount(row?.currentValue),
    left: asAmount(row?.remaining),
    percent: asAmount(row?.percentage),
    resetsAt: asAmount(row?.nextResetTime),
  };
}

function findWindow({ unit, number }: JsonObject, measure: QuotaWindow['measure'] | undefined) {
  const isCalls = measure === 'calls';
  const window: QuotaWindowName | undefined =
    unit === 3 && number === 5 && !isCalls
      ? 'five_hours'
      : unit === 6 && !isCalls
        ? 'week'
        : unit === 5 && isCalls
          ? 'mcp_month'
          : undefined;
  return window;
}

function asAmount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
