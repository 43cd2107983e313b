/** Rendezvous hashing: every conversation has its own order of the entries, so that a change moves only its own share. Pure. */
import { createHash } from 'node:crypto';

/** Orders the names for one conversation; the order of two names does not depend on the others. */
export function orderByRendezvous(conversation: string, names: readonly string[]): string[] {
  const scored = names.map((name) => ({ name, score: computeScore(conversation, name) }));
  return scored
    .sort((one, other) => other.score - one.score || (one.name < other.name ? -1 : 1))
    .map(({ name }) => name);
}

/** @returns a whole number below 2^48 */
function computeScore(conversation: string, name: string): number {
  return createHash('sha256')
    .update(JSON.stringify([conversation, name]))
    .digest()
    .readUIntBE(0, 6);
}
