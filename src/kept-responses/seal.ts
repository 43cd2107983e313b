/**
 * Encryption of kept responses with a key that only the client has: derived by HKDF (RFC 5869) from its API key. A copy of
 * the store is unreadable without that key, and replicas share no secret.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const OWNER_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What one API key keeps under, and with. */
export interface Sealing {
  /** Lower-case hexadecimal, 32 characters; tells nothing of the API key. */
  readonly owner: string;
  readonly key: Buffer;
}

/** @param apiKey as the client sent it */
export function deriveSealing(apiKey: string): Sealing {
  const info = 'ztoapi kept responses 1';
  const bytes = Buffer.from(hkdfSync('sha256', apiKey, '', info, OWNER_BYTES + KEY_BYTES));
  return { owner: bytes.toString('hex', 0, OWNER_BYTES), key: bytes.subarray(OWNER_BYTES) };
}

/**
 * @param name what the bytes are: authenticated, so that an entry cannot be passed off as another
 * @returns nonce (96 random bits), tag, ciphertext
 */
export function seal(plain: Buffer, name: string, { key }: Sealing): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @returns `undefined` if the bytes were not sealed under this name with this key */
export function unseal(sealed: Buffer, name: string, { key }: Sealing): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(name))
    .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
