/** GET /v1/key and /me/key: what the key that asks, or that of the session, may do. */
import type { Request, Response } from 'express';
import type { Config } from '../../config/config.js';
import { findExpiry } from '../../team/core/rights.js';
import type { KnownKey } from '../../team/key-cache.js';
import { getLocals } from '../request-locals.js';
import { findSealing } from '../sealing-access.js';

export type OwnKeyConfig = Pick<
  Config,
  'rateLimit' | 'rateLimits' | 'publicRateLimit' | 'rateLimitTotal' | 'responsesTtlMs'
>;

export function getOwnKey(config: OwnKeyConfig) {
  return (_req: Request, res: Response): void => {
    const { context, session } = getLocals(res);
    const { caller } = context;
    const { keyName = '', isPublic = true } = caller ?? {};
    const managed = session ?? caller?.managed;
    res.setHeader('cache-control', 'no-store');
    if (managed === undefined) {
      const named = config.rateLimits.find(({ name }) => name === keyName)?.limit ?? config.rateLimit;
      const limits = [isPublic ? config.publicRateLimit : named, config.rateLimitTotal].filter(Boolean);
      const limit = Math.min(...limits);
      res.json({
        name: keyName,
        source: 'environment',
        models: [],
        requests_per_minute: limits.length === 0 ? null : { limit, set_by: 'gateway' },
        class: 'interactive',
        weight: 1,
        keep_responses: config.responsesTtlMs > 0 && findSealing(caller) !== undefined,
        expires_at: null,
      });
      return;
    }
    res.json(describeManagedKey(managed, config));
  };
}

export function describeManagedKey(
  { key, member, rights }: KnownKey,
  { responsesTtlMs }: Pick<Config, 'responsesTtlMs'>,
) {
  const end = findExpiry(key);
  const { tightestRate } = rights;
  return {
    id: key.id,
    name: key.name,
    member: member.id,
    source: 'managed',
    models: rights.models.map(({ scope, globs }) => ({ allowed: globs, set_by: scope })),
    requests_per_minute: tightestRate ? { limit: tightestRate.limit, set_by: tightestRate.scope } : null,
    class: rights.class,
    weight: rights.weight,
    keep_responses: responsesTtlMs > 0 && rights.keepsResponses,
    expires_at: end === undefined ? null : new Date(end).toISOString(),
  };
}
