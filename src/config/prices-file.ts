/**
 * The text of the file PRICES → prices, or everything that is wrong with it. Pure. The fields have the names of LiteLLM's
 * public map (`model_prices_and_context_window.json`), so that it can be used as it is; other fields are ignored.
 */
import { z } from 'zod';
import { CURRENCIES, type Currency } from '../vocabulary/money.js';

/** In millionths of the currency per million tokens. */
export interface ConfiguredPrice {
  readonly currency: Currency;
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** By the names in the file. */
export type ConfiguredPrices = ReadonlyMap<string, ConfiguredPrice>;

const FIELDS = {
  input_cost_per_token: 'a number from 0 to 1',
  cache_read_input_token_cost: 'a number from 0 to 1',
  output_cost_per_token: 'a number from 0 to 1',
  currency: CURRENCIES.join(' or '),
} as const;

const cost = z.number().min(0).max(1).nullish();
const ENTRY = z.object({
  input_cost_per_token: cost,
  cache_read_input_token_cost: cost,
  output_cost_per_token: cost,
  currency: z.enum(CURRENCIES).default('USD'),
  /** LiteLLM's kind of model: only its entries have it. */
  mode: z.string().optional(),
});
type Entry = z.infer<typeof ENTRY>;

const FILE = z.record(z.string(), z.looseObject({}));
/** Kinds of LiteLLM's models that write nothing. */
const READING_MODES = ['embedding', 'rerank'];
const MAX_PROBLEMS = 10;

export function readPricesFile(text: string): { prices: ConfiguredPrices; problems: readonly string[] } {
  const prices = new Map<string, ConfiguredPrice>();
  const file = FILE.safeParse(parseJson(text));
  if (!file.success) {
    return {
      prices,
      problems: [
        'found no JSON object of models; allowed: `{"MODEL": {"input_cost_per_token": 6e-7, "output_cost_per_token": 2.2e-6}}`',
      ],
    };
  }
  const problems: string[] = [];
  for (const [name, written] of Object.entries(file.data)) {
    const entry = ENTRY.safeParse(written);
    if (entry.success) {
      const price = toPrice(entry.data);
      if (typeof price === 'string') problems.push(`${describe(name)}: ${price}`);
      else if (price !== undefined) prices.set(name, price);
    } else {
      const fields = new Set(entry.error.issues.map(({ path }) => path[0] as keyof typeof FIELDS));
      for (const field of fields)
        problems.push(`${describe(name)}, ${field}: not valid; allowed: ${FIELDS[field] ?? 'a text'}`);
    }
  }
  const more = problems.length - MAX_PROBLEMS;
  return {
    prices,
    problems: more > 0 ? [...problems.slice(0, MAX_PROBLEMS), `${more} more of this kind`] : problems,
  };
}

/** @returns what is wrong; `undefined` for an entry of LiteLLM's that has no price per token */
function toPrice({ mode, currency, ...costs }: Entry): ConfiguredPrice | string | undefined {
  const { input_cost_per_token: input, cache_read_input_token_cost: cached } = costs;
  const output = costs.output_cost_per_token ?? (READING_MODES.includes(mode ?? '') ? 0 : undefined);
  if (input == null || output == null) {
    return mode === undefined
      ? 'input_cost_per_token or output_cost_per_token is missing; allowed: both, 0 for a free model'
      : undefined;
  }
  return {
    currency,
    input: toMillionths(input),
    cachedInput: toMillionths(cached ?? input),
    output: toMillionths(output),
  };
}

/** Per token → millionths per million tokens. */
function toMillionths(perToken: number): number {
  return Math.round(perToken * 1e12);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** What stands in the place of a name may be anything. */
function describe(name: string): string {
  return /^[\w./:@+[\]-]{1,100}$/.test(name) ? name : 'a model';
}
