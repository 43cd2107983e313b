/**
 * Sessions of members in a browser: opened by showing a key, for eight hours. A session ends when its secret does: the key is
 * removed, disabled or rotated.
 */
import { ApiError } from '../vocabulary/errors.js';
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import type { KnownKey } from './key-cache.js';
import type { KeyVerifier } from './key-verifier.js';
import { makeToken, sha256 } from './secrets.js';
import type { TeamStore } from './team-store.js';

export const SESSION_TTL_MS = 8 * 60 * 60 * 1000;
const RETRY_AFTER_MS = 5_000;

export type SessionStore = Pick<TeamStore, 'writeSession' | 'readSession' | 'removeSession'>;

export class Sessions {
  constructor(
    private readonly store: SessionStore,
    private readonly verifier: Pick<KeyVerifier, 'verifySecret'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** @returns the token, which only the browser keeps */
  async open({ key, sha256: secret }: KnownKey): Promise<string> {
    const token = makeToken();
    const expiresAt = this.now() + SESSION_TTL_MS;
    await orUnavailable(this.store.writeSession(sha256(token), { keyId: key.id, secret, expiresAt }));
    return token;
  }

  /** @returns the key of the session, `undefined` if there is none (any more) */
  async find(token: string): Promise<KnownKey | undefined> {
    const session = await orUnavailable(this.store.readSession(sha256(token)));
    if (session === undefined || session.expiresAt <= this.now()) return undefined;
    const verification = await this.verifier.verifySecret(session.secret);
    if (verification.verdict === 'unavailable') throw unavailable();
    if (verification.verdict !== 'valid') return undefined;
    const [current] = verification.known.key.secrets;
    // A rotated secret works on for clients during its grace period, not for sessions.
    return current?.sha256 === session.secret ? verification.known : undefined;
  }

  async close(token: string): Promise<void> {
    await orUnavailable(this.store.removeSession(sha256(token)));
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof StoreUnavailableError ? unavailable(error) : error;
  }
}

function unavailable(cause?: Error): ApiError {
  return new ApiError('store_unavailable', 'Sessions cannot be read right now: Redis does not answer.', {
    retryAfterMs: RETRY_AFTER_MS,
    cause,
  });
}
