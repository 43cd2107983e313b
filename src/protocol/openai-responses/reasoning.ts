/**
 * Thinking that clients send back with later requests. The reasoning item carries it: readable as the summary, and encoded as
 * `encrypted_content` for clients that send back only that.
 */
import { type Fields, isFields, stringOr } from '../fields.js';

/** Prefix of this gateway's `encrypted_content`. It is not encryption: the client has the same text in the summary. */
const SEAL = 'ztoapi.1.';

/** Encodes thinking as `encrypted_content`. */
export function sealReasoning(text: string): string {
  return SEAL + Buffer.from(text).toString('base64url');
}

/** @returns the text of a reasoning item from the history; empty if it has none that this gateway can read. */
export function readReasoning(item: Fields): string {
  const sealed = stringOr(item.encrypted_content, '');
  if (sealed.startsWith(SEAL)) return Buffer.from(sealed.slice(SEAL.length), 'base64url').toString();
  return joinTexts(item.content) || joinTexts(item.summary);
}

/** Whether an `item_reference` is to a reasoning item. SDKs send these if they assume that responses are stored. */
export function isReasoningId(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith('rs_');
}

function joinTexts(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.flatMap((part) => (isFields(part) ? stringOr(part.text, []) : [])).join('\n\n');
}
