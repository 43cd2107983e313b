/** The changes of a team: members, keys, invites. Each throws an ApiError that says what is wrong. Pure. */
import type { Budget } from '../../budgets/core/budget.js';
import { ApiError, NotFoundError } from '../../vocabulary/errors.js';
import { toEnvironmentKeyId } from '../../vocabulary/key-ids.js';
import type { Draft } from './draft.js';
import { type Invite, type Key, type Member, NAME, type Secret } from './entities.js';

/** What may be set; null clears a setting, a field that is left out stays. */
export interface MemberFields {
  readonly name?: string | null | undefined;
  readonly note?: string | null | undefined;
  readonly role?: Member['role'] | undefined;
  readonly state?: Member['state'] | undefined;
  readonly class?: Member['class'] | undefined;
  readonly weight?: number | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly requestsPerMinute?: number | null | undefined;
  readonly tokensPerMinute?: number | null | undefined;
  readonly maxInFlight?: number | null | undefined;
  readonly budgets?: readonly Budget[] | null | undefined;
  readonly keepsResponses?: boolean | null | undefined;
}

export interface KeyFields {
  readonly note?: string | null | undefined;
  readonly state?: Key['state'] | undefined;
  readonly class?: Key['class'] | null | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly requestsPerMinute?: number | null | undefined;
  readonly tokensPerMinute?: number | null | undefined;
  readonly maxInFlight?: number | null | undefined;
  readonly budgets?: readonly Budget[] | null | undefined;
  readonly keepsResponses?: boolean | null | undefined;
  readonly expiresAt?: number | null | undefined;
  readonly expiresDays?: number | null | undefined;
}

/** A new secret, as far as it is stored. */
export type NewSecret = Pick<Secret, 'sha256' | 'hint'>;

/** Names that keys may not have: those of the environment, and words of the statistics. */
export type TakenNames = ReadonlySet<string>;

export function addMember(draft: Draft, id: string, fields: MemberFields = {}): Member {
  if (draft.member(id) !== undefined)
    throw new ApiError('conflict', `There is a member ${id} already.`, { param: 'id' });
  const fresh: Member = {
    id,
    name: id,
    note: '',
    role: 'member',
    state: 'active',
    class: 'interactive',
    weight: 1,
    createdAt: draft.now,
  };
  const member = applyFields(fresh, { name: id, note: '' }, fields);
  draft.putMember(member);
  draft.note('member.create', id, given(fields));
  return member;
}

export function updateMember(draft: Draft, id: string, fields: MemberFields): Member {
  const member = applyFields(requireMember(draft, id), { name: id, note: '' }, fields);
  draft.putMember(member);
  draft.note('member.update', id, given(fields));
  return member;
}

/** Ends all keys and invites of the member. */
export function removeMember(draft: Draft, id: string): void {
  requireMember(draft, id);
  draft.removeMember(id);
  draft.note('member.remove', id);
}

/** Makes the member if there is none of this id. */
export function addKey(
  draft: Draft,
  asked: KeyFields & { readonly member: string; readonly name?: string | undefined },
  id: string,
  secret: NewSecret,
  taken: TakenNames,
): Key {
  const { member: memberId, name: wanted, ...fields } = asked;
  const member = draft.member(memberId) ?? addMember(draft, memberId);
  const name = wanted ?? chooseName(draft, member.id, taken);
  if (isTaken(draft, name, taken))
    throw new ApiError('conflict', `There is a key named ${name} already.`, { param: 'name' });
  const key = createKey(draft, { id, name, member: member.id, fields, secret });
  draft.note('key.create', toTarget(key), given(fields));
  return key;
}

/**
 * Adds a key whose secret exists already, under a name that the statistics may know.
 * @returns whether it is new: a secret that the team has under this name is left as it is
 */
export function importKey(
  draft: Draft,
  { name, requestsPerMinute }: { readonly name: string; readonly requestsPerMinute?: number | undefined },
  id: string,
  secret: NewSecret,
): boolean {
  const owner = draft.keys.find(({ secrets }) => secrets.some(({ sha256 }) => sha256 === secret.sha256));
  if (owner?.name === name) return false;
  if (owner !== undefined)
    throw new ApiError('conflict', `The key of ${name} is the key ${owner.name} of this team already.`);
  if (draft.keys.some((key) => key.name === name))
    throw new ApiError('conflict', `There is a key named ${name} already, with another secret.`);
  const member = draft.member(name) ?? addMember(draft, name);
  const countedAs = toEnvironmentKeyId(name);
  const fields = { requestsPerMinute };
  const key = createKey(draft, { id, name, member: member.id, fields, secret, countedAs });
  draft.note('key.import', toTarget(key), given({ requestsPerMinute }));
  return true;
}

export function updateKey(draft: Draft, id: string, fields: KeyFields): Key {
  const key = applyFields(requireKey(draft, id), { note: '' }, fields);
  draft.putKey(key);
  draft.note('key.update', toTarget(key), given(fields));
  return key;
}

/** Gives the key a new secret. The one before works on for `graceMs`; an older one ends. */
export function rotateKey(draft: Draft, id: string, secret: NewSecret, graceMs: number): Key {
  const key = requireKey(draft, id);
  const [current] = key.secrets;
  const fresh = { ...secret, createdAt: draft.now };
  const endsAt = draft.now + graceMs;
  const old = current === undefined || graceMs <= 0 ? [] : [{ ...current, endsAt }];
  const rotated = { ...key, secrets: [fresh, ...old] };
  draft.putKey(rotated);
  draft.note('key.rotate', toTarget(key), { graceSeconds: Math.round(graceMs / 1000) });
  return rotated;
}

export function removeKey(draft: Draft, id: string): void {
  const key = requireKey(draft, id);
  draft.removeKey(id);
  draft.note('key.remove', toTarget(key));
}

/**
 * Makes the member if there is none of this id. Earlier invites of the member end, and so does a key that came from one and
 * was never used: nobody has seen it.
 */
export function addInvite(draft: Draft, memberId: string, sha256: string, expiresAt: number): Invite {
  const member = draft.member(memberId) ?? addMember(draft, memberId);
  for (const invite of draft.invites) if (invite.member === member.id) draft.removeInvite(invite.sha256);
  for (const key of draft.keys) {
    if (key.member === member.id && key.isInvited && key.firstUsedAt === undefined) removeKey(draft, key.id);
  }
  const invite = { sha256, member: member.id, createdAt: draft.now, createdBy: draft.actorName, expiresAt };
  draft.putInvite(invite);
  draft.note('invite.create', member.id, { expiresAt });
  return invite;
}

/** Takes back the invites of a member that nobody has accepted. */
export function removeInvites(draft: Draft, memberId: string): void {
  const open = draft.invites.filter(({ member }) => member === memberId);
  if (open.length === 0) {
    throw new NotFoundError(`There is no open invite of ${memberId}.`, { code: 'invite_not_found' });
  }
  for (const { sha256 } of open) draft.removeInvite(sha256);
  draft.note('invite.remove', memberId);
}

/** Takes the invite, so that it works once, and makes the key. */
export function acceptInvite(
  draft: Draft,
  token256: string,
  id: string,
  secret: NewSecret,
  taken: TakenNames,
): Key {
  const invite = draft.invite(token256);
  const member = invite && draft.member(invite.member);
  if (invite === undefined || invite.expiresAt <= draft.now || member?.state !== 'active') {
    throw new NotFoundError(
      'This invite was used already, has expired, or never existed: ask for a new one.',
      {
        code: 'invite_not_found',
      },
    );
  }
  draft.removeInvite(token256);
  const name = chooseName(draft, member.id, taken);
  const key = createKey(draft, { id, name, member: member.id, fields: {}, secret, isInvited: true });
  draft.note('invite.accept', toTarget(key));
  return key;
}

/** The first use, from which `expiresDays` counts. Not a change that the audit notes. */
export function noteFirstUse(draft: Draft, id: string): void {
  const key = draft.key(id);
  if (key !== undefined && key.firstUsedAt === undefined) draft.putKey({ ...key, firstUsedAt: draft.now });
}

interface KeyParts {
  readonly id: string;
  readonly name: string;
  readonly member: string;
  readonly fields: KeyFields;
  readonly secret: NewSecret;
  readonly isInvited?: true;
  readonly countedAs?: string;
}

function createKey(draft: Draft, { id, name, member, fields, secret, isInvited, countedAs }: KeyParts): Key {
  const fresh: Key = {
    id,
    name,
    member,
    note: '',
    state: 'active',
    secrets: [{ ...secret, createdAt: draft.now }],
    createdAt: draft.now,
    createdBy: draft.actorName,
    revision: 0,
    ...(isInvited ? { isInvited } : {}),
    ...(countedAs === undefined ? {} : { countedAs }),
  };
  const key = applyFields(fresh, { note: '' }, fields);
  draft.putKey(key);
  return key;
}

/** `ID`, or `ID-2` and so on if the name is taken. */
function chooseName(draft: Draft, member: string, taken: TakenNames): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = `${member.slice(0, 64 - suffix.length)}${suffix}`;
    if (NAME.test(name) && !isTaken(draft, name, taken)) return name;
  }
}

function isTaken(draft: Draft, name: string, taken: TakenNames): boolean {
  return taken.has(name) || draft.keys.some((key) => key.name === name);
}

function toTarget({ member, name }: Pick<Key, 'member' | 'name'>): string {
  return `${member}/${name}`;
}

function requireMember(draft: Draft, id: string): Member {
  const member = draft.member(id);
  if (member !== undefined) return member;
  throw new NotFoundError(`There is no member ${id}.`, { code: 'member_not_found' });
}

function requireKey(draft: Draft, id: string): Key {
  const key = draft.key(id);
  if (key !== undefined) return key;
  throw new NotFoundError(`There is no key ${id}.`, { code: 'key_not_found' });
}

/** Null becomes the default where there is one, else the setting is removed. */
function applyFields<T extends object>(entity: T, defaults: object, fields: object): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(entity));
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const used = value ?? (defaults as Record<string, unknown>)[name];
    if (used === undefined) delete merged[name];
    else merged[name] = used;
  }
  return merged as T;
}

/** The fields that were given, for the audit. */
function given(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
