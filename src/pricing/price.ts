/** What tokens cost. Integers only: prices in millionths of the currency per million tokens, costs in millionths. */
import type { Usage } from '../completion/event.js';
import type { Currency } from '../vocabulary/money.js';

export type Price =
  | {
      readonly kind: 'priced';
      readonly currency: Currency;
      readonly input: number;
      readonly cachedInput: number;
      readonly output: number;
    }
  /** The model costs nothing. */
  | { readonly kind: 'free' }
  /** A plan pays for it. */
  | { readonly kind: 'included' }
  /** No price is known. */
  | { readonly kind: 'unpriced' };

export const FREE: Price = { kind: 'free' };
export const INCLUDED: Price = { kind: 'included' };
export const UNPRICED: Price = { kind: 'unpriced' };

const TOKENS_PER_PRICE = 1_000_000;

/**
 * The cost of one answer in millionths of its price's currency, rounded up; 0 where nothing is charged or known. Cached
 * tokens are part of the prompt, and reasoning is part of the completion.
 */
export function computeCost(
  { promptTokens, completionTokens, cachedTokens = 0 }: Usage,
  price: Price,
): number {
  if (price.kind !== 'priced') return 0;
  const cached = Math.min(cachedTokens, promptTokens);
  const { input, cachedInput, output } = price;
  const sum = (promptTokens - cached) * input + cached * cachedInput + completionTokens * output;
  return Math.ceil(sum / TOKENS_PER_PRICE);
}
