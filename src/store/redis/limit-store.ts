/**
 * Counters for express-rate-limit: in Redis, one atomic step each, so that N replicas together admit exactly the limit.
 * While Redis is away each replica counts for itself, and every hit counts as many times as there are replicas.
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
    this.#shared = new RedisStore({ sendCommand: commandSender(link), prefix });
  }

  init(options: Options): void {
    // It loads its scripts at once and keeps a failure for ever; `commandSender` answers that itself.
    this.#shared.init(options);
    this.#local.init(options);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    try {
      return await this.#shared.increment(key);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      const { totalHits, resetTime } = await this.#local.increment(key);
      // The first one as itself: a limit below the number of replicas would let nobody in.
      return { totalHits: totalHits === 1 ? 1 : totalHits * this.replicas(), resetTime };
    }
  }

  /** How it stands, without counting; rejects with a StoreUnavailableError while Redis is away. */
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
 * rate-limit-redis 6 loads its scripts once, keeps a failed load for ever and lets NOSCRIPT escape on a cluster. So a
 * load is answered here with the script's digest, and a digest that Redis does not know is sent again as the script.
 */
function commandSender(link: RedisLink) {
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
