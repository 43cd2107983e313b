/** Changes of the team: reads it, decides, stores; again if somebody else has changed it meanwhile. */
import { ApiError } from '../vocabulary/errors.js';
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import {
  acceptInvite,
  addInvite,
  addKey,
  addMember,
  importKey,
  type KeyFields,
  type MemberFields,
  removeInvites,
  removeKey,
  removeMember,
  rotateKey,
  type TakenNames,
  updateKey,
  updateMember,
} from './core/changes.js';
import { Draft } from './core/draft.js';
import type { Actor, AuditEntry, Invite, Key, Member, Team } from './core/entities.js';
import { describeSecret, makeKey, makeKeyId, makeToken, sha256 } from './secrets.js';
import type { TeamStore } from './team-store.js';

export const INVITE_TTL_MS = 7 * 24 * 60 * 60 * 1000;
/** Others change a team a few times a minute; each attempt is a round trip or two. */
const MAX_ATTEMPTS = 20;
const RETRY_AFTER_MS = 5_000;

export interface ImportedKey {
  readonly name: string;
  readonly key: string;
  readonly requestsPerMinute?: number | undefined;
}

/** A key with the secret that is shown once. */
export interface IssuedKey {
  readonly key: Key;
  readonly text: string;
}

export class TeamAdmin {
  constructor(
    private readonly store: TeamStore,
    /** Names that managed keys may not have: of keys of the environment, and words of the statistics. */
    private readonly taken: TakenNames,
    private readonly now: () => number = Date.now,
    /** Called after each change that was stored. */
    private readonly onChange: (audit: readonly AuditEntry[]) => void = () => undefined,
  ) {}

  read(): Promise<Team> {
    return orUnavailable(this.store.read());
  }

  readAudit(limit: number): Promise<AuditEntry[]> {
    return orUnavailable(this.store.readAudit(limit));
  }

  /** Whether the team outlives a restart of its store, `undefined` when the store does not tell. */
  isPersistent(): Promise<boolean | undefined> {
    return orUnavailable(this.store.isPersistent());
  }

  addMember(actor: Actor, id: string, fields: MemberFields): Promise<Member> {
    return this.#change(actor, (draft) => addMember(draft, id, fields));
  }

  updateMember(actor: Actor, id: string, fields: MemberFields): Promise<Member> {
    return this.#change(actor, (draft) => updateMember(draft, id, fields));
  }

  removeMember(actor: Actor, id: string): Promise<void> {
    return this.#change(actor, (draft) => removeMember(draft, id));
  }

  async addKey(
    actor: Actor,
    fields: KeyFields & { readonly member: string; readonly name?: string | undefined },
  ): Promise<IssuedKey> {
    const { id, text, secret } = makeKey();
    const key = await this.#change(actor, (draft) => addKey(draft, fields, id, secret, this.taken));
    return { key, text };
  }

  updateKey(actor: Actor, id: string, fields: KeyFields): Promise<Key> {
    return this.#change(actor, (draft) => updateKey(draft, id, fields));
  }

  async rotateKey(actor: Actor, id: string, graceMs: number): Promise<IssuedKey> {
    const { text, secret } = makeKey(id);
    const key = await this.#change(actor, (draft) => rotateKey(draft, id, secret, graceMs));
    return { key, text };
  }

  removeKey(actor: Actor, id: string): Promise<void> {
    return this.#change(actor, (draft) => removeKey(draft, id));
  }

  /** All of them or none. @returns the names of those that are new */
  importKeys(actor: Actor, keys: readonly ImportedKey[]): Promise<string[]> {
    const all = keys.map((one) => ({ ...one, id: makeKeyId(), secret: describeSecret(one.key) }));
    return this.#change(actor, (draft) =>
      all.filter((one) => importKey(draft, one, one.id, one.secret)).map(({ name }) => name),
    );
  }

  async addInvite(actor: Actor, member: string): Promise<{ invite: Invite; token: string }> {
    const token = makeToken();
    const expiresAt = this.now() + INVITE_TTL_MS;
    const invite = await this.#change(actor, (draft) => addInvite(draft, member, sha256(token), expiresAt));
    return { invite, token };
  }

  removeInvites(actor: Actor, member: string): Promise<void> {
    return this.#change(actor, (draft) => removeInvites(draft, member));
  }

  /** Works once for each invite. */
  async acceptInvite(token: string, address: string): Promise<IssuedKey> {
    const { id, text, secret } = makeKey();
    const actor = { name: 'invite', address };
    const key = await this.#change(actor, (draft) =>
      acceptInvite(draft, sha256(token), id, secret, this.taken),
    );
    return { key, text };
  }

  /** The admin's password was made anew by somebody who has access to the store. */
  noteReset(): Promise<void> {
    return this.#change({ name: 'operator' }, (draft) => draft.note('admin.reset', 'admin'));
  }

  async #change<T>(actor: Actor, work: (draft: Draft) => T): Promise<T> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const team = await this.read();
      const draft = new Draft(team, this.now(), actor);
      const result = work(draft);
      const commit = draft.toCommit();
      if (commit.audit.length === 0) return result;
      if (!(await orUnavailable(this.store.commit(team, commit)))) continue;
      this.onChange(commit.audit);
      return result;
    }
    throw new ApiError('conflict', 'The team is being changed by others at this moment: try again.');
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new ApiError('store_unavailable', 'The team cannot be read or changed: Redis does not answer.', {
      retryAfterMs: RETRY_AFTER_MS,
      cause: error,
    });
  }
}
