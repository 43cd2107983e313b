/**
 * Sessions in a browser: opened by showing a key, for eight hours. A session ends when its secret does: the key is removed,
 * disabled or rotated, or the environment has another. Beside it stands a page token, which the playground uses as a key: it
 * asks models, and neither changes the key nor reads My page.
 */
import { createHmac } from 'node:crypto';
import { ApiError } from '../vocabulary/errors.js';
import { StoreUnavailableError } from '../vocabulary/store-unavailable.js';
import type { Session } from './core/entities.js';
import { FailureThrottle } from './failure-throttle.js';
import type { KnownKey } from './key-cache.js';
import type { KeyVerifier } from './key-verifier.js';
import { makeToken, sha256 } from './secrets.js';
import type { TeamStore } from './team-store.js';

export const SESSION_TTL_MS = 8 * 60 * 60 * 1000;
const RETRY_AFTER_MS = 5_000;
/** The digest of the session's token, which finds the session, and a secret derived from that token. */
const PAGE_TOKEN = /^zto-page-([\da-f]{64})-([\w-]{43})$/;

export type SessionStore = Pick<TeamStore, 'writeSession' | 'readSession' | 'removeSession'>;

/** A key of the environment. */
export interface ConfiguredKey {
  /** What its usage is counted under. */
  readonly id: string;
  readonly name: string;
  readonly isPublic: boolean;
  readonly keepsResponses: boolean;
  readonly text: string;
}

export type SessionOwner =
  | { readonly managed: KnownKey; readonly configured?: undefined }
  | { readonly configured: ConfiguredKey; readonly managed?: undefined };

export interface OpenSession {
  readonly owner: SessionOwner;
  /** `undefined` if the session was opened by a version that had none. */
  readonly pageToken: string | undefined;
}

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly verifier: Pick<KeyVerifier, 'verifySecret'>;
  /** Keys of the environment that are accepted now. */
  readonly listConfigured: () => readonly ConfiguredKey[];
  /** Look-ups of unknown page tokens that one address may cause per minute. */
  readonly failuresPerMinute: number;
  readonly now?: () => number;
}

export class Sessions {
  readonly #now: () => number;
  readonly #throttle: FailureThrottle;

  constructor(private readonly options: SessionsOptions) {
    this.#now = options.now ?? Date.now;
    this.#throttle = new FailureThrottle(options.failuresPerMinute, this.#now);
  }

  /** @returns the token, which only the browser keeps */
  async open(owner: SessionOwner): Promise<string> {
    const token = makeToken();
    const pageSecret = derivePageSecret(token);
    const session: Session = {
      ...describeOwner(owner, pageSecret),
      page: sha256(pageSecret),
      expiresAt: this.#now() + SESSION_TTL_MS,
    };
    await orUnavailable(this.options.store.writeSession(sha256(token), session));
    return token;
  }

  /** @returns `undefined` if there is no such session (any more) */
  async find(token: string): Promise<OpenSession | undefined> {
    const id = sha256(token);
    const pageSecret = derivePageSecret(token);
    const session = await this.#read(id);
    const owner = session && (await this.#findOwner(session, pageSecret));
    return owner && { owner, pageToken: session.page && `zto-page-${id}-${pageSecret}` };
  }

  /** @returns whom a page token stands for, `undefined` if nobody (any more) */
  async findByPageToken(pageToken: string, address: string): Promise<SessionOwner | undefined> {
    const [, id, pageSecret] = PAGE_TOKEN.exec(pageToken) ?? [];
    if (id === undefined || pageSecret === undefined || this.#throttle.isOver(address)) return undefined;
    const session = await this.#read(id);
    const isRight = session?.page === sha256(pageSecret);
    const owner = isRight ? await this.#findOwner(session, pageSecret) : undefined;
    if (owner === undefined) this.#throttle.count(address);
    return owner;
  }

  async close(token: string): Promise<void> {
    await orUnavailable(this.options.store.removeSession(sha256(token)));
  }

  async #read(id: string): Promise<Session | undefined> {
    const session = await orUnavailable(this.options.store.readSession(id));
    return session === undefined || session.expiresAt <= this.#now() ? undefined : session;
  }

  async #findOwner({ keyId, secret }: Session, pageSecret: string): Promise<SessionOwner | undefined> {
    const configured = this.options.listConfigured().find(({ id }) => id === keyId);
    if (configured !== undefined)
      return proveKey(configured.text, pageSecret) === secret ? { configured } : undefined;
    const verification = await this.options.verifier.verifySecret(secret);
    if (verification.verdict === 'unavailable') throw unavailable();
    if (verification.verdict !== 'valid') return undefined;
    const [current] = verification.known.key.secrets;
    // A rotated secret works on for clients during its grace period, not for sessions.
    return current?.sha256 === secret ? { managed: verification.known } : undefined;
  }
}

export function isPageToken(text: string): boolean {
  return text.startsWith('zto-page-');
}

function describeOwner({ managed, configured }: SessionOwner, pageSecret: string) {
  if (managed !== undefined) return { keyId: managed.key.id, secret: managed.sha256 };
  return { keyId: configured.id, secret: proveKey(configured.text, pageSecret) };
}

/** One way: the page token does not tell the session's token. */
function derivePageSecret(token: string): string {
  return createHmac('sha256', token).update('page').digest('base64url');
}

/** People choose keys of the environment, so their plain digest could be guessed from the store. */
function proveKey(key: string, pageSecret: string): string {
  return createHmac('sha256', pageSecret).update(key).digest('hex');
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
