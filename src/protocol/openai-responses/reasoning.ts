/**
 * Thinking on its way to the client and back. Nothing is kept here, so it rides in the reasoning item itself: readable
 * as the summary, and sealed as `encrypted_content` for clients that give back only that.
 */
import { type Fields, isFields, stringOr } from '../fields.js';

/** Marks what this gateway sealed. No secret: the client has the same words in the summary. */
const SEAL = 'ztoapi.1.';

export function sealReasoning(text: string): string {
  return SEAL + Buffer.from(text).toString('base64url');
}

/** The words of a reasoning item that a client gives back; empty where it holds none that can be read here. */
export function reasoningOf(item: Fields): string {
  const sealed = stringOr(item.encrypted_content, '');
  if (sealed.startsWith(SEAL)) return Buffer.from(sealed.slice(SEAL.length), 'base64url').toString();
  return textsOf(item.content) || textsOf(item.summary);
}

/** By which SDKs refer to it when they believe that it is kept. */
export function isReasoningId(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith('rs_');
}

function textsOf(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.flatMap((part) => (isFields(part) ? stringOr(part.text, []) : [])).join('\n\n');
}
