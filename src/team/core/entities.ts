/** What is stored of a team: members, keys, invites, audit entries. Stores check what they read against these shapes. Pure. */
import { z } from 'zod';
import { BUDGET, MAX_BUDGETS, MAX_IN_FLIGHT, MAX_TOKENS_PER_MINUTE } from '../../budgets/core/budget.js';

/** Members and key names: what a label of the statistics may be. */
export const NAME = /^[\w.-]{1,64}$/;

export const ROLES = ['member', 'admin'] as const;
export const STATES = ['active', 'disabled'] as const;
export const CLASSES = ['interactive', 'batch'] as const;
export type Class = (typeof CLASSES)[number];
export const MAX_WEIGHT = 100;
export const MAX_RATE = 1_000_000;
export const MAX_MODELS = 50;
export const MAX_GLOB_LENGTH = 200;
export const MAX_NOTE_LENGTH = 500;
export const MAX_EXPIRES_DAYS = 3_650;

const time = z.number().int().nonnegative();
const name = z.string().regex(NAME);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What may be set for a key as well as for a member. */
const own = {
  state: z.enum(STATES),
  /** Globs of the models that may be used, `undefined` for all. */
  models: z.array(z.string().min(1).max(MAX_GLOB_LENGTH)).max(MAX_MODELS).optional(),
  requestsPerMinute: z.number().int().min(1).max(MAX_RATE).optional(),
  /** Input and output together. */
  tokensPerMinute: z.number().int().min(1).max(MAX_TOKENS_PER_MINUTE).optional(),
  maxInFlight: z.number().int().min(1).max(MAX_IN_FLIGHT).optional(),
  budgets: z.array(BUDGET).max(MAX_BUDGETS).optional(),
  /** False if no response is kept for later requests. */
  keepsResponses: z.boolean().optional(),
  note: z.string().max(MAX_NOTE_LENGTH),
  createdAt: time,
};

const MEMBER_FIELDS = z.object({
  ...own,
  id: name,
  /** For people; the id unless another one is given. */
  name: z.string().min(1).max(100),
  role: z.enum(ROLES),
  class: z.enum(CLASSES),
  /** Share of the queue in proportion to other members. */
  weight: z.number().int().min(1).max(MAX_WEIGHT),
});
export type Member = Readonly<z.infer<typeof MEMBER_FIELDS>>;
/** Keeps what a later version has stored beside it: during a rollout both write. */
export const MEMBER: z.ZodType<Member> = MEMBER_FIELDS.loose();

const SECRET = z.object({
  sha256: digest,
  /** The last characters, for people. */
  hint: z.string().max(8),
  createdAt: time,
  /** End of the grace period after a rotation. */
  endsAt: time.optional(),
});
export type Secret = Readonly<z.infer<typeof SECRET>>;

const KEY_FIELDS = z.object({
  ...own,
  id: z.string().regex(/^[0-9A-Za-z]{8}$/),
  /** Label in statistics and log. Unique. */
  name,
  member: name,
  class: z.enum(CLASSES).optional(),
  /** The current secret, then the one before it during its grace period. */
  secrets: z.array(SECRET).min(1).max(2),
  expiresAt: time.optional(),
  /** Days from the first use to the expiry. */
  expiresDays: z.number().int().min(1).max(MAX_EXPIRES_DAYS).optional(),
  firstUsedAt: time.optional(),
  createdBy: z.string().max(100),
  /** Made by an invite: the next invite of the member ends it if nobody has used it. */
  isInvited: z.boolean().optional(),
  /** The id that its usage is counted by unless it is `id`: of the environment key that it was imported from. */
  countedAs: z.string().max(70).optional(),
  /** The team's version when this key or its member was changed last. */
  revision: z.number().int().nonnegative(),
});
export type Key = Readonly<z.infer<typeof KEY_FIELDS>>;
export const KEY: z.ZodType<Key> = KEY_FIELDS.loose();

/** The id in records and in the counts of usage. A new secret leaves it as it is. */
export function getUsageId({ id, countedAs = id }: Pick<Key, 'id' | 'countedAs'>): string {
  return countedAs;
}

export const INVITE = z.object({
  /** Of the token. */
  sha256: digest,
  member: name,
  createdAt: time,
  createdBy: z.string().max(100),
  expiresAt: time,
});
export type Invite = Readonly<z.infer<typeof INVITE>>;

/** Somebody who has shown a key to a page. */
export const SESSION = z.object({
  keyId: z.string(),
  /** SHA-256 of the secret that was shown, of a key of the environment a keyed one: the session ends with it. */
  secret: digest,
  /** SHA-256 of the secret part of the page token. */
  page: digest.optional(),
  expiresAt: time,
});
export type Session = Readonly<z.infer<typeof SESSION>>;

export const AUDIT_ACTIONS = [
  'member.create',
  'member.update',
  'member.remove',
  'key.create',
  'key.import',
  'key.update',
  'key.rotate',
  'key.remove',
  'invite.create',
  'invite.accept',
  'invite.remove',
  'admin.reset',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_ENTRY = z.object({
  at: time,
  /** Who made the change: `admin`, or a member. */
  actor: z.string().max(100),
  address: z.string().max(100).optional(),
  action: z.enum(AUDIT_ACTIONS),
  /** The member, or `MEMBER/KEY NAME`. */
  target: z.string().max(200),
  /** Changed fields with their new values; never a secret. */
  changes: z.record(z.string(), z.unknown()).optional(),
});
export type AuditEntry = Readonly<z.infer<typeof AUDIT_ENTRY>>;

/** Who asks for a change. */
export interface Actor {
  readonly name: string;
  readonly address?: string | undefined;
}

/** Everything of a team except the audit. */
export interface Team {
  /** Grows with every change; 0 when nothing was ever stored. */
  readonly version: number;
  /** Random, made by the first change: tells a store that was emptied and filled anew. */
  readonly epoch: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly keys: ReadonlyMap<string, Key>;
  readonly invites: ReadonlyMap<string, Invite>;
}

export const EMPTY_TEAM: Team = {
  version: 0,
  epoch: '',
  members: new Map(),
  keys: new Map(),
  invites: new Map(),
};

export const MAX_MEMBERS = 2_000;
export const MAX_KEYS = 10_000;
export const MAX_INVITES = 1_000;
export const MAX_AUDIT_ENTRIES = 10_000;
