/** Which product of Z.ai a base URL belongs to, for the doctor and the terms that hold there. */
import { isCodingPlan, OFFICIAL_BASE } from '../config/coding-plan.js';
import type { Currency } from '../vocabulary/money.js';

export interface Product {
  readonly name: string;
  /** A personal coding plan: for one person and the coding tools that Z.ai lists. */
  readonly isCodingPlan: boolean;
  /** In which it is billed. */
  readonly currency: Currency;
}

/** `undefined` for everything but the official bases, a reverse proxy in front of one included. */
export function findProduct(upstreamUrl: string): Product | undefined {
  const { hostname, pathname } = new URL(upstreamUrl);
  if (!OFFICIAL_BASE.test(pathname)) return undefined;
  const isPlan = isCodingPlan(upstreamUrl);
  const isMainland = hostname.endsWith('bigmodel.cn');
  const company = isMainland ? 'BigModel (mainland)' : 'Z.ai';
  return {
    name: `${company}, ${isPlan ? 'personal coding plan' : 'pay-as-you-go'}`,
    isCodingPlan: isPlan,
    currency: isMainland ? 'CNY' : 'USD',
  };
}
