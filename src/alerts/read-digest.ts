/** Reads what the weekly digest tells: the counters of two weeks by hours, and what each key used by days. */
import { listDays, type Span } from '../calendar.js';
import { addFields, type Fields, HOUR_MS, type Slot, toHourSlot } from '../stats/batch.js';
import { computeFigures } from '../stats/figures.js';
import { toUsageDay, type UsageByModel, type UsageKey, type UsagePart } from '../stats/usage.js';
import { CURRENCIES, formatMillionths } from '../vocabulary/money.js';
import type { Digest, MemberFigures, WeekFigures } from './digest.js';

/** Hours, and days of keys, that are read at once: a week in one piece would block the store. */
const HOURS_AT_ONCE = 24;
const PARTS_AT_ONCE = 200;
const DAYS_OF_A_WEEK = 7;

export interface DigestSource {
  readCounters(slots: readonly Slot[]): Promise<Fields[]>;
  listUsageKeys(since: number): Promise<UsageKey[]>;
  readUsage(parts: readonly UsagePart[]): Promise<UsageByModel[]>;
}

export async function readDigest(
  source: DigestSource,
  week: Span,
  before: Span,
  zone: string,
): Promise<Digest> {
  const keys = await source.listUsageKeys(before.start);
  const used = await readUse(source, keys, week, zone);
  const usedBefore = await readUse(source, keys, before, zone);
  return {
    week,
    figures: await readWeek(source, week, used),
    before: await readWeek(source, before, usedBefore),
    members: toMembers(keys, used),
  };
}

/** Sums of all models by the key's id. */
type Use = ReadonlyMap<string, Fields>;

async function readWeek(source: DigestSource, week: Span, used: Use): Promise<WeekFigures> {
  const sum: Fields = {};
  for (const hours of cut(listHours(week), HOURS_AT_ONCE))
    for (const fields of await source.readCounters(hours)) addFields(sum, fields);
  const { total, failed, tokensIn, tokensOut } = computeFigures(sum);
  const cached = [...used.values()].reduce((all, fields) => all + (fields.cached ?? 0), 0);
  return { requests: total, failed, tokensIn, tokensOut, tokensCached: used.size === 0 ? undefined : cached };
}

async function readUse(
  source: DigestSource,
  keys: readonly UsageKey[],
  week: Span,
  zone: string,
): Promise<Use> {
  const days = listDays(week, zone, DAYS_OF_A_WEEK).map(({ start }) => toUsageDay(start, zone));
  const ids = [...new Set(keys.map(({ id }) => id))];
  const parts = ids.flatMap((id) => days.map((slot) => ({ id, slot })));
  const sums = new Map<string, Fields>();
  for (const some of cut(parts, PARTS_AT_ONCE)) {
    const found = await source.readUsage(some);
    for (const [index, { id }] of some.entries())
      for (const fields of found[index]?.values() ?? []) {
        const sum = sums.get(id) ?? {};
        addFields(sum, fields);
        sums.set(id, sum);
      }
  }
  return sums;
}

/** Keys of one member together; a key without one stands under its own name. */
function toMembers(keys: readonly UsageKey[], used: Use): MemberFigures[] {
  const names = new Map(keys.map(({ id, name, member }) => [id, member ?? name]));
  const sums = new Map<string, Fields>();
  for (const [id, fields] of used) {
    const name = names.get(id) ?? id;
    const sum = sums.get(name) ?? {};
    addFields(sum, fields);
    sums.set(name, sum);
  }
  const members = [...sums].map(([name, sum]) => ({
    name,
    requests: sum.n ?? 0,
    tokens: (sum.in ?? 0) + (sum.out ?? 0),
    spent: formatSpent(sum),
  }));
  return members.sort((one, other) => other.tokens - one.tokens || other.requests - one.requests);
}

function formatSpent(sum: Fields): string | undefined {
  const amounts = CURRENCIES.flatMap((currency) => {
    const millionths = sum[currency] ?? 0;
    return millionths === 0 ? [] : [`${formatMillionths(millionths)} ${currency}`];
  });
  return amounts.length === 0 ? undefined : amounts.join(' + ');
}

function listHours({ start, end }: Span): Slot[] {
  const count = Math.ceil((end - start) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => toHourSlot(start + index * HOUR_MS));
}

function cut<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < all.length; at += size) parts.push(all.slice(at, at + size));
  return parts;
}
