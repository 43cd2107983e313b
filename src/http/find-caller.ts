/** Finds the caller of a request: among the keys of the environment, then among those of the team. */
import type { Request, Response } from 'express';
import { WELL_KNOWN_KEY } from '../config/config.js';
import { deriveSealing } from '../kept-responses/seal.js';
import { getUsageId } from '../team/core/entities.js';
import type { KnownKey } from '../team/key-cache.js';
import type { KeyVerifier, Verification } from '../team/key-verifier.js';
import { type ConfiguredKey, isPageToken, type Sessions } from '../team/sessions.js';
import { ApiError, AuthenticationError } from '../vocabulary/errors.js';
import {
  type AuthenticationConfig,
  findByDigest,
  findConfiguredMeters,
  readConfiguredKeys,
  sha256,
} from './configured-keys.js';
import { getAddressKey } from './middleware/limit-rate.js';
import { keyRevoked } from './open-requests.js';
import type { Caller } from './request-context.js';
import { getLocals } from './request-locals.js';

/** Longer keys are rejected before they are hashed. */
const MAX_KEY_LENGTH = 4_096;
/** How long a client waits before it tries a key again that cannot be checked now. */
const RETRY_AFTER_MS = 5_000;

export type Verifier = Pick<KeyVerifier, 'verify' | 'confirm' | 'presence'>;
export type PageTokens = Pick<Sessions, 'findByPageToken'>;
export type FindCaller = (req: Request, res: Response) => Caller | ApiError | Promise<Caller | ApiError>;

/** Finds the caller of a request, or why there is none. At once, except for keys that are asked of the verifier. */
export function createFinder(
  config: AuthenticationConfig,
  verifier: Verifier,
  sessions: PageTokens,
): FindCaller {
  const keys = readConfiguredKeys(config).map((key) => ({
    digest: sha256(key.text),
    caller: toConfiguredCaller(key, key.keepsResponses, config),
    isWellKnown: key.text === WELL_KNOWN_KEY,
  }));
  return (req, res) => {
    const presented = [bearer(req.get('authorization')), req.get('x-api-key')].filter(isPossible);
    const known = presented.map((key) => findByDigest(key, keys)).find(Boolean);
    if (known !== undefined) return known.isWellKnown ? judgeWellKnown(known.caller, verifier) : known.caller;
    const address = () => getAddressKey(getLocals(res).context);
    const pageToken = presented.find(isPageToken);
    if (pageToken !== undefined) return findOwner(pageToken, address(), sessions, config);
    if (presented.length === 0 || verifier.presence === 'none') return noValidKey();
    return verify(presented, address(), verifier);
  };
}

/** A page token stands for a key, except that nothing is kept: only the key's text can seal a response. */
async function findOwner(
  pageToken: string,
  address: string,
  sessions: PageTokens,
  config: AuthenticationConfig,
): Promise<Caller | ApiError> {
  try {
    const owner = await sessions.findByPageToken(pageToken, address);
    if (owner === undefined) return noValidKey();
    const { managed, configured } = owner;
    if (configured !== undefined) return toConfiguredCaller(configured, false, config);
    const { id, name } = managed.key;
    return { keyId: id, keyName: name, isPublic: false, deriveSealing: undefined, managed };
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function toConfiguredCaller(key: ConfiguredKey, mayKeep: boolean, config: AuthenticationConfig): Caller {
  const { id, name, isPublic, text } = key;
  const seal = () => deriveSealing(text);
  const meters = findConfiguredMeters(key, config);
  return { keyId: id, keyName: name, isPublic, deriveSealing: mayKeep ? seal : undefined, meters };
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
    keyId: getUsageId(managed.key),
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
