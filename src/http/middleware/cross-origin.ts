/**
 * Middleware: which web pages may call the API. With the default key, any page could spend the gateway's tokens from a
 * visitor's browser. So by default only pages of this machine may call it, and only under host names that other people's DNS
 * cannot point here: DNS rebinding makes a page same-origin, and CORS does not apply. Cookies are not used.
 */
import { isIP } from 'node:net';
import cors, { type CorsOptions } from 'cors';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Config } from '../../config/config.js';
import type { Logger } from '../../logger.js';
import { PermissionDeniedError } from '../../vocabulary/errors.js';

export type CrossOriginConfig = Pick<Config, 'corsOrigins' | 'publicUrl'>;

/** Response headers that scripts may read. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'request-id',
  'retry-after',
  'x-should-retry',
  'x-gateway-mode',
  'x-served-model',
  'x-queue-wait-ms',
  'x-upstream',
  'x-response-cost',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
];
const PREFLIGHT_SECONDS = 86_400;
/** How many refused origins are logged, each once. */
const MAX_LOGGED = 20;

/** Middleware for the API's paths. */
export function restrictOrigins(config: CrossOriginConfig, log: Logger): RequestHandler[] {
  const { corsOrigins } = config;
  if (corsOrigins !== 'local') return [allow(corsOrigins === '*' ? '*' : [...corsOrigins])];
  const isRefused = logOnce(log);
  return [
    refuseForeignHost(config),
    allow((origin, done) => {
      const allowed = origin !== undefined && isLocalOrigin(origin, config.publicUrl);
      if (origin !== undefined && !allowed) isRefused(origin);
      done(null, allowed);
    }),
  ];
}

function allow(origin: CorsOptions['origin']): RequestHandler {
  return cors({ origin, exposedHeaders: EXPOSED_HEADERS, maxAge: PREFLIGHT_SECONDS });
}

/** Rejects requests of browsers to a foreign host name. Only browsers send `Origin` or `Sec-Fetch-Site`. */
function refuseForeignHost({ publicUrl }: CrossOriginConfig) {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  return (req: Request, res: Response, next: NextFunction): void => {
    // A cache must not answer one origin with the response for another.
    res.vary('Origin');
    const isBrowser = req.headers.origin !== undefined || req.headers['sec-fetch-site'] !== undefined;
    const host = hostnameOf(`http://${req.headers.host ?? ''}`);
    if (isBrowser && !isLocalName(host) && host !== publicHost) throw foreignHost();
    next();
  };
}

function foreignHost(): PermissionDeniedError {
  return new PermissionDeniedError(
    'Web pages may use this gateway only as localhost or by an IP address, as long as its key is the well-known one. ' +
      'Whoever runs it can set DEFAULT_KEY or API_KEYS, or PUBLIC_URL to the address that pages use.',
    { code: 'host_not_allowed' },
  );
}

/** Origins of this machine, on any port, and the gateway's public one. Apps have their own schemes (`tauri://localhost`). */
function isLocalOrigin(origin: string, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true;
  return isLoopback(hostnameOf(origin));
}

/** A host name that is not resolved by DNS outside this machine: loopback names and IP addresses. */
function isLocalName(host: string): boolean {
  return isLoopback(host) || isIP(host.replace(/^\[|\]$/g, '')) !== 0;
}

function isLoopback(host: string): boolean {
  return /^(localhost|[\w-]+(\.[\w-]+)*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}

/** Returns the host name in lower case, or an empty text if `address` is not a URL. */
function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
}

function logOnce(log: Logger): (origin: string) => void {
  const logged = new Set<string>();
  return (origin) => {
    if (logged.has(origin) || logged.size >= MAX_LOGGED) return;
    logged.add(origin);
    // The header may hold anything: only what looks like an origin is logged.
    const shown = /^[a-z][\w+.-]*:\/\/[\w.:[\]-]{1,200}$/i.test(origin) ? origin : undefined;
    const line = shown === undefined ? '' : ` To allow it: CORS_ORIGINS=${shown}`;
    log.warn(
      `A web page of ${shown ?? 'an origin without an address'} may not call this gateway while its key is the ` +
        `well-known one.${line}`,
    );
  };
}
