/**
 * The connection to Redis and how much it is trusted: every call has a deadline, and a breaker leaves Redis alone while
 * it is down or too slow. The one place that builds ioredis clients.
 */
import { Cluster, Redis } from 'ioredis';
import type { Config } from '../../config.js';
import type { Logger } from '../../logger.js';
import { Keys } from './keys.js';
import { SCRIPTS } from './scripts.js';

export type LinkOptions = Pick<Config, 'redisUrls' | 'redisSentinels' | 'redisTimeoutMs'> &
  Partial<Pick<Config, 'redisPrefix'>>;

/** Slow answers in a row until Redis is left alone. One alone may be this process's own busy moment. */
const TOLERATED_TIMEOUTS = 2;
const PROBE_EVERY_MS = 500;
/** Redis answers, but can do nothing for us: full, its disk broken, still loading, no master, and the like. */
const UNABLE = /\b(?:OOM|MISCONF|READONLY|NOREPLICAS|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN)\b/;

/** The shared store cannot be asked now; what can go on without it does. */
export class StoreUnavailableError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'StoreUnavailableError';
  }
}

type Client = Redis | Cluster;
export type ScriptName = keyof typeof SCRIPTS;

export class RedisLink {
  readonly #client: Client;
  readonly #probeKey: string;
  #timeoutsInARow = 0;
  /** Why Redis is left alone; undefined: it is not. */
  #down: string | undefined = 'not connected yet';
  #lastError = '';
  #probe: NodeJS.Timeout | undefined;
  #closed = false;
  #latencyMs = 0;
  #calls = 0;

  constructor(
    private readonly options: LinkOptions,
    private readonly log: Logger,
  ) {
    this.#client = createClient(options);
    this.#probeKey = new Keys(options.redisPrefix ?? '').probe();
    this.#client.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
    this.#client.on('close', () => this.#open('the connection to Redis is lost'));
    this.#client.on('ready', () => void this.#tryAgain());
  }

  /** Why Redis is left alone at the moment; undefined: it is in use. */
  get down(): string | undefined {
    return this.#down;
  }

  /** Duration of the latest call, in milliseconds. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** Calls sent so far: what tests count round trips by. */
  get calls(): number {
    return this.#calls;
  }

  /** Resolves true once Redis is in use, false when it is not within `ms`. */
  async ready(ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    while (this.#down !== undefined && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return this.#down === undefined;
  }

  /** The latest error of the connection or of a probe, for a person. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Runs one of the scripts. Rejects with a StoreUnavailableError when Redis is down or late, else with its error. */
  run(script: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.call((client) => {
      const command = (client as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[script];
      const count = 'numberOfKeys' in SCRIPTS[script] ? [] : [keys.length];
      return (command as NonNullable<typeof command>).call(client, ...count, ...keys, ...args);
    });
  }

  /** Makes one call (one round trip, or one pipeline) under the deadline and the breaker. */
  async call<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#down !== undefined) throw new StoreUnavailableError(this.#down);
    const startedAt = performance.now();
    this.#calls += 1;
    try {
      const result = await withDeadline(work(this.#client), this.options.redisTimeoutMs);
      this.#timeoutsInARow = 0;
      this.#latencyMs = performance.now() - startedAt;
      return result;
    } catch (error) {
      throw this.#judge(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#probe);
    this.#client.disconnect();
  }

  #judge(error: unknown): unknown {
    if (error instanceof LateError) {
      this.#timeoutsInARow += 1;
      if (this.#timeoutsInARow > TOLERATED_TIMEOUTS)
        this.#open(`Redis did not answer in ${this.options.redisTimeoutMs} ms`);
      return new StoreUnavailableError('Redis is late');
    }
    if (!(error instanceof Error) || error instanceof TypeError) return error;
    // Everything else than Redis's own word comes from a connection that was lost, or never there.
    if (error.name !== 'ReplyError') return new StoreUnavailableError(error.message);
    if (!UNABLE.test(error.message)) return error;
    this.#open(`Redis cannot work: ${error.message}`);
    return new StoreUnavailableError(error.message);
  }

  #open(reason: string): void {
    if (this.#closed) return;
    if (this.#down === undefined) this.log.warn(`${reason}: going on without it (X-Gateway-Mode: degraded)`);
    this.#down = reason;
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => void this.#tryAgain(), PROBE_EVERY_MS).unref();
  }

  /** Asks Redis whether it is back: by a write, since a full one and one that is paused for writes answer the rest. */
  async #tryAgain(): Promise<void> {
    if (this.#closed || this.#down === undefined) return;
    const wasNew = this.#down === 'not connected yet';
    try {
      if (this.#client.status !== 'ready') throw new LateError();
      // Nothing, put into a key that is not there: it stays that way.
      await withDeadline(this.#client.setrange(this.#probeKey, 0, ''), this.options.redisTimeoutMs);
      if (this.#down === undefined) return;
      this.#down = undefined;
      this.#timeoutsInARow = 0;
      this.log.info(wasNew ? 'Redis is in use' : 'Redis is back: everything is shared again');
    } catch (error) {
      if ((error as Error).name === 'ReplyError') this.#lastError = (error as Error).message;
      this.#schedule();
    }
  }
}

class LateError extends Error {}

/**
 * Rejects with a LateError after `ms`. The answer may be in the socket while this process was busy: one turn of the
 * event loop is left to read it.
 */
async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => setImmediate(() => reject(new LateError()))), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function createClient({ redisUrls, redisSentinels }: LinkOptions): Client {
  const [first = ''] = redisUrls;
  const client: Client =
    redisUrls.length > 1
      ? cluster(redisUrls)
      : redisSentinels.length > 0
        ? new Redis(behindSentinels(first, redisSentinels))
        : new Redis(single(first));
  for (const [name, script] of Object.entries(SCRIPTS)) client.defineCommand(name, script);
  return client;
}

const COMMON = {
  protocol: 2,
  // A command that cannot be sent now is of no use later; the callers have their own ways on.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
} as const;

/** redis:// and rediss:// with user, password and database. */
function single(url: string) {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    ...COMMON,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1) || 0),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** The URL's host is then the name of the master. */
function behindSentinels(url: string, sentinels: LinkOptions['redisSentinels']) {
  const { host, port, ...rest } = single(url);
  return {
    ...rest,
    name: host,
    sentinels: sentinels.map((one) => ({ ...one })),
    sentinelRetryStrategy: (times: number) => Math.min(100 * times, 1_000),
  };
}

function cluster(urls: readonly string[]): Cluster {
  const nodes = urls.map((url) => {
    const { host, port } = single(url);
    return { host, port };
  });
  // Taken out: what the nodes have each, or a cluster has not.
  const { host, port, db, enableOfflineQueue, retryStrategy, ...redisOptions } = single(urls[0] ?? '');
  return new Cluster(nodes, {
    redisOptions,
    enableOfflineQueue: false,
    clusterRetryStrategy: (times: number) => Math.min(100 * times, 1_000),
    slotsRefreshTimeout: 2_000,
  });
}
