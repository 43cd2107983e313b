/**
 * Counters for express-rate-limit in Redis. Each increment is atomic, so that all replicas together admit exactly the
 * limit. While Redis is unavailable, each replica counts alone, and multiplies its hits by the number of replicas.
 */
import { createHash } from 'node:crypto';
import { type ClientRateLimitInfo, MemoryStore, type Options, type Store } from 'express-rate-limit';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import { StoreUnavailableError } from '../store.js';
import type { RedisLink } from './link.js';

export class SharedLimitStore implements Store {
  readonly localKeys = false;
  readonly prefix: string;
  readonly #shared: RedisStore;
  readonly #local = new MemoryStore();

  constructor(
    link: RedisLink,
    prefix: string,
    private readonly replicas: () => number,
  ) {
    this.prefix = prefix;
    this.#shared = new RedisStore({ sendCommand: createCommandSender(link), prefix });
  }

  init(options: Options): void {
    // It loads its scripts at once and keeps a failed load forever, so `createCommandSender` answers that itself.
    this.#shared.init(options);
    this.#local.init(options);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    try {
      return await this.#shared.increment(key);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      const { totalHits, resetTime } = await this.#local.increment(key);
      // The first hit counts once, else a limit below the number of replicas would admit no request.
      return { totalHits: totalHits === 1 ? 1 : totalHits * this.replicas(), resetTime };
    }
  }

  /** Reads the count without incrementing it. Rejects with a StoreUnavailableError while Redis is unavailable. */
  async get(key: string): Promise<ClientRateLimitInfo | undefined> {
    return this.#shared.get(key);
  }

  async decrement(key: string): Promise<void> {
    await this.#shared.decrement(key);
  }

  async resetKey(key: string): Promise<void> {
    await this.#shared.resetKey(key);
  }
}

/**
 * Works around rate-limit-redis 6, which loads its scripts once, keeps a failed load forever, and does not handle NOSCRIPT
 * on a cluster. A load is answered here with the script's digest; if Redis does not know the digest, the script is sent.
 */
function createCommandSender(link: RedisLink) {
  const scripts = new Map<string, string>();
  return async (...args: string[]): Promise<RedisReply> => {
    const [command = '', first = '', script = '', ...rest] = args;
    if (command === 'SCRIPT' && first === 'LOAD') {
      const digest = createHash('sha1').update(script).digest('hex');
      scripts.set(digest, script);
      return digest;
    }
    return link.call(async (redis) => {
      const call = (name: string, ...values: string[]) => redis.call(name, ...values) as Promise<RedisReply>;
      if (command !== 'EVALSHA') return call(command, ...args.slice(1));
      try {
        return await call('EVALSHA', first, script, ...rest);
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
        return call('EVAL', scripts.get(first) ?? '', script, ...rest);
      }
    });
  };
}
