/**
 * The form of managed keys: `sk-zto-`, 8 characters of public id, 32 of secret, 6 of checksum. Secret scanners recognize it,
 * and a mistyped or truncated key is told from a wrong one without a look-up. Pure.
 */
export const KEY_PREFIX = 'sk-zto-';
export const KEY_ID_LENGTH = 8;
export const KEY_SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
/** Base 62. */
export const KEY_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const FORM = new RegExp(
  `^${KEY_PREFIX}([0-9A-Za-z]{${KEY_ID_LENGTH}})([0-9A-Za-z]{${KEY_SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

export interface KeyParts {
  /** Shown on pages and in answers. */
  readonly id: string;
  /** About 190 random bits. */
  readonly secret: string;
}

export function formatKey({ id, secret }: KeyParts): string {
  return `${KEY_PREFIX}${id}${secret}${computeChecksum(id + secret)}`;
}

/** @returns `undefined` if the text has another form or a wrong checksum */
export function parseKey(text: string): KeyParts | undefined {
  const [, id, secret, checksum] = FORM.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return computeChecksum(id + secret) === checksum ? { id, secret } : undefined;
}

/** Whether the text claims to be a managed key, well-formed or not. */
export function hasKeyPrefix(text: string): boolean {
  return text.startsWith(KEY_PREFIX);
}

/** CRC-32 (as in zip) in base 62. */
function computeChecksum(text: string): string {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit += 1) {
    digits = KEY_ALPHABET.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
