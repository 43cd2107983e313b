/** Random keys and tokens, and their digests: only those are stored. */
import { hash, randomBytes } from 'node:crypto';
import type { NewSecret } from './core/changes.js';
import { formatKey, KEY_ALPHABET, KEY_ID_LENGTH, KEY_SECRET_LENGTH, parseKey } from './core/key-form.js';

const HINT_LENGTH = 4;
const INVITE_BYTES = 32;

/** A secret as its owner gets it, once, and as it is stored. */
export interface MadeKey {
  readonly id: string;
  readonly text: string;
  readonly secret: NewSecret;
}

/** @param id of the key that gets a new secret; a new one unless given */
export function makeKey(id = makeKeyId()): MadeKey {
  const text = formatKey({ id, secret: randomText(KEY_SECRET_LENGTH) });
  return { id, text, secret: describeSecret(text) };
}

export function makeKeyId(): string {
  return randomText(KEY_ID_LENGTH);
}

/** What is stored of a key that its owner has. Short ones get no hint: it would be much of them. */
export function describeSecret(text: string): NewSecret {
  const isLong = parseKey(text) !== undefined || text.length >= 5 * HINT_LENGTH;
  return { sha256: sha256(text), hint: isLong ? text.slice(-HINT_LENGTH) : '' };
}

/** 256 random bits for an address. */
export function makeToken(): string {
  return randomBytes(INVITE_BYTES).toString('base64url');
}

export function sha256(text: string): string {
  return hash('sha256', text);
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    // Bytes of 248 and more are left out, so that every character is as likely.
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += KEY_ALPHABET.charAt(byte % 62);
    }
  }
  return text;
}
