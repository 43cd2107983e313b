/** A change of the team before it is stored: collects what differs from the team that was read. Pure. */
import { ApiError } from '../../vocabulary/errors.js';
import {
  type Actor,
  type AuditAction,
  type AuditEntry,
  type Invite,
  type Key,
  MAX_INVITES,
  MAX_KEYS,
  MAX_MEMBERS,
  type Member,
  type Team,
} from './entities.js';

/** Values by id; `undefined` removes the entry. */
export type Puts<T> = readonly (readonly [id: string, value: T | undefined])[];

/** What a store applies at once, if the team still has the version that was read. */
export interface Commit {
  readonly members: Puts<Member>;
  readonly keys: Puts<Key>;
  readonly invites: Puts<Invite>;
  /** SHA-256 of a secret → id of its key. */
  readonly digests: Puts<string>;
  readonly audit: readonly AuditEntry[];
}

export class Draft {
  readonly #members = new Map<string, Member | undefined>();
  readonly #keys = new Map<string, Key | undefined>();
  readonly #invites = new Map<string, Invite | undefined>();
  readonly #audit: AuditEntry[] = [];

  constructor(
    readonly team: Team,
    readonly now: number,
    private readonly actor: Actor,
  ) {}

  member(id: string): Member | undefined {
    return this.#members.has(id) ? this.#members.get(id) : this.team.members.get(id);
  }

  key(id: string): Key | undefined {
    return this.#keys.has(id) ? this.#keys.get(id) : this.team.keys.get(id);
  }

  invite(sha256: string): Invite | undefined {
    return this.#invites.has(sha256) ? this.#invites.get(sha256) : this.team.invites.get(sha256);
  }

  get keys(): Key[] {
    return merge(this.team.keys, this.#keys);
  }

  get invites(): Invite[] {
    return merge(this.team.invites, this.#invites);
  }

  /** Gives the member's keys a new revision, so that replicas read them again. */
  putMember(member: Member): void {
    this.#members.set(member.id, member);
    for (const key of this.keys) if (key.member === member.id) this.putKey(key);
  }

  putKey(key: Key): void {
    this.#keys.set(key.id, { ...key, revision: this.team.version + 1 });
  }

  putInvite(invite: Invite): void {
    this.#invites.set(invite.sha256, invite);
  }

  removeMember(id: string): void {
    this.#members.set(id, undefined);
    for (const key of this.keys) if (key.member === id) this.removeKey(key.id);
    for (const invite of this.invites) if (invite.member === id) this.removeInvite(invite.sha256);
  }

  removeKey(id: string): void {
    this.#keys.set(id, undefined);
  }

  removeInvite(sha256: string): void {
    this.#invites.set(sha256, undefined);
  }

  note(action: AuditAction, target: string, changes?: Record<string, unknown>): void {
    const { name, address } = this.actor;
    this.#audit.push({
      at: this.now,
      actor: name,
      ...(address === undefined ? {} : { address }),
      action,
      target,
      ...(changes === undefined || Object.keys(changes).length === 0 ? {} : { changes }),
    });
  }

  get actorName(): string {
    return this.actor.name;
  }

  /** @throws ApiError if the team would be larger than a store may hold */
  toCommit(): Commit {
    for (const { sha256, expiresAt } of this.invites) if (expiresAt <= this.now) this.removeInvite(sha256);
    this.#limit('members', merge(this.team.members, this.#members).length, MAX_MEMBERS);
    this.#limit('keys', this.keys.length, MAX_KEYS);
    this.#limit('invites', this.invites.length, MAX_INVITES);
    return {
      members: [...this.#members],
      keys: [...this.#keys],
      invites: [...this.#invites],
      digests: [...this.#keys].flatMap(([id, key]) => diffDigests(id, this.team.keys.get(id), key)),
      audit: this.#audit,
    };
  }

  #limit(what: string, count: number, most: number): void {
    if (count > most) throw new ApiError('conflict', `A team may have ${most} ${what}: remove some first.`);
  }
}

function merge<T>(known: ReadonlyMap<string, T>, changed: ReadonlyMap<string, T | undefined>): T[] {
  return [...new Map<string, T | undefined>([...known, ...changed]).values()].filter(
    (value): value is T => value !== undefined,
  );
}

function diffDigests(id: string, before: Key | undefined, after: Key | undefined): Puts<string> {
  const old = (before?.secrets ?? []).map(({ sha256 }) => sha256);
  const current = (after?.secrets ?? []).map(({ sha256 }) => sha256);
  return [
    ...old.filter((sha256) => !current.includes(sha256)).map((sha256) => [sha256, undefined] as const),
    ...current.filter((sha256) => !old.includes(sha256)).map((sha256) => [sha256, id] as const),
  ];
}
