/** Finds the cheapest model. Pure. */
import type { Price, UpstreamModel } from '../completion/model-info.js';
import { readsTextOnly } from './model-traits.js';

/**
 * The cheapest of the text models that the upstream lists: by input first, since agents' background calls read much and
 * write little; of equal prices the newest. @returns undefined if no price is known.
 */
export function findCheapestTextModel(models: readonly UpstreamModel[]): UpstreamModel | undefined {
  const priced = models.flatMap((model) => {
    const price = model.info?.price;
    return price !== undefined && model.isListed !== false && readsTextOnly(model) ? [{ model, price }] : [];
  });
  const sorted = priced.sort(
    (one, other) => comparePrices(one.price, other.price) || other.model.created - one.model.created,
  );
  return sorted[0]?.model;
}

function comparePrices(one: Price, other: Price): number {
  return one.input - other.input || one.output - other.output;
}
