/** Which product of Z.ai a base URL belongs to, for the doctor and the terms that hold there. */

export interface Product {
  readonly name: string;
  /** A personal coding plan: for one person and the coding tools that Z.ai lists. */
  readonly isCodingPlan: boolean;
}

/** `undefined` for everything but the official bases, a reverse proxy in front of one included. */
export function findProduct(upstreamUrl: string): Product | undefined {
  const { hostname, pathname } = new URL(upstreamUrl);
  const base = /\/api\/(coding\/)?paas\/v4(\/|$)/.exec(pathname);
  if (base === null) return undefined;
  const isCodingPlan = base[1] !== undefined;
  const company = hostname.endsWith('bigmodel.cn') ? 'BigModel (mainland)' : 'Z.ai';
  return {
    name: `${company}, ${isCodingPlan ? 'personal coding plan' : 'pay-as-you-go'}`,
    isCodingPlan,
  };
}
