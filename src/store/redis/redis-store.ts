/** The store that replicas share. Each method is one round trip, and validates what it reads. */
import {
  type Fields,
  type LabelKind,
  MAX_KEPT_REQUESTS,
  type Slot,
  type StatsBatch,
} from '../../stats/batch.js';
import type { RequestRecord } from '../../stats/request-record.js';
import type { UsageByModel, UsageKey, UsagePart } from '../../stats/usage.js';
import { ENTRY_OVERHEAD_BYTES, MAX_KEPT_BYTES, MAX_OWNER_BYTES } from '../response-store.js';
import {
  type AddressCount,
  type Announcement,
  CONVERSATION_TTL_MS,
  LOST_REPLICA_MS,
  type LostReplica,
  MAX_LOST_REPLICAS,
  MINT_LEASE_MS,
  REPLICA_SILENCE_MS,
  type Replica,
  SPARE_TOKEN_TTL_MS,
  type Store,
  type TokenClaim,
} from '../store.js';
import { buildBatchCommand } from './batch-command.js';
import { Keys } from './keys.js';
import type { RedisLink } from './link.js';
import {
  parseCounters,
  parseLabels,
  parseReplica,
  parseRequest,
  parseScore,
  parseUsageKey,
} from './shapes.js';

const MAX_HASHES_AT_ONCE = 1_000;

export class RedisStore implements Store {
  readonly keys: Keys;

  constructor(
    readonly link: RedisLink,
    prefix: string,
  ) {
    this.keys = new Keys(prefix);
  }

  async findToken(conversation: string): Promise<string | undefined> {
    const token = await this.link.run(
      'findToken',
      [this.keys.conversation(conversation)],
      [CONVERSATION_TTL_MS],
    );
    return typeof token === 'string' ? token : undefined;
  }

  async claimToken(conversation: string, owner: string): Promise<TokenClaim> {
    const keys = [this.keys.conversation(conversation), this.keys.claim(conversation)];
    const reply = await this.link.run('claimToken', keys, [owner, MINT_LEASE_MS, CONVERSATION_TTL_MS]);
    const [kind, token] = Array.isArray(reply) ? (reply as unknown[]) : [];
    if (kind === 'token' && typeof token === 'string') return { token };
    return kind === 'mint' || kind === 'wait' ? kind : 'ambiguous';
  }

  async releaseClaim(conversation: string, owner: string): Promise<void> {
    await this.link.run('releaseClaim', [this.keys.claim(conversation)], [owner]);
  }

  async bindToken(conversation: string, token: string): Promise<string> {
    const keys = [this.keys.conversation(conversation), this.keys.claim(conversation)];
    const bound = await this.link.run('bindToken', keys, [token, CONVERSATION_TTL_MS]);
    return typeof bound === 'string' ? bound : token;
  }

  async rememberToken(conversation: string, token: string): Promise<void> {
    await this.link.run(
      'rememberToken',
      [this.keys.conversation(conversation)],
      [token, CONVERSATION_TTL_MS],
    );
  }

  async forgetToken(conversation: string, token: string): Promise<void> {
    await this.link.run('forgetToken', [this.keys.conversation(conversation)], [token, CONVERSATION_TTL_MS]);
  }

  async addSpareToken(token: string): Promise<void> {
    await this.link.run('addSpare', [this.keys.spares()], [token, SPARE_TOKEN_TTL_MS]);
  }

  async takeSpareToken(): Promise<string | undefined> {
    const token = await this.link.run('takeSpare', [this.keys.spares()], []);
    return typeof token === 'string' ? token : undefined;
  }

  async countSpareTokens(): Promise<number> {
    return Number(await this.link.run('countSpares', [this.keys.spares()], [])) || 0;
  }

  async recordBatch(batch: StatsBatch): Promise<void> {
    const { keys, args } = buildBatchCommand(batch, this.keys);
    await this.link.run('recordBatch', keys, args);
  }

  async readCounters(slots: readonly Slot[]): Promise<Fields[]> {
    const hashes = await this.#readHashes(slots.map((slot) => this.keys.counters(slot)));
    return hashes.map(parseCounters);
  }

  async readLabels(kind: LabelKind, slots: readonly Slot[]): Promise<ReadonlyMap<string, Fields>[]> {
    const hashes = await this.#readHashes(slots.map((slot) => this.keys.labels(kind, slot)));
    return hashes.map(parseLabels);
  }

  async readAddresses(hour: Slot, limit: number): Promise<AddressCount[]> {
    const busiest = await this.link.call((redis) =>
      redis
        .zrevrange(this.keys.addresses(hour, 'n'), 0, limit - 1, 'WITHSCORES')
        .catch(orIfUnexpectedType([])),
    );
    const addresses = busiest.filter((_, index) => index % 2 === 0);
    if (addresses.length === 0) return [];
    const [unauthorized, limited] = await this.link.call((redis) =>
      Promise.all(
        ['401', '429'].map((field) => {
          const key = this.keys.addresses(hour, field);
          // One write for all commands. ZMSCORE would need Redis 6.2.
          return Promise.all(
            addresses.map((address) => redis.zscore(key, address).catch(orIfUnexpectedType(null))),
          );
        }),
      ),
    );
    return addresses.map((address, index) => ({
      address,
      requests: parseScore(busiest[2 * index + 1]),
      unauthorized: parseScore(unauthorized?.[index]),
      limited: parseScore(limited?.[index]),
    }));
  }

  async listUsageKeys(since: number): Promise<UsageKey[]> {
    const read = await this.link.call((redis) =>
      redis.zrevrange(this.keys.usageKeys(), 0, -1, 'WITHSCORES').catch(orIfUnexpectedType([])),
    );
    const keys = read.flatMap((encoded, index) =>
      index % 2 === 0 ? (parseUsageKey(encoded, parseScore(read[index + 1])) ?? []) : [],
    );
    return keys.filter(({ lastAt }) => lastAt >= since);
  }

  async readUsage(parts: readonly UsagePart[]): Promise<UsageByModel[]> {
    const read: UsageByModel[] = [];
    // Other commands pass in between.
    for (let from = 0; from < parts.length; from += MAX_HASHES_AT_ONCE) {
      const some = parts.slice(from, from + MAX_HASHES_AT_ONCE);
      const hashes = await this.#readHashes(some.map((part) => this.keys.usage(part)));
      read.push(...hashes.map(parseLabels));
    }
    return read;
  }

  async readRequests(limit: number): Promise<RequestRecord[]> {
    const lines = await this.link.call((redis) =>
      redis.lrange(this.keys.requests(), 0, MAX_KEPT_REQUESTS - 1).catch(orIfUnexpectedType([])),
    );
    const requests = lines.flatMap((line) => parseRequest(line) ?? []);
    return requests.sort((one, other) => other.finishedAt - one.finishedAt).slice(0, limit);
  }

  async announce(replica: Announcement): Promise<number> {
    const keys = [this.keys.replicas(), this.keys.lostReplicas()];
    const args = [
      replica.id,
      JSON.stringify(replica),
      REPLICA_SILENCE_MS,
      LOST_REPLICA_MS,
      MAX_LOST_REPLICAS,
    ];
    return Number(await this.link.run('announceReplica', keys, args)) || 1;
  }

  async withdraw(id: string): Promise<void> {
    await this.link.call((redis) => redis.hdel(this.keys.replicas(), id));
  }

  async readReplicas(): Promise<Replica[]> {
    const reply = await this.link.run('listReplicas', [this.keys.replicas()], [REPLICA_SILENCE_MS]);
    const [now, ...lines] = Array.isArray(reply) ? (reply as string[]) : [];
    return lines.flatMap((line) => parseReplica(line, Number(now)) ?? []);
  }

  async readLostReplicas(): Promise<LostReplica[]> {
    const lost = await this.link.call((redis) =>
      redis.zrevrange(this.keys.lostReplicas(), 0, -1, 'WITHSCORES').catch(orIfUnexpectedType([])),
    );
    return lost.flatMap((id, index) =>
      index % 2 === 0 ? [{ id, lostAt: parseScore(lost[index + 1]) }] : [],
    );
  }

  async shareSecret(name: string, proposal: string): Promise<string> {
    const secret = await this.link.run('shareSecret', [this.keys.secret(name)], [proposal]);
    return typeof secret === 'string' && secret !== '' ? secret : proposal;
  }

  async claimReading(name: string, ms: number): Promise<boolean> {
    const { claim } = this.keys.reading(name);
    return (await this.link.call((redis) => redis.set(claim, '1', 'PX', ms, 'NX'))) === 'OK';
  }

  async keepReading(name: string, text: string, ms: number): Promise<void> {
    await this.link.call((redis) => redis.set(this.keys.reading(name).text, text, 'PX', ms));
  }

  async findReading(name: string): Promise<string | undefined> {
    const read = this.link.call((redis) =>
      redis.get(this.keys.reading(name).text).catch(orIfUnexpectedType(null)),
    );
    return (await read) ?? undefined;
  }

  async keepResponse(owner: string, id: string, sealed: Buffer, ttlMs: number): Promise<void> {
    const size = sealed.length + ENTRY_OVERHEAD_BYTES;
    const args = [owner, this.keys.keptEntries(), ttlMs, id, sealed, size, MAX_OWNER_BYTES, MAX_KEPT_BYTES];
    await this.link.run('keepResponse', this.keys.kept(owner), args);
  }

  async readResponses(owner: string, ids: readonly string[], ttlMs: number): Promise<(Buffer | undefined)[]> {
    if (ids.length === 0) return [];
    const args = [owner, this.keys.keptEntries(), ttlMs, ENTRY_OVERHEAD_BYTES, ...ids];
    const found = await this.link.run('readResponses', this.keys.kept(owner), args, 'Buffer');
    return (Array.isArray(found) ? found : []).map((entry) => (Buffer.isBuffer(entry) ? entry : undefined));
  }

  async deleteResponse(owner: string, id: string): Promise<boolean> {
    const args = [owner, this.keys.keptEntries(), 0, ENTRY_OVERHEAD_BYTES, id];
    return (await this.link.run('deleteResponse', this.keys.kept(owner), args)) === 1;
  }

  close(): Promise<void> {
    return this.link.close();
  }

  /** Reads hashes by one pipeline, since all keys of the statistics have the same hash slot. */
  async #readHashes(keys: readonly string[]): Promise<Record<string, string>[]> {
    if (keys.length === 0) return [];
    return this.link.call(async (redis) => {
      const pipeline = redis.pipeline();
      for (const key of keys) pipeline.hgetall(key);
      // A lost connection fails each reply. It is thrown here, so that the link classifies it.
      const replies = (await pipeline.exec()) ?? [];
      return replies.map(([error, hash]) =>
        error === null ? (hash as Record<string, string>) : orIfUnexpectedType({})(error),
      );
    });
  }
}

/** Treats keys of an unexpected type as empty. */
function orIfUnexpectedType<T>(empty: T): (error: Error) => T {
  return (error) => {
    if (error.message.startsWith('WRONGTYPE')) return empty;
    throw error;
  };
}
