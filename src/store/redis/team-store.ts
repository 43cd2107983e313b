/** The team that replicas share. Every method is one script and one round trip; changes are told by PUBLISH. */
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { Commit, Puts } from '../../team/core/draft.js';
import {
  AUDIT_ENTRY,
  type AuditEntry,
  INVITE,
  KEY,
  MAX_AUDIT_ENTRIES,
  MEMBER,
  SESSION,
  type Session,
  type Team,
} from '../../team/core/entities.js';
import type { Found, TeamListener, TeamStore, TeamSubscription } from '../../team/team-store.js';
import { Keys } from './keys.js';
import type { RedisLink } from './link.js';
import { Subscriber } from './subscriber.js';

/** Replicas compare a cached key with its revision; without one they read the key again. */
const REVISION_TTL_MS = 30 * 24 * 60 * 60 * 1000;
/** The revision of a removed key: differs from any that a replica may have cached. */
const REMOVED = -1;

export class RedisTeamStore implements TeamStore {
  readonly isKept = true;
  readonly #keys: Keys;

  constructor(
    private readonly link: RedisLink,
    prefix: string,
  ) {
    this.#keys = new Keys(prefix);
  }

  async read(): Promise<Team> {
    const { meta, members, keys, invites } = this.#keys.team();
    const reply = await this.link.run('teamRead', [meta, members, keys, invites], []);
    const [version, epoch, ...tables] = Array.isArray(reply) ? (reply as unknown[]) : [];
    return {
      version: Number(version) || 0,
      epoch: String(epoch ?? ''),
      members: parseTable(tables[0], MEMBER),
      keys: parseTable(tables[1], KEY),
      invites: parseTable(tables[2], INVITE),
    };
  }

  async findKey(sha256: string): Promise<Found> {
    const { meta, members, keys, digests } = this.#keys.team();
    const reply = await this.link.run('teamFindKey', [meta, members, keys, digests], [sha256]);
    const [version, epoch, key, member] = Array.isArray(reply) ? (reply as unknown[]) : [];
    return {
      version: Number(version) || 0,
      epoch: String(epoch ?? ''),
      key: parseEntry(key, KEY),
      member: parseEntry(member, MEMBER),
    };
  }

  async commit({ version, epoch }: Pick<Team, 'version' | 'epoch'>, commit: Commit): Promise<boolean> {
    const { meta, members, keys, invites, digests, audit } = this.#keys.team();
    const puts = [
      ...toPuts(2, commit.members, JSON.stringify),
      ...toPuts(3, commit.keys, JSON.stringify),
      ...toPuts(4, commit.invites, JSON.stringify),
      ...toPuts(5, commit.digests, String),
    ];
    const change = { puts, audit: commit.audit.map((entry) => JSON.stringify(entry)) };
    const ids = commit.keys.map(([id]) => id);
    const applied = await this.link.run(
      'teamCommit',
      [meta, members, keys, invites, digests, audit],
      [
        version,
        epoch,
        randomBytes(8).toString('hex'),
        JSON.stringify(change),
        MAX_AUDIT_ENTRIES,
        this.#keys.teamChannel(),
        JSON.stringify(ids),
      ],
    );
    if (applied !== 1) return false;
    await this.#writeRevisions(commit.keys.map(([id, key]) => [id, key?.revision] as const));
    return true;
  }

  async readAudit(limit: number): Promise<AuditEntry[]> {
    const lines = await this.link.call((redis) =>
      redis.lrange(this.#keys.team().audit, 0, limit - 1).catch(orEmpty),
    );
    return lines.flatMap((line) => parseEntry(line, AUDIT_ENTRY) ?? []);
  }

  async readAdminHash(): Promise<string | undefined> {
    const hash = await this.link.call((redis) => redis.get(this.#keys.team().admin).catch(() => null));
    return hash || undefined;
  }

  async writeAdminHash(hash: string, onlyIfMissing: boolean): Promise<boolean> {
    const args = [hash, onlyIfMissing ? '1' : '0'];
    return (await this.link.run('teamSetAdmin', [this.#keys.team().admin], args)) === 1;
  }

  /** Hosted servers often forbid CONFIG; that is no reason to stop using them. */
  async isPersistent(): Promise<boolean | undefined> {
    const readSetting = async (name: string): Promise<string | undefined> => {
      const reply = await this.link.call((redis) => redis.call('CONFIG', 'GET', name).catch(() => undefined));
      return Array.isArray(reply) && reply.length === 2 ? String(reply[1]) : undefined;
    };
    const [snapshots, log] = await Promise.all([readSetting('save'), readSetting('appendonly')]);
    return snapshots === undefined || log === undefined ? undefined : snapshots !== '' || log === 'yes';
  }

  async writeSession(token256: string, session: Session): Promise<void> {
    const ttlMs = Math.max(1, session.expiresAt - Date.now());
    const key = this.#keys.session(token256);
    await this.link.call((redis) => redis.set(key, JSON.stringify(session), 'PX', ttlMs));
  }

  async readSession(token256: string): Promise<Session | undefined> {
    const text = await this.link.call((redis) => redis.get(this.#keys.session(token256)).catch(() => null));
    return parseEntry(text, SESSION);
  }

  async removeSession(token256: string): Promise<void> {
    await this.link.call((redis) => redis.del(this.#keys.session(token256)));
  }

  listen({ onChange, onConnect }: TeamListener): Promise<TeamSubscription> {
    return Subscriber.open(this.link, [this.#keys.teamChannel()], {
      onConnect,
      onMessage: (message) => onChange(parseIds(message)),
    });
  }

  /**
   * The change is stored already. A revision that cannot be written is missed for as long as replicas cache a key; the
   * message told them, too.
   */
  async #writeRevisions(revisions: readonly (readonly [id: string, revision: number | undefined])[]) {
    if (revisions.length === 0) return;
    const write = this.link.call((redis) =>
      Promise.all(
        revisions.map(([id, revision]) =>
          redis.set(this.#keys.key(id).revision, revision ?? REMOVED, 'PX', REVISION_TTL_MS),
        ),
      ),
    );
    await write.catch(() => undefined);
  }
}

function toPuts<T>(table: number, puts: Puts<T>, write: (value: T) => string) {
  return puts.map(([id, value]) => [table, id, value === undefined ? '' : write(value)] as const);
}

/** From `id, JSON, …`. Values that another version or program wrote are left out. */
function parseTable<T>(reply: unknown, shape: z.ZodType<T>): ReadonlyMap<string, T> {
  const list = Array.isArray(reply) ? reply.map(String) : [];
  const entries = list.flatMap((id, index): [string, T][] => {
    const value = index % 2 === 0 ? parseEntry(list[index + 1], shape) : undefined;
    return value === undefined ? [] : [[id, value]];
  });
  return new Map(entries);
}

function parseEntry<T>(text: unknown, shape: z.ZodType<T>): T | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  return shape.safeParse(parseJson(text)).data;
}

function parseIds(message: string): string[] {
  const ids = parseJson(message);
  return Array.isArray(ids) ? ids.map(String) : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function orEmpty(error: Error): string[] {
  if (error.message.startsWith('WRONGTYPE')) return [];
  throw error;
}
