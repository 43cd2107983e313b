/** What a key may do: the tightest of what its own settings, its member's and the gateway's allow. Pure. */
import { compileGlob } from '../../glob.js';
import type { Class, Key, Member } from './entities.js';

export const SCOPES = ['key', 'member', 'gateway'] as const;
export type Scope = (typeof SCOPES)[number];

/** Requests per minute. */
export interface RateBound {
  readonly scope: Scope;
  readonly limit: number;
}

export interface Rights {
  readonly class: Class;
  readonly weight: number;
  /** Whether responses may be kept for later requests. */
  readonly keepsResponses: boolean;
  /** Counted for each key: its own limit, or the gateway's for keys without one. `undefined` when there is none. */
  readonly keyRate: RateBound | undefined;
  /** Counted for all keys of the member together. `undefined` when there is none. */
  readonly memberRate: RateBound | undefined;
  /** The lowest of these and of the limit for all callers of the gateway. */
  readonly tightestRate: RateBound | undefined;
  /** @returns the scope whose list lacks the model, `undefined` if it may be used */
  readonly forbids: (model: string) => Scope | undefined;
  /** The lists that apply, as globs; empty when all models may be used. */
  readonly models: readonly { readonly scope: Scope; readonly globs: readonly string[] }[];
}

export interface GatewayLimits {
  /** Requests per minute of each key without a limit of its own; 0 means no limit. */
  readonly requestsPerMinute: number;
  /** Requests per minute of all callers together; 0 means no limit. */
  readonly totalRequestsPerMinute: number;
}

export function deriveRights(
  key: Pick<Key, 'class' | 'models' | 'requestsPerMinute' | 'keepsResponses'>,
  member: Pick<Member, 'class' | 'models' | 'requestsPerMinute' | 'keepsResponses' | 'weight'>,
  gateway: GatewayLimits,
): Rights {
  const keyRate =
    toBound('key', key.requestsPerMinute) ?? toBound('gateway', gateway.requestsPerMinute || undefined);
  const memberRate = toBound('member', member.requestsPerMinute);
  const totalRate = toBound('gateway', gateway.totalRequestsPerMinute || undefined);
  const models = [
    ...(key.models === undefined ? [] : [{ scope: 'key' as const, globs: key.models }]),
    ...(member.models === undefined ? [] : [{ scope: 'member' as const, globs: member.models }]),
  ];
  const lists = models.map(({ scope, globs }) => ({ scope, matches: globs.map(compileGlob) }));
  return {
    class: key.class === 'batch' || member.class === 'batch' ? 'batch' : 'interactive',
    weight: member.weight,
    keepsResponses: (key.keepsResponses ?? true) && (member.keepsResponses ?? true),
    keyRate,
    memberRate,
    tightestRate: lower(lower(keyRate, memberRate), totalRate),
    models,
    forbids: (model) => lists.find(({ matches }) => !matches.some((match) => match(model)))?.scope,
  };
}

function toBound(scope: Scope, limit: number | undefined): RateBound | undefined {
  return limit === undefined ? undefined : { scope, limit };
}

function lower(one: RateBound | undefined, other: RateBound | undefined): RateBound | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.limit < one.limit ? other : one;
}

/** Whether a secret is accepted now, and why not. */
export type Verdict = 'valid' | 'expired' | 'revoked';

const DAY_MS = 24 * 60 * 60 * 1000;

/** When the key expires, in Unix milliseconds, `undefined` when it does not, or not before its first use. */
export function findExpiry({
  expiresAt,
  expiresDays,
  firstUsedAt,
}: Pick<Key, 'expiresAt' | 'expiresDays' | 'firstUsedAt'>): number | undefined {
  const afterUse =
    expiresDays === undefined || firstUsedAt === undefined ? undefined : firstUsedAt + expiresDays * DAY_MS;
  const ends = [expiresAt, afterUse].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Judges one secret (by its SHA-256) of a key. */
export function judge(
  key: Key | undefined,
  member: Pick<Member, 'state'> | undefined,
  sha256: string,
  now: number,
): Verdict {
  if (key?.state !== 'active' || member?.state !== 'active') return 'revoked';
  const secret = key.secrets.find((one) => one.sha256 === sha256);
  if (secret === undefined || (secret.endsAt !== undefined && secret.endsAt <= now)) return 'revoked';
  const end = findExpiry(key);
  return end !== undefined && end <= now ? 'expired' : 'valid';
}
