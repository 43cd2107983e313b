/** Reads what keys used in some days, in a bounded number of reads: keys times days, however much was used. */
import type { Fields } from './batch.js';
import type { UsageByModel, UsageKey, UsagePart, UsageSlot } from './usage.js';

/** What is read of the store. */
export interface UsageSource {
  listUsageKeys(since: number): Promise<UsageKey[]>;
  readUsage(parts: readonly UsagePart[]): Promise<UsageByModel[]>;
}

/** The slots that add up to one day. */
export interface UsageDay {
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly slots: readonly UsageSlot[];
}

/** What one key used of one model in one day. */
export interface UsageEntry {
  readonly key: UsageKey;
  readonly model: string;
  /** Its place in the list of days. */
  readonly day: number;
  readonly fields: Fields;
}

/** Reads all keys with usage since the first day, those that have been deleted included. */
export async function readUsageEntries(
  source: UsageSource,
  days: readonly UsageDay[],
): Promise<UsageEntry[]> {
  const [first] = days;
  if (first === undefined) return [];
  const keys = keepLatest(await source.listUsageKeys(first.start));
  const asked = keys.flatMap((key) =>
    days.flatMap(({ slots }, day) => slots.map((slot) => ({ key, day, id: key.id, slot }))),
  );
  const read = await source.readUsage(asked);
  return asked.flatMap(({ key, day }, index) =>
    [...(read[index] ?? [])].map(([model, fields]) => ({ key, model, day, fields })),
  );
}

/** A key that was renamed has its latest name. */
function keepLatest(keys: readonly UsageKey[]): UsageKey[] {
  const latest = new Map<string, UsageKey>();
  for (const key of keys) {
    const known = latest.get(key.id);
    if (known === undefined || key.lastAt > known.lastAt) latest.set(key.id, key);
  }
  return [...latest.values()];
}

/** Adds up the entries that `groupOf` gives the same text. In the order in which the groups appear. */
export function sumUsage(
  entries: readonly UsageEntry[],
  groupOf: (entry: UsageEntry) => string,
): { entry: UsageEntry; fields: Fields }[] {
  const groups = new Map<string, { entry: UsageEntry; fields: Fields }>();
  for (const entry of entries) {
    const name = groupOf(entry);
    const group = groups.get(name) ?? { entry, fields: {} };
    groups.set(name, group);
    for (const [field, value] of Object.entries(entry.fields))
      group.fields[field] = (group.fields[field] ?? 0) + value;
  }
  return [...groups.values()];
}
