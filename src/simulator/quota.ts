/** The quota of a coding plan, in the forms of old plans (tokens) and of those since summer 2026 (credits). */
import { json, type Reply } from './reply.js';

const HOUR_MS = 3_600_000;
const PLAN = { level: 'pro', fiveHours: 12_000, week: 60_000, calls: 1_000 };
/** What a call costs here. */
const CREDITS_PER_CALL = 10;

export type QuotaForm = 'credits' | 'tokens' | 'empty';

/** @param calls That the account was asked. */
export function quotaLimits(form: QuotaForm, calls: number, now: number): Reply {
  const limits = form === 'empty' ? [] : listLimits(form, calls, now);
  return json(200, {
    code: 200,
    msg: 'Operation successful',
    success: true,
    data: { limits, level: PLAN.level },
  });
}

function listLimits(form: QuotaForm, calls: number, now: number): object[] {
  const tools = {
    type: 'TIME_LIMIT',
    unit: 5,
    number: 1,
    ...amounts(PLAN.calls, 0),
    nextResetTime: nextReset(now, 720),
  };
  const spent = calls * CREDITS_PER_CALL;
  const windows = [
    { unit: 3, number: 5, limit: PLAN.fiveHours, nextResetTime: nextReset(now, 5) },
    { unit: 6, number: 1, limit: PLAN.week, nextResetTime: nextReset(now, 168) },
  ];
  const rows = windows.map(({ limit, ...window }) =>
    form === 'tokens'
      ? { type: 'TOKENS_LIMIT', ...window, percentage: Math.floor((100 * spent) / limit) }
      : { type: 'CREDIT_LIMIT', ...window, ...amounts(limit, spent) },
  );
  return [tools, ...rows];
}

function amounts(usage: number, currentValue: number) {
  const percentage = Math.floor((100 * currentValue) / usage);
  return { usage, currentValue, remaining: usage - currentValue, percentage };
}

function nextReset(now: number, hours: number): number {
  return (Math.floor(now / (hours * HOUR_MS)) + 1) * hours * HOUR_MS;
}
