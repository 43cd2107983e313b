/**
 * What is recorded of one finished request: enough to count, bill and explain it, and nothing of what was said.
 * `request-fields.ts` lists how its members are shown.
 */
import { z } from 'zod';
import { CURRENCIES, PRICING_KINDS } from '../vocabulary/money.js';
import { OUTCOME_NAMES } from '../vocabulary/outcomes.js';

const count = z.number().nonnegative();
const text = z.string().max(500);

/**
 * A record as the store keeps it, in JSON. Replicas of another version may have written it: members that they do not know
 * are optional, and unknown ones are dropped.
 */
export const STORED_RECORD = z.object({
  requestId: text,
  /** The trace that it belongs to, `undefined` when it belongs to none. */
  traceId: text.optional(),
  /** Unix milliseconds. */
  finishedAt: count,
  method: text,
  /** Path without the query. */
  path: text,
  /** Name of the key, never the key itself. `undefined` when no key was accepted. */
  keyName: text.optional(),
  /** What its usage is counted under: a managed key's id, `env:NAME` or `public`. `undefined` like `keyName`. */
  keyId: text.optional(),
  /** The member that a managed key belongs to. */
  member: text.optional(),
  model: text.optional(),
  /** The model that the upstream says answered instead. `undefined` when the requested model answered. */
  servedModel: text.optional(),
  /** The upstream entry that was asked last. `undefined` without UPSTREAMS_FILE, or when none was. */
  upstream: text.optional(),
  streamed: z.boolean(),
  /** HTTP status; 499 when the client left. */
  status: z.int().min(100).max(599),
  outcome: z.enum(OUTCOME_NAMES),
  /** The error's code, `undefined` when there was no error or it has none. Another version may have written other codes. */
  code: text.optional(),
  /** Path of the request field that the gateway rejected: `messages[0].content`. */
  param: text.optional(),
  durationMs: count,
  /** Time until the first text, reasoning or tool call was sent, `undefined` when none was. */
  firstTokenMs: count.optional(),
  /** The gateway's own part of the time until the response began: without waiting for the upstream. */
  ownMs: count.optional(),
  /** How long it waited for slots of the upstream, got one or not; `undefined` when it got all at once. */
  queueMs: count.optional(),
  /** How often the upstream was asked, `undefined` when it was not. */
  attempts: count.optional(),
  /** How long it held slots of the upstream, `undefined` while no limit was known. */
  slotMs: count.optional(),
  /** The slot group that it had a slot of, or waited for; `undefined` like `slotMs`. */
  slotGroup: text.optional(),
  usage: z
    .object({
      promptTokens: count,
      completionTokens: count,
      totalTokens: count,
      cachedTokens: count.optional(),
      reasoningTokens: count.optional(),
    })
    .optional(),
  /** How the last upstream call that used anything was priced. `undefined` when no usage is known. */
  pricing: z.enum(PRICING_KINDS).optional().catch(undefined),
  /** By currency, in millionths. `undefined` when nothing had a price. */
  cost: z.partialRecord(z.enum(CURRENCIES), count).optional().catch(undefined),
  clientAddress: text,
  userAgent: text,
  /** Id of the replica that answered. */
  replica: text,
});

type StoredRecord = z.infer<typeof STORED_RECORD>;

/** Every member is given, `undefined` where nothing is known. The store adds `replica`. */
export type RequestRecord = {
  readonly [Name in keyof Required<Omit<StoredRecord, 'replica'>>]: StoredRecord[Name];
} & { readonly replica?: string };
