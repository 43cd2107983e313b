/** Members, keys and the audit as the admin API answers them. Secrets are told by their last characters only. */
import { toWire } from '../../../budgets/core/notation.js';
import type { AuditEntry, Invite, Key, Member } from '../../../team/core/entities.js';
import { findExpiry } from '../../../team/core/rights.js';

export function showMember(member: Member, keys: readonly Key[]): object {
  return {
    id: member.id,
    name: member.name,
    note: member.note,
    role: member.role,
    state: member.state,
    class: member.class,
    weight: member.weight,
    models: member.models ?? null,
    requests_per_minute: member.requestsPerMinute ?? null,
    ...showLimits(member),
    keep_responses: member.keepsResponses ?? true,
    created_at: toIso(member.createdAt),
    keys: keys.filter((key) => key.member === member.id).map(({ id }) => id),
  };
}

export function showKey(key: Key): object {
  return {
    id: key.id,
    name: key.name,
    member: key.member,
    source: 'managed',
    note: key.note,
    state: key.state,
    class: key.class ?? null,
    models: key.models ?? null,
    requests_per_minute: key.requestsPerMinute ?? null,
    ...showLimits(key),
    keep_responses: key.keepsResponses ?? true,
    expires_at: toIso(findExpiry(key)),
    expires_days: key.expiresDays ?? null,
    first_used_at: toIso(key.firstUsedAt),
    created_at: toIso(key.createdAt),
    created_by: key.createdBy,
    secrets: key.secrets.map(({ hint, createdAt, endsAt }) => ({
      ends_with: hint,
      created_at: toIso(createdAt),
      ends_at: toIso(endsAt),
    })),
  };
}

function showLimits({ tokensPerMinute, maxInFlight, budgets = [] }: Key | Member): object {
  return {
    tokens_per_minute: tokensPerMinute ?? null,
    max_in_flight: maxInFlight ?? null,
    budgets: budgets.map(toWire),
  };
}

/** A key of API_KEYS or DEFAULT_KEY: changed in the environment only. */
export function showEnvironmentKey(name: string): object {
  return { id: null, name, member: null, source: 'environment', state: 'active' };
}

export function showInvite({ member, createdAt, createdBy, expiresAt }: Invite): object {
  return { member, created_at: toIso(createdAt), created_by: createdBy, expires_at: toIso(expiresAt) };
}

export function showAudit({ at, actor, address, action, target, changes }: AuditEntry): object {
  return { at: toIso(at), actor, address: address ?? null, action, target, changes: changes ?? null };
}

export function toIso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
