/** Finds the price of a model at an upstream: in PRICES, else in the model table. */
import type { ConfiguredPrice, ConfiguredPrices } from '../config/prices-file.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { normalizeSpelling } from '../upstream/model-names.js';
import { getListPrice } from '../upstream/models.js';
import { findProduct } from '../upstream/product.js';
import { FREE, INCLUDED, type Price, UNPRICED } from './price.js';

type PricedEntry = Pick<UpstreamEntry, 'name' | 'url' | 'protocol'>;

/** LiteLLM's name of Z.ai as a provider: its prices are in dollars, and not BigModel's. */
const ZAI = 'zai/';
const MAX_FOUND = 2_000;

export class PriceList {
  /** By spelling. Names that begin with `zai/` keep it. */
  readonly #configured = new Map<string, Price>();
  #entries = new Map<string, PricedEntry>();
  readonly #found = new Map<string, Price>();

  constructor(configured: ConfiguredPrices, entries: readonly PricedEntry[]) {
    for (const [name, price] of configured) this.#configured.set(spell(name), toPrice(price));
    this.replace(entries);
  }

  /** Other entries are asked from now on. */
  replace(entries: readonly PricedEntry[]): void {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#found.clear();
  }

  /** @param entry name of the upstream entry @param id the upstream's id of the model */
  find(entry: string, id: string): Price {
    const name = `${entry}\n${id}`;
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const price = this.#find(entry, id);
    // Clients may send any name.
    if (this.#found.size >= MAX_FOUND) this.#found.clear();
    this.#found.set(name, price);
    return price;
  }

  #find(entryName: string, id: string): Price {
    const entry = this.#entries.get(entryName);
    // A request may still run at an entry that was replaced.
    if (entry === undefined) return UNPRICED;
    const product = findProduct(entry.url);
    if (product?.isCodingPlan) return INCLUDED;
    const model = normalizeSpelling(id);
    const configured =
      this.#configured.get(`${entry.name.toLowerCase()}/${model}`) ??
      this.#configured.get(model) ??
      (product?.currency === 'USD' ? this.#configured.get(`${ZAI}${model}`) : undefined);
    if (configured !== undefined) return configured;
    // The web chat sells nothing.
    if (entry.protocol === 'zai-web') return FREE;
    if (product === undefined) return UNPRICED;
    return toListPrice(model, product.currency);
  }
}

function spell(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith(ZAI) ? `${ZAI}${normalizeSpelling(lower)}` : normalizeSpelling(lower);
}

/** The table has Z.ai's prices in dollars. What is free there is free at BigModel, which has other prices in yuan. */
function toListPrice(model: string, currency: 'USD' | 'CNY'): Price {
  const list = getListPrice(model);
  if (list === undefined) return UNPRICED;
  const [input, cached = input, output] = list;
  const price = toPrice({
    currency,
    input: toMillionths(input),
    cachedInput: toMillionths(cached),
    output: toMillionths(output),
  });
  return currency === 'USD' || price.kind === 'free' ? price : UNPRICED;
}

function toPrice(price: ConfiguredPrice): Price {
  const isFree = price.input + price.cachedInput + price.output === 0;
  return isFree ? FREE : { kind: 'priced', ...price };
}

function toMillionths(amount: number): number {
  return Math.round(amount * 1e6);
}
