/** Validates what is read from Redis: another version or another program may have written it. Pure. */
import { z } from 'zod';
import type { Fields } from '../../stats/batch.js';
import { type RequestRecord, STORED_RECORD } from '../../stats/request-record.js';
import type { UsageKey } from '../../stats/usage.js';
import { MAX_ANNOUNCED_POOLS, type Replica } from '../store.js';

const count = z.number().nonnegative();
const text = z.string().max(500);

const AnnouncementShape = z.object({
  id: text,
  version: text,
  startedAt: count,
  inFlight: count,
  eventLoopLagMs: count,
  memoryBytes: count,
  redisLatencyMs: count,
  drainingSince: count.optional(),
  degradedAt: count.optional(),
  // Older versions leave it out; both run during a rollout.
  guestTokens: z
    .object({ reused: count, pooled: count, waited: count, minted: count, failed: count })
    .default({ reused: 0, pooled: 0, waited: 0, minted: 0, failed: 0 }),
  upstreamsDigest: text.optional(),
  refusals: z
    .array(z.object({ name: text, code: text }))
    .max(MAX_ANNOUNCED_POOLS)
    .optional(),
  pools: z.array(text).max(MAX_ANNOUNCED_POOLS).optional(),
});

/** @param missing Members that the line leaves out. @returns undefined if the line is not the record of a request */
export function parseRequest(line: string, missing: Partial<RequestRecord> = {}): RequestRecord | undefined {
  const parsed = parse(line);
  const result = STORED_RECORD.safeParse(typeof parsed === 'object' ? { ...missing, ...parsed } : parsed);
  return result.success ? (result.data as RequestRecord) : undefined;
}

/** @param line `SEEN JSON` @returns undefined if the line is not an announcement */
export function parseReplica(line: string, now: number): Replica | undefined {
  const space = line.indexOf(' ');
  const result = AnnouncementShape.safeParse(parse(line.slice(space + 1)));
  const seen = Number(line.slice(0, space));
  if (!result.success || !Number.isFinite(seen) || !Number.isFinite(now)) return undefined;
  return { ...result.data, silentMs: Math.max(0, now - seen) };
}

const WHOLE_NUMBER = /^\d{1,15}$/;

const UsageKeyShape = z.tuple([text, text, text.nullable()]);

/** A key as the member of a sorted set. */
export function encodeUsageKey({ id, name, member }: UsageKey): string {
  return JSON.stringify([id, name, member ?? null]);
}

/** @returns undefined if the text is not a key's */
export function parseUsageKey(encoded: string, lastAt: number): UsageKey | undefined {
  const result = UsageKeyShape.safeParse(parse(encoded));
  if (!result.success) return undefined;
  const [id, name, member] = result.data;
  return { id, name, member: member ?? undefined, lastAt };
}

/** Reads counters; fields that are not whole numbers are left out. */
export function parseCounters(hash: Record<string, string>): Fields {
  const counters = Object.entries(hash).filter(([, value]) => WHOLE_NUMBER.test(value));
  return Object.fromEntries(counters.map(([field, value]) => [field, Number(value)]));
}

/** Reads the score of a sorted set; 0 if it is missing or not a whole number. */
export function parseScore(score: string | null | undefined): number {
  return WHOLE_NUMBER.test(score ?? '') ? Number(score) : 0;
}

/** Groups `field:label` counters by label, in one pass: a page of the dashboard reads thousands of them. */
export function parseLabels(hash: Record<string, string>): ReadonlyMap<string, Fields> {
  const labels = new Map<string, Fields>();
  for (const [name, value] of Object.entries(hash)) {
    const colon = name.indexOf(':');
    const field = name.slice(0, colon);
    if (colon === -1 || !/^\w+$/.test(field) || !WHOLE_NUMBER.test(value)) continue;
    const label = name.slice(colon + 1);
    const fields = labels.get(label) ?? {};
    fields[field] = Number(value);
    labels.set(label, fields);
  }
  return labels;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
