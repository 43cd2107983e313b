/** Reads what the weekly digest tells: the counters of two weeks, by hours. */
import type { Span } from '../calendar.js';
import { addFields, type Fields, HOUR_MS, type LabelKind, type Slot, toHourSlot } from '../stats/batch.js';
import { computeFigures } from '../stats/figures.js';
import type { Digest, MemberFigures, WeekFigures } from './digest.js';

/** Hours that are read at once: a week in one piece would block the store. */
const HOURS_AT_ONCE = 24;

export interface DigestSource {
  readCounters(slots: readonly Slot[]): Promise<Fields[]>;
  readLabels(kind: LabelKind, slots: readonly Slot[]): Promise<ReadonlyMap<string, Fields>[]>;
  /** Members by the names of their keys. */
  readOwners(): Promise<ReadonlyMap<string, string>>;
}

export async function readDigest(source: DigestSource, week: Span, before: Span): Promise<Digest> {
  return {
    week,
    figures: await readWeek(source, week),
    before: await readWeek(source, before),
    members: await readMembers(source, week),
  };
}

async function readWeek(source: DigestSource, week: Span): Promise<WeekFigures> {
  const sum: Fields = {};
  for (const hours of chunksOf(week))
    for (const fields of await source.readCounters(hours)) addFields(sum, fields);
  const { total, failed, tokensIn, tokensOut } = computeFigures(sum);
  return { requests: total, failed, tokensIn, tokensOut, tokensCached: sum.cached };
}

async function readMembers(source: DigestSource, week: Span): Promise<MemberFigures[]> {
  const owners = await source.readOwners();
  const sums = new Map<string, Fields>();
  for (const hours of chunksOf(week))
    for (const labels of await source.readLabels('key', hours))
      for (const [key, fields] of labels) {
        const name = owners.get(key) ?? key;
        const sum = sums.get(name) ?? {};
        addFields(sum, fields);
        sums.set(name, sum);
      }
  const members = [...sums].map(([name, sum]) => {
    const { total, tokensIn, tokensOut } = computeFigures(sum);
    return { name, requests: total, tokens: tokensIn + tokensOut, spent: undefined };
  });
  return members.sort((one, other) => other.tokens - one.tokens || other.requests - one.requests);
}

function chunksOf({ start, end }: Span): Slot[][] {
  const hours = Array.from({ length: Math.ceil((end - start) / HOUR_MS) }, (_, index) =>
    toHourSlot(start + index * HOUR_MS),
  );
  const chunks: Slot[][] = [];
  for (let at = 0; at < hours.length; at += HOURS_AT_ONCE) chunks.push(hours.slice(at, at + HOURS_AT_ONCE));
  return chunks;
}
