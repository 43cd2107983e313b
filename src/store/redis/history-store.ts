/** The history that replicas share. */

import { groupByHour, isFailure } from '../../history/history-recorder.js';
import { ADDRESSES_KEPT_MS, type HistoryStore, HOUR_LIMITS } from '../../history/history-store.js';
import { DAY_MS, HOUR_MS } from '../../stats/batch.js';
import type { RequestRecord } from '../../stats/request-record.js';
import type { Client } from './client.js';
import { Keys } from './keys.js';
import type { RedisLink } from './link.js';
import { parseRequest } from './shapes.js';

export class RedisHistoryStore implements HistoryStore {
  readonly #keys: Keys;

  constructor(
    private readonly link: RedisLink,
    prefix: string,
    private readonly days: number,
    private readonly now: () => number = Date.now,
  ) {
    this.#keys = new Keys(prefix);
  }

  async write(records: readonly RequestRecord[]): Promise<void> {
    for (const [hour, own] of groupByHour(records)) await this.#writeHour(hour, own);
  }

  async #writeHour(hour: number, records: readonly RequestRecord[]): Promise<void> {
    const { entries, newest, slowest, failures, addresses } = this.#keys.history(hour);
    const age = this.now() - hour * HOUR_MS;
    const lifetime = Math.round((this.days * DAY_MS + HOUR_MS - age) / 1000);
    if (lifetime <= 0) return;
    const lines = records.map(({ clientAddress, ...record }) => ({
      id: record.requestId,
      at: record.finishedAt,
      ms: record.durationMs,
      line: JSON.stringify(record),
      failed: isFailure(record as RequestRecord),
      address: clientAddress.slice(0, 64),
    }));
    await this.link.run(
      'writeHistory',
      [entries, newest, slowest, failures, addresses],
      [
        lifetime,
        Math.max(0, Math.floor((ADDRESSES_KEPT_MS - age) / 1000)),
        HOUR_LIMITS.newest,
        HOUR_LIMITS.slowest,
        HOUR_LIMITS.failures,
        JSON.stringify(lines),
      ],
    );
  }

  async readHours(hours: readonly number[]): Promise<RequestRecord[][]> {
    const keys = hours.map((hour) => this.#keys.history(hour));
    const [entries, addresses] = await Promise.all([
      this.#readHashes(keys.map((key) => key.entries)),
      this.#readHashes(keys.map((key) => key.addresses)),
    ]);
    return entries.map((hash, index) =>
      Object.entries(hash)
        .flatMap(([id, line]) => parseEntry(line, addresses[index]?.[id]) ?? [])
        .sort((one, other) => other.finishedAt - one.finishedAt),
    );
  }

  async find(requestId: string, hours: readonly number[]): Promise<RequestRecord | undefined> {
    const keys = hours.map((hour) => this.#keys.history(hour));
    const lines = await this.link.call((redis) =>
      Promise.all(keys.map(({ entries }) => redis.hget(entries, requestId).catch(orIfUnexpectedType(null)))),
    );
    const index = lines.findIndex((line) => typeof line === 'string');
    const key = keys[index];
    if (key === undefined) return undefined;
    const address = await this.link.call((redis) =>
      redis.hget(key.addresses, requestId).catch(orIfUnexpectedType(null)),
    );
    return parseEntry(lines[index] ?? '', address ?? undefined);
  }

  #readHashes(keys: readonly string[]): Promise<Record<string, string>[]> {
    return this.link.call((redis: Client) =>
      Promise.all(keys.map((key) => redis.hgetall(key).catch(orIfUnexpectedType({})))),
    );
  }
}

function parseEntry(line: string, clientAddress = ''): RequestRecord | undefined {
  return parseRequest(line.slice(line.indexOf(' ') + 1), { clientAddress });
}

function orIfUnexpectedType<T>(empty: T): (error: Error) => T {
  return (error) => {
    if (error.message.startsWith('WRONGTYPE')) return empty;
    throw error;
  };
}
