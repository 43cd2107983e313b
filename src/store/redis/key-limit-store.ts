/**
 * Counter of the requests of each managed key in Redis. The script that counts tells the key's revision, so that a changed key
 * is noticed without another round trip. While Redis is away, each replica counts alone, as in limit-store.ts.
 */
import { type ClientRateLimitInfo, MemoryStore, type Options, type Store } from 'express-rate-limit';
import { StoreUnavailableError } from '../store.js';
import { Keys } from './keys.js';
import type { RedisLink } from './link.js';

/** Called with the revision of a key; `undefined` when Redis has none. */
export type OnRevision = (keyId: string, revision: number | undefined) => void;

export class KeyLimitStore implements Store {
  readonly localKeys = false;
  readonly #keys: Keys;
  readonly #local = new MemoryStore();
  #windowMs = 60_000;

  constructor(
    private readonly link: RedisLink,
    prefix: string,
    private readonly replicas: () => number,
    private readonly onRevision: OnRevision,
  ) {
    this.#keys = new Keys(prefix);
  }

  init(options: Options): void {
    this.#windowMs = options.windowMs;
    this.#local.init(options);
  }

  async increment(keyId: string): Promise<ClientRateLimitInfo> {
    const { revision, rate } = this.#keys.key(keyId);
    try {
      const reply = await this.link.run('teamCountKey', [revision, rate], [this.#windowMs]);
      const [current, hits, leftMs] = Array.isArray(reply) ? (reply as unknown[]) : [];
      this.onRevision(keyId, current === '' ? undefined : Number(current));
      return { totalHits: Number(hits) || 0, resetTime: new Date(Date.now() + (Number(leftMs) || 0)) };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      const { totalHits, resetTime } = await this.#local.increment(keyId);
      return { totalHits: totalHits === 1 ? 1 : totalHits * this.replicas(), resetTime };
    }
  }

  async get(keyId: string): Promise<ClientRateLimitInfo | undefined> {
    const { rate } = this.#keys.key(keyId);
    const [hits, leftMs] = await this.link.call((redis) => Promise.all([redis.get(rate), redis.pttl(rate)]));
    if (hits === null) return undefined;
    return { totalHits: Number(hits) || 0, resetTime: new Date(Date.now() + Math.max(0, leftMs)) };
  }

  async decrement(): Promise<void> {
    throw new Error('requests of managed keys are not uncounted');
  }

  async resetKey(keyId: string): Promise<void> {
    await this.link.call((redis) => redis.del(this.#keys.key(keyId).rate));
  }
}
