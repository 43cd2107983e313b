/**
 * Rate limits, shared by all replicas: per address and in total for the public key, per name for other keys of the environment,
 * per key and per member for those of the team; then one for all callers together.
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, type RateLimitInfo, rateLimit, type Store } from 'express-rate-limit';
import type { Config } from '../../config/config.js';
import type { Logger } from '../../logger.js';
import type { Scope } from '../../team/core/rights.js';
import { RateLimitError } from '../../vocabulary/errors.js';
import type { RequestContext } from '../request-context.js';
import { getLocals } from '../request-locals.js';

export type LimitConfig = Pick<
  Config,
  'publicRateLimit' | 'publicRateLimitTotal' | 'rateLimit' | 'rateLimits' | 'rateLimitTotal'
>;

/** Creates the counter of one limit; `name` is unique. */
export type LimitStoreFactory = (name: string) => Store;

const WINDOW_MS = 60_000;
/** Wrong keys that one address may send per minute. */
export const FAILED_AUTHENTICATIONS = 20;
const IPV6_SUBNET = 64;

export interface RateLimits {
  /** Middleware for requests whose key was accepted. Each limit is one atomic step, the narrowest first. */
  readonly forCaller: readonly RequestHandler[];
  /** Counts a failed authentication; passes an error on when there were too many from this address. */
  readonly forFailedAuthentication: RequestHandler;
  /** Use of the public key's total in the current minute, `undefined` when it has no limit. Counts nothing. */
  readonly publicUse: () => Promise<LimitUse | undefined>;
}

export interface LimitUse {
  readonly used: number;
  readonly limit: number;
  /** End of the window in Unix milliseconds, `undefined` when nothing was counted yet. */
  readonly resetsAt: number | undefined;
}

/** @param keyStore counts requests of managed keys, by id */
export function createRateLimits(
  config: LimitConfig,
  store: LimitStoreFactory,
  keyStore: Store,
  log: Logger,
): RateLimits {
  const perName = new Map(config.rateLimits.map(({ name, limit }) => [name, limit]));
  const publicTotal = store('public-total');
  const limit = (name: string, options: Limit, own = store) => createLimiter(name, own, options, log);
  return {
    forCaller: [
      limit('public-address', {
        limit: ({ caller }) => (caller?.isPublic ? config.publicRateLimit : 0),
        key: getAddressKey,
        message: (most) =>
          `The public key may make ${most} requests per minute from one address. ${NAMED_KEY}`,
      }),
      limit(
        'public-total',
        {
          limit: ({ caller }) => (caller?.isPublic ? config.publicRateLimitTotal : 0),
          key: () => ALL_CALLERS,
          message: (most) =>
            `All callers of the public key together may make ${most} requests per minute. ${NAMED_KEY}`,
        },
        () => publicTotal,
      ),
      limit('named', {
        limit: ({ caller }) =>
          caller === undefined || caller.isPublic || caller.managed !== undefined
            ? 0
            : (perName.get(caller.keyName) ?? config.rateLimit),
        key: ({ caller }) => caller?.keyName ?? '',
        message: (most, { caller }) =>
          tellKeyLimit(most, perName.has(caller?.keyName ?? '') ? 'key' : 'gateway'),
      }),
      limit(
        'managed-key',
        {
          limit: ({ caller }) => caller?.managed?.rights.keyRate?.limit ?? 0,
          key: ({ caller }) => caller?.managed?.key.id ?? '',
          message: (most, { caller }) => tellKeyLimit(most, caller?.managed?.rights.keyRate?.scope),
        },
        () => keyStore,
      ),
      limit('member', {
        limit: ({ caller }) => caller?.managed?.rights.memberRate?.limit ?? 0,
        key: ({ caller }) => caller?.managed?.member.id ?? '',
        message: (most, { caller }) =>
          `All keys of ${caller?.managed?.member.name} together may make ${most} requests per minute (limit of the member).`,
      }),
      // Last, so that what another limit refuses takes nothing from the others.
      limit('gateway', {
        limit: () => config.rateLimitTotal,
        key: () => ALL_CALLERS,
        message: (most) =>
          `All callers of this gateway together may make ${most} requests per minute (limit of the gateway).`,
      }),
    ],
    forFailedAuthentication: limit('failed-authentication', {
      limit: () => FAILED_AUTHENTICATIONS,
      key: getAddressKey,
      message: () => 'Too many wrong API keys from this address; try again in a minute, with the right one.',
    }),
    publicUse: () => readUse(publicTotal, ALL_CALLERS, config.publicRateLimitTotal),
  };
}

const ALL_CALLERS = 'all';

function tellKeyLimit(most: number, scope: Scope | undefined): string {
  const whose = scope === 'key' ? 'limit of the key' : 'limit of the gateway for each key';
  return `This key may make ${most} requests per minute (${whose}).`;
}

/** @returns `undefined` if there is no limit. Counts nothing. Rejects with a StoreUnavailableError while the store is away. */
export async function readUse(store: Store, key: string, limit: number): Promise<LimitUse | undefined> {
  if (limit === 0) return undefined;
  const { totalHits = 0, resetTime } = (await store.get?.(key)) ?? {};
  // A store may still report a window that is over; Redis reports no number for a key that does not exist.
  const resetsAt = resetTime?.getTime() ?? 0;
  if (!(resetsAt > Date.now())) return { used: 0, limit, resetsAt: undefined };
  return { used: totalHits || 0, limit, resetsAt };
}

const NAMED_KEY = 'Whoever runs the gateway can give you a key of your own.';

export interface Limit {
  /** Requests per minute; 0 means no limit. */
  readonly limit: (context: RequestContext) => number;
  readonly key: (context: RequestContext) => string;
  readonly message: (limit: number, context: RequestContext) => string;
}

/** Creates the middleware of one limit. It sets the headers, and passes a RateLimitError on past the limit. */
export function createLimiter(
  name: string,
  store: LimitStoreFactory,
  { limit, key, message }: Limit,
  log: Logger,
): RequestHandler {
  const count = rateLimit({
    identifier: name,
    windowMs: WINDOW_MS,
    limit: (_req, res) => limit(getLocals(res).context),
    keyGenerator: (_req, res) => key(getLocals(res).context),
    store: store(name),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Its warnings are about proxies and IPv6, which are handled here.
    validate: false,
    // The store falls back to memory; if that fails as well, the request is admitted.
    passOnStoreError: true,
    logger: {
      warn: (text) => log.warn({ limit: name }, String(text)),
      error: (err) => log.error({ limit: name, err }, 'a request could not be counted'),
    },
    handler: (req, res, next) => {
      const { limit: most, resetTime } = infoOf(req) ?? { limit: limit(getLocals(res).context) };
      const retryAfterMs = Math.max(1_000, (resetTime?.getTime() ?? 0) - Date.now());
      next(new RateLimitError(message(most, getLocals(res).context), { retryAfterMs }));
    },
  });
  return (req: Request, res: Response, next: NextFunction): void => {
    if (limit(getLocals(res).context) === 0) {
      next();
      return;
    }
    void count(req, res, (refused?: unknown) => {
      setRateLimitHeaders(infoOf(req), res, refused !== undefined);
      next(refused);
    });
  };
}

/** Sets OpenAI's headers: for the limit that rejected the request, otherwise for the one with the least left. */
function setRateLimitHeaders(info: RateLimitInfo | undefined, res: Response, refused: boolean): void {
  if (info === undefined) return;
  const known = res.getHeader('x-ratelimit-remaining-requests');
  if (!refused && known !== undefined && Number(known) <= info.remaining) return;
  const seconds = Math.max(0, Math.ceil(((info.resetTime?.getTime() ?? Date.now()) - Date.now()) / 1000));
  res.setHeader('x-ratelimit-limit-requests', info.limit);
  res.setHeader('x-ratelimit-remaining-requests', info.remaining);
  res.setHeader('x-ratelimit-reset-requests', `${seconds}s`);
}

function infoOf(req: Request): RateLimitInfo | undefined {
  return (req as Request & { rateLimit?: RateLimitInfo }).rateLimit;
}

/** IPv6 addresses count by /64, which is what one subscriber has. */
export function getAddressKey({ clientAddress }: RequestContext): string {
  return ipKeyGenerator(clientAddress, IPV6_SUBNET);
}
