/** Currencies, and how traffic is priced. Amounts of different currencies are never added. */

export const CURRENCIES = ['USD', 'CNY'] as const;
export type Currency = (typeof CURRENCIES)[number];

/** `included`: a plan pays for it; `unpriced`: no price is known, which is not the same as free. */
export const PRICING_KINDS = ['priced', 'free', 'included', 'unpriced'] as const;
export type PricingKind = (typeof PRICING_KINDS)[number];

/** Millionths by currency; a currency without an amount is absent. */
export type Amounts = Readonly<Partial<Record<Currency, number>>>;

/** `0.001234`: at least two decimals. */
export function formatMillionths(millionths: number): string {
  return (millionths / 1e6).toFixed(6).replace(/0{1,4}$/, '');
}

/** Adds amounts to `sums`, in place. */
export function addAmounts(sums: Partial<Record<Currency, number>>, amounts: Amounts): void {
  for (const currency of CURRENCIES) {
    const amount = amounts[currency];
    if (amount !== undefined) sums[currency] = (sums[currency] ?? 0) + amount;
  }
}
