/** Finds the caller of a request: among the keys of the environment, then among those of the team. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { type Config, WELL_KNOWN_KEY } from '../config/config.js';
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import { deriveSealing } from '../kept-responses/seal.js';
import type { KnownKey } from '../team/key-cache.js';
import type { KeyVerifier, Verification } from '../team/key-verifier.js';
import { ApiError, AuthenticationError } from '../vocabulary/errors.js';
import { PUBLIC_KEY_ID, toEnvironmentKeyId } from '../vocabulary/key-ids.js';
import { getAddressKey } from './middleware/limit-rate.js';
import { keyRevoked } from './open-requests.js';
import type { Caller } from './request-context.js';
import { getLocals } from './request-locals.js';

/** Longer keys are rejected before they are hashed. */
const MAX_KEY_LENGTH = 4_096;
/** How long a client waits before it tries a key again that cannot be checked now. */
const RETRY_AFTER_MS = 5_000;

export type AuthenticationConfig = Pick<Config, 'publicKey' | 'namedKeys' | 'keepsWellKnownResponses'>;
export type Verifier = Pick<KeyVerifier, 'verify' | 'confirm' | 'presence'>;
export type FindCaller = (req: Request, res: Response) => Caller | ApiError | Promise<Caller | ApiError>;

/** Finds the caller of a request, or why there is none. At once, except for keys that are asked of the verifier. */
export function createFinder(config: AuthenticationConfig, verifier: Verifier): FindCaller {
  const toKnown = (key: string, keyName: string, isPublic: boolean) => {
    const isWellKnown = key === WELL_KNOWN_KEY;
    const mayKeep = !isWellKnown || config.keepsWellKnownResponses;
    const keyId = isPublic ? PUBLIC_KEY_ID : toEnvironmentKeyId(keyName);
    const caller = {
      keyId,
      keyName,
      isPublic,
      deriveSealing: mayKeep ? () => deriveSealing(key) : undefined,
    };
    return { digest: sha256(key), caller, isWellKnown };
  };
  const keys = config.namedKeys.map(({ name, key }) => toKnown(key, name, false));
  if (config.publicKey !== undefined) keys.push(toKnown(config.publicKey, PUBLIC_KEY_NAME, true));
  return (req, res) => {
    const presented = [bearer(req.get('authorization')), req.get('x-api-key')].filter(isPossible);
    const known = presented.map((key) => find(key, keys)).find(Boolean);
    if (known !== undefined) return known.isWellKnown ? judgeWellKnown(known.caller, verifier) : known.caller;
    if (presented.length === 0 || verifier.presence === 'none') return noValidKey();
    return verify(presented, getAddressKey(getLocals(res).context), verifier);
  };
}

/** Whether a key is of the environment, which is the only place where it can be changed, and has not ended. */
export function isConfiguredKey(
  key: string,
  { namedKeys, publicKey }: AuthenticationConfig,
  { presence }: Verifier,
): boolean {
  if (key === WELL_KNOWN_KEY && presence !== 'none') return false;
  const keys = [...namedKeys.map((named) => named.key), ...(publicKey === undefined ? [] : [publicKey])];
  const known = keys.map((text) => ({ digest: sha256(text) }));
  return find(key, known) !== undefined;
}

/** Everybody has the well-known key: it ends with the first managed key or invite. */
function judgeWellKnown(caller: Caller, { presence }: Verifier): Caller | ApiError {
  if (presence === 'none') return caller;
  return presence === 'present' ? noValidKey() : cannotCheck();
}

async function verify(presented: readonly string[], address: string, verifier: Verifier) {
  let error: ApiError = noValidKey();
  for (const key of presented) {
    const verification = await verifier.verify(key, address);
    if (verification.verdict === 'valid') return toCaller(verification.known, key);
    if (verification.verdict !== 'unknown') error = toError(verification);
  }
  return error;
}

/** One for each key that a replica knows: its function is not made anew for each request. */
const callers = new WeakMap<KnownKey, Caller>();

function toCaller(managed: KnownKey, text: string): Caller {
  const known = callers.get(managed);
  if (known !== undefined) return known;
  const caller = {
    keyId: managed.key.id,
    keyName: managed.key.name,
    isPublic: false,
    deriveSealing: () => deriveSealing(text),
    managed,
  };
  callers.set(managed, caller);
  return caller;
}

export function toError({ verdict }: Verification): ApiError {
  switch (verdict) {
    case 'unavailable':
      return cannotCheck();
    case 'expired':
      return new ApiError(
        'key_expired',
        'This API key has expired. Ask whoever runs the gateway for a new one.',
        {
          shouldRetry: false,
        },
      );
    case 'revoked':
      return keyRevoked();
    default:
      return noValidKey();
  }
}

/** Never a 401: clients throw a key away that was refused with one. */
function cannotCheck(): ApiError {
  return new ApiError(
    'store_unavailable',
    'This API key cannot be checked right now; try again in a moment.',
    {
      retryAfterMs: RETRY_AFTER_MS,
    },
  );
}

function noValidKey(): AuthenticationError {
  return new AuthenticationError(
    'No valid API key. Send `Authorization: Bearer KEY` (or `x-api-key: KEY`) with a key of this gateway.',
  );
}

function bearer(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

function isPossible(key: string | undefined): key is string {
  return key !== undefined && key !== '' && key.length <= MAX_KEY_LENGTH;
}

/** Compares with every key, so that the time does not reveal which one was similar. */
function find<Known extends { readonly digest: Buffer }>(
  key: string,
  keys: readonly Known[],
): Known | undefined {
  const digest = sha256(key);
  let found: Known | undefined;
  for (const known of keys) if (timingSafeEqual(known.digest, digest)) found = known;
  return found;
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
