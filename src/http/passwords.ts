/** Passwords that come with requests, and how many wrong ones an address may send. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../logger.js';
import {
  createLimiter,
  getAddressKey,
  type Limit,
  type LimitStoreFactory,
  readUse,
} from './middleware/limit-rate.js';
import { getLocals } from './request-locals.js';

/** Wrong passwords allowed per address and minute. */
const WRONG_PASSWORDS = 20;

export interface Throttle {
  /** Counts a wrong password and passes a RateLimitError on once the address has sent too many. */
  readonly count: RequestHandler;
  /** Whether the address has sent too many. Does not count. */
  readonly isOver: (res: Response) => Promise<boolean>;
}

/** @param name of the counter @param what was wrong, for the message: `passwords` */
export function createThrottle(
  name: string,
  what: string,
  limitStore: LimitStoreFactory,
  log: Logger,
): Throttle {
  const store = limitStore(name);
  const limit: Limit = {
    limit: () => WRONG_PASSWORDS,
    key: getAddressKey,
    message: () => `Too many wrong ${what} from this address; try again in a minute.`,
  };
  return {
    count: createLimiter(name, () => store, limit, log),
    isOver: async (res) => {
      // While the limit cannot be read, requests are admitted.
      const use = await readUse(store, getAddressKey(getLocals(res).context), WRONG_PASSWORDS).catch(
        () => undefined,
      );
      return use !== undefined && use.used >= use.limit;
    },
  };
}

export function readBasicPassword(header: string | undefined): string | undefined {
  const encoded = /^Basic +([\w+/=-]{1,2000}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = decode(Buffer.from(encoded, 'base64'));
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : text.slice(colon + 1);
}

/** Decodes UTF-8, as the challenge asks for, else Latin-1, which some libraries send. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Compares in constant time. Normalizes first, since systems compose characters differently (RFC 7617). */
export function isSamePassword(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.normalize('NFC')).digest();
  return timingSafeEqual(digest(one), digest(other));
}
