/** Rate limits, shared by all replicas: per address and in all for the public key, per name for the others. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, type RateLimitInfo, rateLimit, type Store } from 'express-rate-limit';
import type { Config } from '../../config.js';
import { RateLimitError } from '../../errors.js';
import { traceOf } from '../trace.js';

export type LimitConfig = Pick<
  Config,
  'publicRateLimit' | 'publicRateLimitTotal' | 'rateLimit' | 'rateLimits'
>;

/** Makes the counter of one limit; `name` keeps it apart from the others. */
export type LimitStoreFactory = (name: string) => Store;

const WINDOW_MS = 60_000;
/** Wrong keys that one address may present in a minute. */
const FAILED_AUTHENTICATIONS = 20;
const IPV6_SUBNET = 64;

export interface RateLimits {
  /** For requests whose key was accepted: each limit is one atomic step, the address before the total. */
  readonly forCaller: RequestHandler;
  /** Counts a failed authentication; passes an error on once there were too many from this address. */
  readonly forFailedAuthentication: RequestHandler;
}

export function createRateLimits(config: LimitConfig, store: LimitStoreFactory): RateLimits {
  const perName = new Map(config.rateLimits.map(({ name, limit }) => [name, limit]));
  const named = limiter('named', store, {
    limit: (res) => perName.get(keyName(res)) ?? config.rateLimit,
    key: (_req, res) => keyName(res),
    message: (limit) => `This key may make ${limit} requests per minute (RATE_LIMIT, RATE_LIMITS).`,
  });
  const publicAddress = limiter('public-address', store, {
    limit: () => config.publicRateLimit,
    key: addressOf,
    message: (limit) =>
      `The public key may make ${limit} requests per minute from one address (PUBLIC_RATE_LIMIT). ${NAMED_KEY}`,
  });
  const publicTotal = limiter('public-total', store, {
    limit: () => config.publicRateLimitTotal,
    key: () => 'all',
    message: (limit) =>
      `All callers of the public key together may make ${limit} requests per minute (PUBLIC_RATE_LIMIT_TOTAL). ${NAMED_KEY}`,
  });
  return {
    forCaller: (req, res, next) => {
      if (traceOf(res).caller?.isPublic === false) return named(req, res, next);
      return publicAddress(req, res, (error?: unknown) =>
        error ? next(error) : publicTotal(req, res, next),
      );
    },
    forFailedAuthentication: limiter('failed-authentication', store, {
      limit: () => FAILED_AUTHENTICATIONS,
      key: addressOf,
      message: () => 'Too many wrong API keys from this address; try again in a minute, with the right one.',
    }),
  };
}

const NAMED_KEY = 'Whoever runs the gateway can give you a key of your own (API_KEYS).';

export interface Limit {
  /** Requests per minute; 0: no limit. */
  readonly limit: (res: Response) => number;
  readonly key: (req: Request, res: Response) => string;
  readonly message: (limit: number) => string;
}

/** One limit as a middleware: sets the headers, passes a RateLimitError on past it. */
export function limiter(
  name: string,
  store: LimitStoreFactory,
  { limit, key, message }: Limit,
): RequestHandler {
  const handler = rateLimit({
    identifier: name,
    windowMs: WINDOW_MS,
    limit: (_req, res) => limit(res),
    skip: (_req, res) => limit(res) === 0,
    keyGenerator: key,
    store: store(name),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // What it would check (proxies, IPv6) is settled here; its checks would count the first request twice.
    validate: false,
    handler: (req, res, next) => {
      const { limit: allowed, resetTime } = infoOf(req) ?? { limit: limit(res), resetTime: undefined };
      tellOpenai(req, res);
      next(
        new RateLimitError(message(allowed), {
          retryAfterMs: Math.max(1000, (resetTime?.getTime() ?? 0) - Date.now()),
        }),
      );
    },
  });
  return (req: Request, res: Response, next: NextFunction) =>
    handler(req, res, (error?: unknown) => {
      if (!error) tellOpenai(req, res);
      next(error);
    });
}

/** OpenAI's headers, for the tighter one of two limits. */
function tellOpenai(req: Request, res: Response): void {
  const info = infoOf(req);
  if (info === undefined) return;
  const known = res.getHeader('x-ratelimit-remaining-requests');
  if (known !== undefined && Number(known) <= info.remaining) return;
  const seconds = Math.max(0, Math.ceil(((info.resetTime?.getTime() ?? Date.now()) - Date.now()) / 1000));
  res.setHeader('x-ratelimit-limit-requests', info.limit);
  res.setHeader('x-ratelimit-remaining-requests', info.remaining);
  res.setHeader('x-ratelimit-reset-requests', `${seconds}s`);
}

function infoOf(req: Request): RateLimitInfo | undefined {
  return (req as Request & { rateLimit?: RateLimitInfo }).rateLimit;
}

function keyName(res: Response): string {
  return traceOf(res).caller?.keyName ?? '';
}

/** IPv6 by /64: that is what one subscriber has. */
export function addressOf(req: Request): string {
  return ipKeyGenerator(req.ip ?? 'unknown', IPV6_SUBNET);
}
