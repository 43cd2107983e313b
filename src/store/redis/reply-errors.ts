/** Classifies error replies of Redis and describes them for people. Pure. */
import { printableLine } from '../../printable.js';

/**
 * Replies about a single key or the gateway's own arguments. Every other error reply means that Redis cannot be used:
 * missing rights, memory, disk, roles, clusters, unknown commands.
 */
const OWN_MISTAKES: readonly RegExp[] = [
  /^(?:WRONGTYPE|NOSCRIPT)\b/,
  /^ERR (?:value|hash value|increment|min or max|resulting score)\b/,
  // Thrown by a script's own Lua code: since Redis 7, and before.
  /^ERR (?:Error running script \(.*?\): @user_script:\d+: )?user_script:\d+: /,
];

/** True when an error reply means that Redis cannot be used for now. */
export function isRefusal(error: Error): boolean {
  return isReply(error) && !OWN_MISTAKES.some((pattern) => pattern.test(error.message));
}

/** True when an error is a reply of Redis, false for failures of the connection. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** True when the key is on another node, so that the server is part of a cluster. ElastiCache Serverless sends `ERR MOVED`. */
export function isRedirect(message: string): boolean {
  return /^(?:ERR )?(?:MOVED|ASK) \d+ /.test(message);
}

/**
 * True when the server cannot serve as the master, or not yet. The host name has to be resolved again, since it may lead
 * to another server after a failover.
 */
export function isWrongServer(message: string): boolean {
  return /\b(?:READONLY|LOADING|MASTERDOWN)\b/.test(describeReply(message)) || isRedirect(message);
}

/** True when the user lacks a right, or the server lacks a command. Errors within scripts have no NOPERM. */
export function isRightMissing(message: string): boolean {
  return /\bNOPERM\b|can't (?:run|access|publish)|unknown (?:redis )?command/i.test(message);
}

/** Describes a reply without arguments, addresses, user names and script digests, since /readyz shows it to everyone. */
export function describeReply(message: string): string {
  const text = message
    .replace(/,? with args beginning with.*$/s, '')
    .replace(/ script: [0-9a-f]{40}.*$/s, '')
    .replace(/^ERR Error running script \(.*?\): @user_script:\s*\d+: (?:@user_script:\s*\d+: )?-?/, '')
    .replace(/^((?:ERR )?(?:MOVED|ASK) \d+) .*$/s, '$1')
    .replace(/\b[Uu]ser \S+ has no permissions/, 'no permissions');
  return printableLine(text).trim();
}
