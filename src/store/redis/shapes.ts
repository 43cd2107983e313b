/** What comes back from Redis, checked: another version may have written it, or a stranger. Pure. */
import { z } from 'zod';
import type { Fields } from '../../stats/batch.js';
import type { RequestRecord } from '../../stats/request-record.js';
import type { Replica } from '../store.js';

const count = z.number().nonnegative();
const text = z.string().max(500);
const OUTCOMES = [
  'ok',
  'caller_error',
  'rate_limited',
  'upstream_error',
  'upstream_refused',
  'upstream_truncated',
  'gateway_error',
  'cancelled',
] as const;

const Request = z.object({
  requestId: text,
  finishedAt: count,
  method: text,
  path: text,
  keyName: text.optional(),
  model: text.optional(),
  streamed: z.boolean(),
  status: z.int().min(100).max(599),
  outcome: z.enum(OUTCOMES),
  code: text.optional(),
  durationMs: count,
  firstTokenMs: count.optional(),
  ownMs: count.optional(),
  usage: z
    .object({
      promptTokens: count,
      completionTokens: count,
      totalTokens: count,
      cachedTokens: count.optional(),
      reasoningTokens: count.optional(),
    })
    .optional(),
  clientAddress: text,
  userAgent: text,
  replica: text,
});

const AnnouncementShape = z.object({
  id: text,
  version: text,
  startedAt: count,
  inFlight: count,
  eventLoopLagMs: count,
  memoryBytes: count,
  redisLatencyMs: count,
});

/** Undefined: no record of a request. */
export function parseRequest(line: string): RequestRecord | undefined {
  const result = Request.safeParse(parse(line));
  return result.success ? (result.data as RequestRecord) : undefined;
}

/** `SEEN JSON`; undefined: no announcement. */
export function parseReplica(line: string, now: number): Replica | undefined {
  const space = line.indexOf(' ');
  const result = AnnouncementShape.safeParse(parse(line.slice(space + 1)));
  const seen = Number(line.slice(0, space));
  if (!result.success || !Number.isFinite(seen) || !Number.isFinite(now)) return undefined;
  return { ...result.data, silentMs: Math.max(0, now - seen) };
}

/** Fields that are no whole number are left out. */
export function parseCounters(hash: Record<string, string>): Fields {
  const fields: Fields = {};
  for (const [field, value] of Object.entries(hash))
    if (/^\d{1,15}$/.test(value)) fields[field] = Number(value);
  return fields;
}

/** `field:label` → fields by label. */
export function parseLabels(hash: Record<string, string>): ReadonlyMap<string, Fields> {
  const labels = new Map<string, Fields>();
  for (const [name, value] of Object.entries(parseCounters(hash))) {
    const colon = name.indexOf(':');
    const label = name.slice(colon + 1);
    labels.set(label, { ...labels.get(label), [name.slice(0, colon)]: value });
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
