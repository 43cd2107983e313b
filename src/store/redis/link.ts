/**
 * The connection to Redis and how much it is trusted: every call has a deadline, and a breaker leaves Redis alone while
 * it is down, too slow, or refuses what the gateway needs.
 */
import { Cluster, Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import type { Logger } from '../../logger.js';
import { StoreUnavailableError } from '../store.js';
import { checkRedis, duplicateConnection, RedisRefusalError, trySubscribe } from './check.js';
import { type Client, createClient, isSingleEndpoint } from './client.js';
import { LateError, withDeadline } from './deadline.js';
import { Keys } from './keys.js';
import { describeReply, isRedirect, isRefusal, isReply, isWrongServer } from './reply-errors.js';
import { SCRIPTS } from './scripts.js';

export type ScriptName = keyof typeof SCRIPTS;

export type LinkOptions = Pick<Config, 'redisUrls' | 'redisSentinels' | 'redisTimeoutMs'> &
  Partial<Pick<Config, 'redisPrefix'>>;

/** Slow answers in a row until Redis is left alone. One alone may be this process's own busy moment. */
const TOLERATED_TIMEOUTS = 2;
const CHECK_EVERY_MS = 500;
/** Where a call is refused so soon after a check went well, the checks miss something: they wait twice as long. */
const RELAPSE_MS = 2_000;
const MAX_CHECK_EVERY_MS = 5_000;
/** Checks without an answer in a row until the connection is replaced: a dead host never closes it. */
const MAX_LATE_CHECKS = 3;

export class RedisLink {
  #client: Client;
  readonly #keys: Keys;
  #timeoutsInARow = 0;
  /** Why Redis is left alone; `undefined` while it is in use. */
  #down: string | undefined = 'not connected yet';
  #lastError = '';
  #refusal: RedisRefusalError | undefined;
  #wasUsed = false;
  #maySubscribe = false;
  #check: NodeJS.Timeout | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checkEveryMs = CHECK_EVERY_MS;
  #lateChecks = 0;
  #usedSince = Number.NEGATIVE_INFINITY;
  #closed = false;
  #latencyMs = 0;
  #calls = 0;

  constructor(
    private readonly options: LinkOptions,
    private readonly log: Logger,
  ) {
    this.#keys = new Keys(options.redisPrefix ?? '');
    this.#client = this.#connect();
  }

  /** Why Redis is left alone at the moment; `undefined` while it is in use. */
  get down(): string | undefined {
    return this.#down;
  }

  /** What Redis refused at the latest check, `undefined` when it refused nothing. */
  get refusal(): RedisRefusalError | undefined {
    return this.#refusal;
  }

  get isCluster(): boolean {
    return this.#client instanceof Cluster;
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
    await waitUntil(() => this.#down === undefined, ms);
    return this.#down === undefined;
  }

  /** Resolves once Redis is in use or has refused something, at the latest after `ms`. */
  async settled(ms: number): Promise<void> {
    await waitUntil(() => this.#down === undefined || this.#refusal !== undefined, ms);
  }

  /** The latest error of the connection or of a check, for a person. */
  get lastError(): string {
    return this.#lastError;
  }

  /**
   * Runs one of the scripts; with `Buffer` its texts are bytes. Rejects with a StoreUnavailableError when Redis is down or
   * late, else with its error.
   */
  run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
    replies: '' | 'Buffer' = '',
  ): Promise<unknown> {
    return this.call((client) => {
      const commands = client as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>;
      const command = commands[`${script}${replies}`];
      const count = 'numberOfKeys' in SCRIPTS[script] ? [] : [keys.length];
      return (command as NonNullable<typeof command>).call(client, ...count, ...keys, ...args);
    });
  }

  /** Makes one call (one round trip, or one pipeline) under the deadline and the breaker. */
  async call<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#down !== undefined) throw new StoreUnavailableError(this.#down);
    const startedAt = performance.now();
    const client = this.#client;
    this.#calls += 1;
    try {
      const result = await withDeadline(work(client), this.options.redisTimeoutMs);
      this.#timeoutsInARow = 0;
      this.#latencyMs = performance.now() - startedAt;
      return result;
    } catch (error) {
      throw this.#classifyError(error, client);
    }
  }

  /** A connection of its own for subscriptions, not connected yet; `undefined` when there is no server to connect to. */
  duplicateConnection(): Redis | undefined {
    return duplicateConnection(this.#client);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#check);
    this.#client.disconnect();
  }

  #classifyError(error: unknown, client: Client): unknown {
    if (error instanceof LateError) {
      this.#timeoutsInARow += 1;
      if (this.#timeoutsInARow > TOLERATED_TIMEOUTS)
        this.#open(`Redis did not answer in ${this.options.redisTimeoutMs} ms`);
      return new StoreUnavailableError('Redis is late');
    }
    if (!(error instanceof Error) || error instanceof TypeError) return error;
    // Everything else than Redis's own word comes from a connection that was lost, or never there.
    if (!isReply(error)) return new StoreUnavailableError(error.message);
    if (!isRefusal(error)) return error;
    const reason = `Redis refuses to work: ${describeReply(error.message)}`;
    if (client === this.#client) {
      // The user's rights may have changed.
      this.#maySubscribe = false;
      const isRelapse = performance.now() - this.#usedSince < RELAPSE_MS;
      this.#open(reason, isRelapse ? Math.min(2 * this.#checkEveryMs, MAX_CHECK_EVERY_MS) : CHECK_EVERY_MS);
      this.#leaveServer(error.message);
    }
    return new StoreUnavailableError(reason);
  }

  #connect(asCluster = false): Client {
    const client = createClient(this.options, asCluster);
    const ifCurrent =
      <T extends unknown[]>(react: (...args: T) => void) =>
      (...args: T) => {
        if (client === this.#client) react(...args);
      };
    client.on(
      'error',
      ifCurrent((error: Error & { lastNodeError?: Error }) => this.#noteError(error)),
    );
    // Of a cluster, such as a node that is listed by an address which is out of reach from here.
    client.on(
      'node error',
      ifCurrent((error: Error, node: string) => {
        this.#lastError = `${node}: ${error.message}`;
      }),
    );
    client.on(
      'close',
      ifCurrent(() => this.#open(this.#down ?? 'the connection to Redis is lost')),
    );
    client.on(
      'ready',
      ifCurrent(() => this.#schedule(this.#checkedAt + this.#checkEveryMs - performance.now())),
    );
    return client;
  }

  /** Of the connection, such as a refused password; a cluster's client wraps what a node said. */
  #noteError(error: Error & { lastNodeError?: Error }): void {
    const cause = error.lastNodeError ?? error;
    this.#lastError = cause.message;
    const refusal = RedisRefusalError.from(cause);
    if (refusal !== undefined && this.#down !== undefined) this.#noteRefusal(refusal);
  }

  #open(reason: string, checkEveryMs = CHECK_EVERY_MS): void {
    if (this.#closed) return;
    if (this.#down === undefined) {
      this.log.warn(`${reason}: going on without it (X-Gateway-Mode: degraded)`);
      this.#checkEveryMs = checkEveryMs;
    }
    this.#down = reason;
    this.#schedule(this.#checkEveryMs);
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#check);
    this.#check = setTimeout(() => void this.#tryAgain(), Math.max(0, ms)).unref();
  }

  /** Takes Redis into use again once it does everything that the gateway needs. */
  async #tryAgain(): Promise<void> {
    if (this.#closed || this.#down === undefined) return;
    const client = this.#client;
    this.#checkedAt = performance.now();
    try {
      if (client.status !== 'ready') throw new NotConnectedError();
      await checkRedis(client, this.options, this.#keys);
      if (!this.#maySubscribe) await trySubscribe(client, this.#keys);
      this.#maySubscribe = true;
      if (client !== this.#client || this.#down === undefined) return;
      this.#down = undefined;
      this.#refusal = undefined;
      this.#timeoutsInARow = 0;
      this.#lateChecks = 0;
      this.#usedSince = performance.now();
      this.log.info(this.#wasUsed ? 'Redis is back: everything is shared again' : 'Redis is in use');
      this.#wasUsed = true;
    } catch (error) {
      if (client !== this.#client || this.#down === undefined) return;
      this.#noteFailedCheck(error);
      this.#schedule(this.#checkEveryMs);
    }
  }

  #noteFailedCheck(error: unknown): void {
    this.#lateChecks = error instanceof LateError ? this.#lateChecks + 1 : 0;
    if (this.#lateChecks >= MAX_LATE_CHECKS) {
      this.#lateChecks = 0;
      this.#client.disconnect(true);
    }
    const refusal = RedisRefusalError.from(error);
    if (refusal === undefined) return;
    this.#noteRefusal(refusal);
    this.#leaveServer(refusal.reply);
  }

  #noteRefusal(refusal: RedisRefusalError): void {
    this.#refusal = refusal;
    this.#lastError = refusal.message;
    this.#down = refusal.message;
  }

  /** After a redirect connects to the cluster's nodes; after a wrong server looks the name up again. */
  #leaveServer(reply: string): void {
    if (isRedirect(reply) && this.#client instanceof Redis && isSingleEndpoint(this.options))
      this.#useCluster();
    else if (isWrongServer(reply) && this.#client.status === 'ready') this.#client.disconnect(true);
  }

  #useCluster(): void {
    const single = this.#client;
    this.log.info('REDIS_URL is an endpoint of a Redis Cluster: connecting to its nodes (database 0)');
    this.#client = this.#connect(true);
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    this.#refusal = undefined;
    this.#lastError = '';
    this.#down = 'Redis is a cluster whose nodes are not connected yet';
    single.disconnect();
  }
}

class NotConnectedError extends Error {}

async function waitUntil(isSo: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (!isSo() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 25));
}
