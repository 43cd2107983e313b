/**
 * The connection to Redis, with a deadline for each call and a circuit breaker. The circuit is open while Redis is down, too
 * slow, or refuses a command that the gateway needs.
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

/** Consecutive timeouts that do not open the circuit: a single one may be caused by this process being busy. */
const MAX_TOLERATED_TIMEOUTS = 2;
const CHECK_INTERVAL_MS = 500;
/** A refusal this soon after a successful check doubles the interval of checks, since the check missed something. */
const RELAPSE_MS = 2_000;
const MAX_CHECK_INTERVAL_MS = 5_000;
/** Consecutive checks without a reply until the connection is replaced, since a dead host does not close it. */
const MAX_LATE_CHECKS = 3;

export class RedisLink {
  #client: Client;
  readonly #keys: Keys;
  #timeoutsInARow = 0;
  /** Reason for the open circuit, `undefined` while Redis is in use. */
  #down: string | undefined = 'not connected yet';
  #lastError = '';
  #refusal: RedisRefusalError | undefined;
  #wasUsed = false;
  #maySubscribe = false;
  #check: NodeJS.Timeout | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checkIntervalMs = CHECK_INTERVAL_MS;
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

  /** Reason for the open circuit, `undefined` while Redis is in use. */
  get down(): string | undefined {
    return this.#down;
  }

  /** The refusal at the latest check, `undefined` when there was none. */
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

  /** Number of calls so far, by which tests count round trips. */
  get calls(): number {
    return this.#calls;
  }

  /** Resolves to true once Redis is in use, and to false if it is not within `ms` milliseconds. */
  async ready(ms: number): Promise<boolean> {
    await waitUntil(() => this.#down === undefined, ms);
    return this.#down === undefined;
  }

  /** Resolves once Redis is in use or has refused a command, at the latest after `ms` milliseconds. */
  async settled(ms: number): Promise<void> {
    await waitUntil(() => this.#down === undefined || this.#refusal !== undefined, ms);
  }

  /** The latest error of the connection or of a check, for a person. */
  get lastError(): string {
    return this.#lastError;
  }

  /**
   * Runs a script. With `Buffer`, strings of the reply are Buffers. Rejects with a StoreUnavailableError when Redis is
   * unavailable or late, else with the error of Redis.
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

  /** Makes one call (a command or a pipeline) with the deadline and the circuit breaker. Rejects as `run` does. */
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

  /** Creates a separate connection for subscriptions. @returns undefined if there is no server to connect to */
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
      if (this.#timeoutsInARow > MAX_TOLERATED_TIMEOUTS)
        this.#open(`Redis did not answer in ${this.options.redisTimeoutMs} ms`);
      return new StoreUnavailableError('Redis is late');
    }
    if (!(error instanceof Error) || error instanceof TypeError) return error;
    // Other errors come from a connection that was lost or never established.
    if (!isReply(error)) return new StoreUnavailableError(error.message);
    if (!isRefusal(error)) return error;
    const reason = `Redis refuses to work: ${describeReply(error.message)}`;
    if (client === this.#client) {
      // The user's rights may have changed.
      this.#maySubscribe = false;
      const isRelapse = performance.now() - this.#usedSince < RELAPSE_MS;
      this.#open(
        reason,
        isRelapse ? Math.min(2 * this.#checkIntervalMs, MAX_CHECK_INTERVAL_MS) : CHECK_INTERVAL_MS,
      );
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
    // For example, a node of a cluster that is listed by an unreachable address.
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
      ifCurrent(() => this.#schedule(this.#checkedAt + this.#checkIntervalMs - performance.now())),
    );
    return client;
  }

  /** Notes an error of the connection, such as a refused password. A cluster's client wraps the error of a node. */
  #noteError(error: Error & { lastNodeError?: Error }): void {
    const cause = error.lastNodeError ?? error;
    this.#lastError = cause.message;
    const refusal = RedisRefusalError.from(cause);
    if (refusal !== undefined && this.#down !== undefined) this.#noteRefusal(refusal);
  }

  #open(reason: string, checkIntervalMs = CHECK_INTERVAL_MS): void {
    if (this.#closed) return;
    if (this.#down === undefined) {
      this.log.warn(`${reason}: going on without it (X-Gateway-Mode: degraded)`);
      this.#checkIntervalMs = checkIntervalMs;
    }
    this.#down = reason;
    this.#schedule(this.#checkIntervalMs);
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#check);
    this.#check = setTimeout(() => void this.#runCheck(), Math.max(0, ms)).unref();
  }

  /** Checks Redis, and closes the circuit when the check succeeds. */
  async #runCheck(): Promise<void> {
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
      this.#schedule(this.#checkIntervalMs);
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

  /** Connects to the cluster's nodes after a redirect, and resolves the host name again if the server is the wrong one. */
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

async function waitUntil(condition: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (!condition() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 25));
}
