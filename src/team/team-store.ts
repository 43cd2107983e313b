/**
 * Where a team is stored: in Redis, or in memory and on disk. Changes are read, decided in the gateway, and committed if
 * nobody has changed the team meanwhile. One contract suite tests every implementation.
 */
import type { Commit } from './core/draft.js';
import type { AuditEntry, Key, Member, Session, Team } from './core/entities.js';

/** A key by one of its secrets, and of which state of the store. */
export interface Found {
  readonly version: number;
  readonly epoch: string;
  /** `undefined` if no key has this secret. */
  readonly key: Key | undefined;
  readonly member: Member | undefined;
}

/** Tells a replica of changes that any replica has made. */
export interface TeamListener {
  /** These keys were changed or removed, or their members were. */
  readonly onChange: (keyIds: readonly string[]) => void;
  /** Changes may have been missed: nothing that was read before is fresh. Called at the first connection too. */
  readonly onConnect: () => void;
}

export interface TeamSubscription {
  close(): Promise<void>;
}

/** Methods reject with a StoreUnavailableError while the store is away. */
export interface TeamStore {
  read(): Promise<Team>;
  /** One round trip. */
  findKey(sha256: string): Promise<Found>;
  /**
   * Applies the commit if the team's version is still the one that was read, and resolves when it is durable. Atomic.
   * @returns whether it was applied
   */
  commit(team: Pick<Team, 'version' | 'epoch'>, commit: Commit): Promise<boolean>;
  /** The newest entries, newest first. */
  readAudit(limit: number): Promise<AuditEntry[]>;
  /** The hash of the admin's password that was made at a start, `undefined` when there is none. */
  readAdminHash(): Promise<string | undefined>;
  /** Stores the hash; with `onlyIfMissing` unless there is one. @returns whether it was stored */
  writeAdminHash(hash: string, onlyIfMissing: boolean): Promise<boolean>;
  /** Stores a session by the SHA-256 of its token, until it expires. */
  writeSession(token256: string, session: Session): Promise<void>;
  readSession(token256: string): Promise<Session | undefined>;
  removeSession(token256: string): Promise<void>;
  listen(listener: TeamListener): Promise<TeamSubscription>;
  /** Whether the store writes to a disk, `undefined` when it does not tell. */
  isPersistent(): Promise<boolean | undefined>;
  /** Whether the team outlives the process. */
  readonly isKept: boolean;
}
