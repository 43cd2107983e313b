/** Error replies of Redis: what each means for the link, and how it is told to people. Pure. */
import { printableLine } from '../../printable.js';

/**
 * Replies about one key or about this gateway's own arguments. Every other error reply means that Redis cannot be used:
 * rights, memory, disk, roles, clusters, unknown commands.
 */
const OWN_MISTAKES: readonly RegExp[] = [
  /^(?:WRONGTYPE|NOSCRIPT)\b/,
  /^ERR (?:value|hash value|increment|min or max|resulting score)\b/,
  // Thrown by a script's own Lua code: since Redis 7, and before.
  /^ERR (?:Error running script \(.*?\): @user_script:\d+: )?user_script:\d+: /,
];

/** Whether an error reply says that Redis cannot be used for now. */
export function isRefusal(error: Error): boolean {
  return isReply(error) && !OWN_MISTAKES.some((pattern) => pattern.test(error.message));
}

/** Whether an error is a reply of Redis and no failure of the connection. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The key lies on another node: this is a cluster. ElastiCache Serverless writes `ERR MOVED`. */
export function isRedirect(message: string): boolean {
  return /^(?:ERR )?(?:MOVED|ASK) \d+ /.test(message);
}

/**
 * This server is not the one that REDIS_URL should lead to, or not yet. The name is looked up again: after a failover
 * it may lead to another.
 */
export function isWrongServer(message: string): boolean {
  return /\b(?:READONLY|LOADING|MASTERDOWN)\b/.test(describeReply(message)) || isRedirect(message);
}

/** A right that the user lacks, or a command that the server lacks. Within scripts there is no NOPERM. */
export function isRightMissing(message: string): boolean {
  return /\bNOPERM\b|can't (?:run|access|publish)|unknown (?:redis )?command/i.test(message);
}

/** The reply without arguments, addresses, user names and script digests: it is shown to everybody at /readyz. */
export function describeReply(message: string): string {
  const text = message
    .replace(/,? with args beginning with.*$/s, '')
    .replace(/ script: [0-9a-f]{40}.*$/s, '')
    .replace(/^ERR Error running script \(.*?\): @user_script:\s*\d+: (?:@user_script:\s*\d+: )?-?/, '')
    .replace(/^((?:ERR )?(?:MOVED|ASK) \d+) .*$/s, '$1')
    .replace(/\b[Uu]ser \S+ has no permissions/, 'no permissions');
  return printableLine(text).trim();
}
