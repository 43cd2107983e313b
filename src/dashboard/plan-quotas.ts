/** The quotas of coding plans, as one replica has read them for all. */
import { parseJson } from '../json.js';
import { type PlanQuota, type PlanQuotas, QUOTA_WINDOWS } from '../vocabulary/plan-quota.js';

/** Where the readings are: `undefined` for those that are unknown. */
export type FindReading = (name: string) => Promise<string | undefined>;

/** @param names Of the entries that are coding plans. */
export async function findPlanQuotas(names: readonly string[], find: FindReading): Promise<PlanQuotas> {
  const all = names.map(async (name) => [name, parseQuota(await find(name))] as const);
  return new Map(await Promise.all(all));
}

function parseQuota(text: string | undefined): PlanQuota | undefined {
  const value = (text === undefined ? undefined : parseJson(text)) as Partial<PlanQuota> | undefined | null;
  const isQuota = typeof value?.readAt === 'number' && Array.isArray(value.windows);
  const isKnown = isQuota && value.windows.every((one) => Object.hasOwn(QUOTA_WINDOWS, one?.window ?? ''));
  return isKnown ? (value as PlanQuota) : undefined;
}
