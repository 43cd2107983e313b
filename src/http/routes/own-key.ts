/** GET /v1/key and /me/key: what the key that asks, or that of the session, may do. */
import type { Request, Response } from 'express';
import type { Config } from '../../config/config.js';
import { findExpiry } from '../../team/core/rights.js';
import type { KnownKey } from '../../team/key-cache.js';
import type { ConfiguredKey } from '../../team/sessions.js';
import { findConfiguredMeters } from '../configured-keys.js';
import { getLocals } from '../request-locals.js';
import { findSealing } from '../sealing-access.js';
import { type BudgetReader, showLimits } from '../show-limits.js';

export type OwnKeyConfig = Pick<
  Config,
  'rateLimit' | 'rateLimits' | 'publicRateLimit' | 'rateLimitTotal' | 'responsesTtlMs' | 'budgets'
>;

export function getOwnKey(config: OwnKeyConfig, budgets: BudgetReader) {
  return async (_req: Request, res: Response): Promise<void> => {
    const { context, session, configured } = getLocals(res);
    const { caller } = context;
    const managed = session ?? caller?.managed;
    res.setHeader('cache-control', 'no-store');
    if (managed !== undefined) {
      res.json({ ...describeManagedKey(managed, config), ...(await showLimits(managed.meters, budgets)) });
      return;
    }
    const { keyName = '', isPublic = true } = caller ?? {};
    const key = configured ?? { name: keyName, isPublic, keepsResponses: findSealing(caller) !== undefined };
    const meters = configured ? findConfiguredMeters(configured, config) : caller?.meters;
    res.json({ ...describeConfiguredKey(key, config), ...(await showLimits(meters, budgets)) });
  };
}

/** A key of the environment. */
export function describeConfiguredKey(
  { name, isPublic, keepsResponses }: Pick<ConfiguredKey, 'name' | 'isPublic' | 'keepsResponses'>,
  { rateLimits, rateLimit, publicRateLimit, rateLimitTotal, responsesTtlMs }: OwnKeyConfig,
) {
  const named = rateLimits.find((limited) => limited.name === name)?.limit ?? rateLimit;
  const limits = [isPublic ? publicRateLimit : named, rateLimitTotal].filter(Boolean);
  return {
    name,
    source: 'environment',
    models: [],
    requests_per_minute:
      limits.length === 0 ? null : { limit: Math.min(...limits), set_by: 'gateway' as const },
    class: 'interactive' as const,
    weight: 1,
    keep_responses: responsesTtlMs > 0 && keepsResponses,
    expires_at: null,
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
