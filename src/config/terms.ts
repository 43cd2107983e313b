/** Who shares a personal coding plan, which is for one person. Pure. */
import { isCodingPlan } from './coding-plan.js';
import { type Config, WELL_KNOWN_KEY } from './config.js';

export type TermsConfig = Pick<Config, 'upstreams' | 'publicKey' | 'namedKeys'>;

/** @returns whether all callers are served by one coding plan, as with the variables of a single upstream */
export function hasSharedPlan({ upstreams }: Pick<TermsConfig, 'upstreams'>): boolean {
  return upstreams.some(({ url, owner }) => owner === undefined && isCodingPlan(url));
}

/**
 * Keys of the environment and members with keys that a coding plan serves; more than one breaks its terms.
 * @param members How many members have keys.
 * @returns 0 where no plan is shared.
 */
export function countPlanSharers(config: TermsConfig, members: number): number {
  if (!hasSharedPlan(config)) return 0;
  const { publicKey, namedKeys } = config;
  // The well-known key ends with the first member.
  const isPublic = publicKey !== undefined && !(publicKey === WELL_KNOWN_KEY && members > 0);
  return namedKeys.length + (isPublic ? 1 : 0) + members;
}

/** @param sharers See `countPlanSharers` @returns `undefined` when the terms are kept */
export function termsWarning(sharers: number): string | undefined {
  if (sharers < 2) return undefined;
  return (
    `UPSTREAM_URL is a personal coding plan, and this gateway has ${sharers} keys. Such a plan is for one person and the coding ` +
    'tools that Z.ai lists; sharing it can end the account. A team uses a pay-as-you-go key, seats of a Team plan, or a ' +
    'self-hosted GLM.'
  );
}
