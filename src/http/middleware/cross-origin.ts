/**
 * Which web pages may call the API. With the well-known key on a gateway that spends somebody's tokens any page could do so
 * from the visitor's own browser, so by default only pages of this machine may, under addresses that no stranger's DNS can
 * point here (DNS rebinding makes a page same-origin, where CORS does not help). Cookies are never involved.
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
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
];
const PREFLIGHT_SECONDS = 86_400;
/** Refused origins that are logged, each once. */
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

/** Only browsers send these two headers with every request that a page makes across origins or to its own. */
function refuseForeignHost({ publicUrl }: CrossOriginConfig) {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  return (req: Request, res: Response, next: NextFunction): void => {
    // A cache must not give one origin what another was answered.
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

/** Origins of this machine, on any port, and the gateway's public one. Apps have schemes of their own (`tauri://localhost`). */
function isLocalOrigin(origin: string, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true;
  return isLoopback(hostnameOf(origin));
}

/** A name that only this machine or nobody's DNS decides about. */
function isLocalName(host: string): boolean {
  return isLoopback(host) || isIP(host.replace(/^\[|\]$/g, '')) !== 0;
}

function isLoopback(host: string): boolean {
  return /^(localhost|[\w-]+(\.[\w-]+)*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}

/** In lower case; empty for what is no address. */
function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
}

function logOnce(log: Logger): (origin: string) => void {
  const logged = new Set<string>();
  return (origin) => {
    if (logged.has(origin) || logged.size >= MAX_LOGGED) return;
    logged.add(origin);
    // A header of a stranger: anything but the form of an origin stays out of the log.
    const shown = /^[a-z][\w+.-]*:\/\/[\w.:[\]-]{1,200}$/i.test(origin) ? origin : undefined;
    const line = shown === undefined ? '' : ` To allow it: CORS_ORIGINS=${shown}`;
    log.warn(
      `A web page of ${shown ?? 'an origin without an address'} may not call this gateway while its key is the ` +
        `well-known one.${line}`,
    );
  };
}
