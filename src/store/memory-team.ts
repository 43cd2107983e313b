/** The team of a single gateway: in memory, and written through to its durable state before a change is answered. */
import type { z } from 'zod';
import type { Commit, Puts } from '../team/core/draft.js';
import {
  AUDIT_ENTRY,
  type AuditEntry,
  INVITE,
  type Invite,
  KEY,
  type Key,
  MAX_AUDIT_ENTRIES,
  MEMBER,
  type Member,
  SESSION,
  type Session,
  type Team,
} from '../team/core/entities.js';
import type { Found, TeamListener, TeamStore, TeamSubscription } from '../team/team-store.js';
import { type Change, type DurableState, VolatileState } from './disk/durable-state.js';

const META = 'team';
const MEMBERS = 'team-member';
const KEYS = 'team-key';
const INVITES = 'team-invite';
const AUDIT = 'team-audit';
const SESSIONS = 'team-session';
/** There is one process, so nobody else's team can take this one's place. */
const EPOCH = 'own';
/** Digits of an audit entry's number, by which entries are in order. */
const AUDIT_DIGITS = 12;
const MAX_SESSIONS = 10_000;

export class MemoryTeamStore implements TeamStore {
  readonly isKept: boolean;
  readonly #members: Map<string, Member>;
  readonly #keys: Map<string, Key>;
  readonly #invites: Map<string, Invite>;
  readonly #digests = new Map<string, string>();
  readonly #sessions: Map<string, Session>;
  readonly #listeners = new Set<TeamListener>();
  /** By number, oldest first. */
  readonly #audit: Map<string, AuditEntry>;
  #audited: number;
  #version: number;
  #adminHash: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(private readonly durable: DurableState = new VolatileState()) {
    this.isKept = !(durable instanceof VolatileState);
    const meta = durable.readEntries(META);
    this.#version = Number(meta.get('version')) || 0;
    this.#adminHash = meta.get('admin')?.toString();
    this.#members = readTable(durable, MEMBERS, MEMBER);
    this.#keys = readTable(durable, KEYS, KEY);
    this.#invites = readTable(durable, INVITES, INVITE);
    this.#audit = readTable(durable, AUDIT, AUDIT_ENTRY);
    this.#sessions = readTable(durable, SESSIONS, SESSION);
    this.#audited = Number([...this.#audit.keys()].at(-1) ?? -1) + 1;
    for (const { id, secrets } of this.#keys.values())
      for (const { sha256 } of secrets) this.#digests.set(sha256, id);
  }

  async read(): Promise<Team> {
    return {
      version: this.#version,
      epoch: this.#epoch,
      members: new Map(this.#members),
      keys: new Map(this.#keys),
      invites: new Map(this.#invites),
    };
  }

  async findKey(sha256: string): Promise<Found> {
    const key = this.#keys.get(this.#digests.get(sha256) ?? '');
    const member = key && this.#members.get(key.member);
    return { version: this.#version, epoch: this.#epoch, key, member };
  }

  commit({ version }: Pick<Team, 'version' | 'epoch'>, commit: Commit): Promise<boolean> {
    return this.#inTurn(async () => {
      if (version !== this.#version) return false;
      const entries = commit.audit.map((entry, index) => [this.#toNumber(index), entry] as const);
      await this.durable.write([
        { namespace: META, key: 'version', value: String(version + 1) },
        ...toChanges(MEMBERS, commit.members),
        ...toChanges(KEYS, commit.keys),
        ...toChanges(INVITES, commit.invites),
        ...toChanges(AUDIT, entries),
        ...this.#listOldEntries(entries.length).map((key) => ({ namespace: AUDIT, key, value: undefined })),
      ]);
      this.#apply(commit, entries);
      return true;
    });
  }

  async readAudit(limit: number): Promise<AuditEntry[]> {
    return [...this.#audit.values()].slice(-limit).reverse();
  }

  async readAdminHash(): Promise<string | undefined> {
    return this.#adminHash;
  }

  writeAdminHash(hash: string, onlyIfMissing: boolean): Promise<boolean> {
    return this.#inTurn(async () => {
      if (onlyIfMissing && this.#adminHash !== undefined) return false;
      await this.durable.write([{ namespace: META, key: 'admin', value: hash }]);
      this.#adminHash = hash;
      return true;
    });
  }

  async isPersistent(): Promise<boolean> {
    return this.isKept;
  }

  /** Kept by the SHA-256 of its token. */
  async writeSession(token256: string, session: Session): Promise<void> {
    const now = Date.now();
    const ended = [...this.#sessions].filter(([, { expiresAt }]) => expiresAt <= now).map(([token]) => token);
    const [oldest] = this.#sessions.keys();
    if (ended.length === 0 && this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) ended.push(oldest);
    for (const token of ended) this.#sessions.delete(token);
    this.#sessions.set(token256, session);
    await this.#keepSessions([...ended.map((token) => [token, undefined] as const), [token256, session]]);
  }

  async readSession(token256: string): Promise<Session | undefined> {
    return this.#sessions.get(token256);
  }

  async removeSession(token256: string): Promise<void> {
    if (this.#sessions.delete(token256)) await this.#keepSessions([[token256, undefined]]);
  }

  /** A disk that refuses ends a session at a restart, and lets a page open until then. */
  async #keepSessions(puts: Puts<Session>): Promise<void> {
    await this.durable.write(toChanges(SESSIONS, puts)).catch(() => undefined);
  }

  async listen(listener: TeamListener): Promise<TeamSubscription> {
    this.#listeners.add(listener);
    listener.onConnect();
    return {
      close: async () => {
        this.#listeners.delete(listener);
      },
    };
  }

  get #epoch(): string {
    return this.#version === 0 ? '' : EPOCH;
  }

  /** One change after the other, so that each is decided on what the one before has left. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(work);
    this.#writing = result.catch(() => undefined);
    return result;
  }

  #toNumber(index: number): string {
    return String(this.#audited + index).padStart(AUDIT_DIGITS, '0');
  }

  #listOldEntries(added: number): string[] {
    return [...this.#audit.keys()].slice(0, Math.max(0, this.#audit.size + added - MAX_AUDIT_ENTRIES));
  }

  #apply(commit: Commit, entries: readonly (readonly [string, AuditEntry])[]): void {
    this.#version += 1;
    apply(this.#members, commit.members);
    apply(this.#keys, commit.keys);
    apply(this.#invites, commit.invites);
    apply(this.#digests, commit.digests);
    for (const number of this.#listOldEntries(entries.length)) this.#audit.delete(number);
    apply(this.#audit, entries);
    this.#audited += entries.length;
    const ids = commit.keys.map(([id]) => id);
    for (const { onChange } of this.#listeners) onChange(ids);
  }
}

function apply<T>(table: Map<string, T>, puts: Puts<T>): void {
  for (const [id, value] of puts) {
    if (value === undefined) table.delete(id);
    else table.set(id, value);
  }
}

function toChanges(namespace: string, puts: Puts<unknown>): Change[] {
  return puts.map(([key, value]) => ({
    namespace,
    key,
    value: value === undefined ? undefined : JSON.stringify(value),
  }));
}

/** Entries that another version wrote in another shape are left out. */
function readTable<T>(durable: DurableState, namespace: string, shape: z.ZodType<T>): Map<string, T> {
  const entries = [...durable.readEntries(namespace)].flatMap(([key, bytes]): [string, T][] => {
    const { data } = shape.safeParse(parseJson(bytes.toString()));
    return data === undefined ? [] : [[key, data]];
  });
  return new Map(entries);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
