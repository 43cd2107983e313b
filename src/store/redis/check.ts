/**
 * Checks that Redis supports and permits what the gateway needs, by a script that uses every command on keys under
 * REDIS_PREFIX and publishes, and by SUBSCRIBE on a separate connection.
 */
import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import { type Client, type ClientOptions, isSingleEndpoint } from './client.js';
import { withDeadline } from './deadline.js';
import type { Keys } from './keys.js';
import { describeReply, isRedirect, isReply, isRightMissing } from './reply-errors.js';
import { TRY_COMMANDS } from './scripts.js';

/** Redis answers, but refuses a command that the gateway needs. The message is for operators and holds no secret. */
export class RedisRefusalError extends Error {
  private constructor(
    message: string,
    /** The error reply as Redis sent it. */
    readonly reply: string,
  ) {
    super(message);
    this.name = 'RedisRefusalError';
  }

  /** @param replies `COMMAND reply` each. Missing rights are listed; of other problems the first reply is told. */
  static ofCommands(replies: readonly string[]): RedisRefusalError {
    const other = replies.find((reply) => !isRightMissing(reply));
    const told = other === undefined ? replies : [other];
    const commands = [...new Set(told.map((one) => one.slice(0, one.indexOf(' '))))];
    const [first = ''] = told;
    const reply = first.slice(first.indexOf(' ') + 1);
    return new RedisRefusalError(`Redis refuses ${commands.join(', ')}: ${describeReply(reply)}`, reply);
  }

  /** @returns undefined if the error is not a reply of Redis */
  static from(error: unknown): RedisRefusalError | undefined {
    if (error instanceof RedisRefusalError) return error;
    if (!(error instanceof Error && isReply(error))) return undefined;
    return new RedisRefusalError(`Redis refuses: ${describeReply(error.message)}`, error.message);
  }
}

/** Every command of the gateway's scripts and reads, with harmless arguments. The number selects the probe key. */
const STEPS: readonly (readonly [command: string, key: number, ...args: string[]])[] = [
  // The first write fails if memory is full.
  ['SET', 1, '0', 'PX', '1000'],
  ['GET', 1],
  ['INCR', 1],
  ['EXPIRE', 1, '1'],
  ['PEXPIRE', 1, '1000'],
  ['PTTL', 1],
  ['TYPE', 1],
  ['DEL', 1],
  // Removes values of other programs under these names.
  ['UNLINK', 2],
  ['UNLINK', 3],
  ['UNLINK', 4],
  ['UNLINK', 5],
  ['HSET', 2, 'field', '0'],
  ['HINCRBY', 2, 'field', '1'],
  ['HGET', 2, 'field'],
  ['HGETALL', 2],
  ['HVALS', 2],
  ['HEXISTS', 2, 'field'],
  ['HLEN', 2],
  ['HDEL', 2, 'field'],
  ['LPUSH', 3, 'one'],
  ['LRANGE', 3, '0', '0'],
  ['LTRIM', 3, '1', '0'],
  ['SADD', 4, 'one'],
  ['SISMEMBER', 4, 'one'],
  ['SMEMBERS', 4],
  ['SCARD', 4],
  ['DEL', 4],
  ['ZADD', 5, '1', 'one'],
  ['ZINCRBY', 5, '1', 'one'],
  ['ZREM', 5, 'two'],
  ['ZRANGE', 5, '0', '0'],
  ['ZRANGEBYSCORE', 5, '-inf', '0', 'LIMIT', '0', '1'],
  ['ZCARD', 5],
  ['ZCOUNT', 5, '-inf', '+inf'],
  ['ZLEXCOUNT', 5, '-', '+'],
  ['ZRANGEBYLEX', 5, '-', '+'],
  ['ZREVRANGE', 5, '0', '0'],
  ['ZSCORE', 5, 'one'],
  ['ZREMRANGEBYSCORE', 5, '-inf', '0'],
  ['ZREMRANGEBYRANK', 5, '1', '1'],
  ['ZPOPMIN', 5],
  ['TIME', 0],
  ['PUBLISH', 0],
];

const TRY_COMMANDS_DIGEST = createHash('sha1').update(TRY_COMMANDS).digest('hex');

/** Deadline of SUBSCRIBE, which includes a new connection. */
const SUBSCRIBE_TIMEOUT_MS = 5_000;

/** Lists the least rights of a Redis user, as rules of `ACL SETUSER`. A cluster needs `+cluster|slots` as well. */
export function listLeastRights(prefix: string): string {
  const commands = new Set(['EVAL', 'EVALSHA', ...STEPS.map(([command]) => command), 'SUBSCRIBE']);
  return [`~${prefix}*`, `&${prefix}*`, ...[...commands].map((command) => `+${command.toLowerCase()}`)].join(
    ' ',
  );
}

export type RefusalConfig = Pick<Config, 'redisUrls' | 'redisPrefix'>;

/** Returns what an operator can do about a refusal, without a full stop at the end. */
export function describeCure(
  { reply }: RedisRefusalError,
  { redisUrls, redisPrefix }: RefusalConfig,
): string {
  const user = decodeURIComponent(new URL(redisUrls[0] ?? '').username) || 'default';
  if (isRightMissing(reply))
    return `Give its user the rights that are needed: ACL SETUSER ${user} ${listLeastRights(redisPrefix)} (in a cluster also +cluster|slots)`;
  const [, cure] = CURES.find(([pattern]) => pattern.test(reply)) ?? [];
  return cure ?? 'Fix it on the server';
}

const CURES: readonly (readonly [RegExp, string])[] = [
  [/^(?:WRONGPASS|NOAUTH|ERR AUTH)/, 'Correct user and password in REDIS_URL'],
  [/DB index|SELECT/, 'Correct the database number at the end of REDIS_URL'],
  [
    /READONLY/,
    'It is a replica: put the address of the master into REDIS_URL, or name sentinels in REDIS_SENTINELS',
  ],
  [/OOM/, 'Give the server more memory (maxmemory)'],
  [/MISCONF/, 'The server cannot write to its disk: free space, or fix what its log reports'],
];

/**
 * Runs every command of the gateway, each step within the deadline for calls. Rejects with a RedisRefusalError or an error
 * reply of Redis if a command is refused, else with the connection's error.
 */
export async function checkRedis(
  client: Client,
  options: ClientOptions & Pick<Config, 'redisTimeoutMs'>,
  keys: Keys,
): Promise<void> {
  const within = <T>(work: Promise<T>) => withDeadline(work, options.redisTimeoutMs);
  if (client instanceof Redis) {
    if (isSingleEndpoint(options)) await within(findRedirect(client, keys));
    // If the connection's own SELECT was refused, all commands would use database 0.
    const { db = 0 } = client.options;
    if (db !== 0) await within(client.select(db).catch((error) => rethrow('SELECT', error)));
  }
  await within(tryCommands(client, keys));
}

/** Rejects with the redirect if the server is a node of a cluster. */
async function findRedirect(client: Redis, keys: Keys): Promise<void> {
  const ifRedirect = (error: Error) => {
    if (isRedirect(error.message)) throw error;
  };
  await Promise.all(keys.spreadProbes().map((key) => client.get(key).catch(ifRedirect)));
}

async function tryCommands(client: Client, keys: Keys): Promise<void> {
  const probes = keys.probes();
  const steps = JSON.stringify(STEPS);
  const [refused] = await Promise.all([
    client
      .eval(TRY_COMMANDS, probes.length, ...probes, steps, keys.probeChannel())
      .catch((error) => rethrow('EVAL', error)),
    // Sent after EVAL on the same connection, so Redis has the script. ioredis uses both commands.
    client
      .evalsha(TRY_COMMANDS_DIGEST, probes.length, ...probes, '[]', keys.probeChannel())
      .catch((error) => rethrow('EVALSHA', error)),
  ]);
  const replies = (Array.isArray(refused) ? refused : []).map(String);
  if (replies.length > 0) throw RedisRefusalError.ofCommands(replies);
}

/**
 * Creates a separate connection for subscriptions, to any master of a cluster. It is not connected yet, and does not
 * reconnect.
 * @returns undefined if the cluster has no master
 */
export function duplicateConnection(client: Client): Redis | undefined {
  const connection = client instanceof Cluster ? client.nodes('master')[0] : client;
  return connection?.duplicate({
    lazyConnect: true,
    enableOfflineQueue: true,
    commandTimeout: SUBSCRIBE_TIMEOUT_MS,
    retryStrategy: () => null,
  });
}

/** Rejects with a RedisRefusalError if the user may not subscribe to the gateway's channels. */
export async function trySubscribe(client: Client, keys: Keys): Promise<void> {
  const connection = duplicateConnection(client);
  if (connection === undefined) throw new Error('the cluster has no master');
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    await connection.subscribe(keys.probeChannel()).catch((error) => rethrow('SUBSCRIBE', error));
  } finally {
    connection.disconnect();
  }
}

function rethrow(command: string, error: unknown): never {
  const isRefused = error instanceof Error && isReply(error);
  throw isRefused ? RedisRefusalError.ofCommands([`${command} ${error.message}`]) : error;
}
