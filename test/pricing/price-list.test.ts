/** What a request costs: prices of the table and of the file PRICES. */
import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { readPricesFile } from '../../src/config/prices-file.js';
import { computeCost, type Price } from '../../src/pricing/price.js';
import { PriceList } from '../../src/pricing/price-list.js';
import { formatMillionths } from '../../src/vocabulary/money.js';

const ENTRIES = [
  { name: 'pay', url: 'https://api.z.ai/api/paas/v4', protocol: 'openai' },
  { name: 'plan', url: 'https://api.z.ai/api/coding/paas/v4', protocol: 'openai' },
  { name: 'mainland', url: 'https://open.bigmodel.cn/api/paas/v4', protocol: 'openai' },
  { name: 'own', url: 'http://10.0.0.1:8000/v1', protocol: 'openai' },
  { name: 'web', url: 'https://chat.z.ai/api/chat/completions', protocol: 'zai-web' },
] as const;
const listOf = (prices: object) => new PriceList(readPricesFile(JSON.stringify(prices)).prices, ENTRIES);
const dollars = (input: number, cachedInput: number, output: number): Price => ({
  kind: 'priced',
  currency: 'USD',
  input,
  cachedInput,
  output,
});

describe('The price of a model', () => {
  const list = listOf({});
  const cases: [string, string, string, Price][] = [
    ['is Z.ai’s in dollars', 'pay', 'glm-5.2', dollars(1_400_000, 260_000, 4_400_000)],
    ['is found in any spelling', 'pay', 'zai-org/GLM-5.2[1m]', dollars(1_400_000, 260_000, 4_400_000)],
    [
      'counts cached input as input where no other price is known',
      'pay',
      'glm-5.3-flashx',
      dollars(370_000, 370_000, 1_250_000),
    ],
    ['is none for free models', 'pay', 'glm-4.7-flash', { kind: 'free' }],
    ['is unknown for models that have none', 'pay', 'glm-5.4', { kind: 'unpriced' }],
    ['is unknown for models that are in no table', 'pay', 'glm-9', { kind: 'unpriced' }],
    ['is included in a plan', 'plan', 'glm-5.3', { kind: 'included' }],
    ['is not Z.ai’s on the mainland', 'mainland', 'glm-5.2', { kind: 'unpriced' }],
    ['is none for free models of the mainland', 'mainland', 'glm-4.5-flash', { kind: 'free' }],
    ['is unknown for the operator’s own server', 'own', 'glm-4.6', { kind: 'unpriced' }],
    ['is none in the web chat', 'web', 'glm-4.6', { kind: 'free' }],
    ['is unknown where the upstream is gone', 'removed', 'glm-5.2', { kind: 'unpriced' }],
  ];
  for (const [title, entry, id, price] of cases) {
    it(title, () => expect(list.find(entry, id)).to.deep.equal(price));
  }

  it('comes from the file PRICES first, there from the upstream’s own line', () => {
    const own = listOf({
      'glm-5.2': { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 },
      'mainland/GLM-5.2': {
        input_cost_per_token: 8e-6,
        cache_read_input_token_cost: 2e-6,
        output_cost_per_token: 28e-6,
        currency: 'CNY',
      },
      'zai-org/GLM-4.6': { input_cost_per_token: 0, output_cost_per_token: 0 },
    });
    expect(own.find('pay', 'glm-5.2')).to.deep.equal(dollars(1_000_000, 1_000_000, 2_000_000));
    expect(own.find('own', 'glm-5.2')).to.deep.equal(dollars(1_000_000, 1_000_000, 2_000_000));
    expect(own.find('mainland', 'glm-5.2')).to.deep.equal({
      kind: 'priced',
      currency: 'CNY',
      input: 8_000_000,
      cachedInput: 2_000_000,
      output: 28_000_000,
    });
    expect(own.find('plan', 'glm-5.2')).to.deep.equal({ kind: 'included' });
    expect(own.find('own', 'zai-org/GLM-4.6')).to.deep.equal({ kind: 'free' });
  });

  it('takes LiteLLM’s public map, whose `zai/` prices hold for Z.ai only', () => {
    const map = {
      sample_spec: {
        input_cost_per_token: 0,
        output_cost_per_token: 0,
        mode: 'one of: chat, embedding',
        max_tokens: 'text',
      },
      'zai/glm-4.6': {
        input_cost_per_token: 6e-7,
        cache_read_input_token_cost: 1.1e-7,
        output_cost_per_token: 2.2e-6,
        litellm_provider: 'zai',
        mode: 'chat',
      },
      'openrouter/z-ai/glm-4.6': { input_cost_per_token: 4e-7, output_cost_per_token: 1.75e-6, mode: 'chat' },
      'dall-e-3': { input_cost_per_pixel: 1e-8, mode: 'image_generation' },
      'embedding-3': { input_cost_per_token: 1e-7, mode: 'embedding' },
    };
    const read = readPricesFile(JSON.stringify(map));
    expect(read.problems).to.deep.equal([]);
    const pasted = new PriceList(read.prices, ENTRIES);
    expect(pasted.find('pay', 'glm-4.6')).to.deep.equal(dollars(600_000, 110_000, 2_200_000));
    expect(pasted.find('mainland', 'glm-4.6')).to.deep.equal({ kind: 'unpriced' });
    expect(pasted.find('own', 'embedding-3')).to.deep.equal(dollars(100_000, 100_000, 0));
  });

  it('follows the upstreams when they are read again', () => {
    const changed = listOf({});
    expect(changed.find('pay', 'glm-5.2').kind).to.equal('priced');
    changed.replace([{ ...ENTRIES[1], name: 'pay' }]);
    expect(changed.find('pay', 'glm-5.2').kind).to.equal('included');
  });

  it('is looked up once for each model, however many names clients make up', () => {
    for (let index = 0; index < 5_000; index += 1) list.find('pay', `glm-${index}`);
    expect(list.find('pay', 'glm-5.2').kind).to.equal('priced');
  });
});

describe('The file PRICES', () => {
  const problemsOf = (text: string) => {
    try {
      loadConfig({ PRICES: 'prices.json' }, { readText: () => text });
      return [];
    } catch (error) {
      return (error as { problems: string[] }).problems;
    }
  };
  const entry = { input_cost_per_token: 1e-6, output_cost_per_token: 1e-6 };
  const bad: [string, string, RegExp][] = [
    ['is no JSON', '{', /^PRICES: found no JSON object of models; allowed: /],
    ['is a list', '[]', /^PRICES: found no JSON object of models/],
    [
      'has a price as text',
      JSON.stringify({ a: { ...entry, input_cost_per_token: '1' } }),
      /^PRICES: a, input_cost_per_token: not valid; allowed: a number from 0 to 1\.$/,
    ],
    [
      'has a price per million',
      JSON.stringify({ a: { ...entry, output_cost_per_token: 2.2 } }),
      /^PRICES: a, output_cost_per_token: not valid/,
    ],
    [
      'has a negative price',
      JSON.stringify({ a: { ...entry, cache_read_input_token_cost: -1e-6 } }),
      /^PRICES: a, cache_read_input_token_cost: not valid/,
    ],
    [
      'has another currency',
      JSON.stringify({ a: { ...entry, currency: 'EUR' } }),
      /^PRICES: a, currency: not valid; allowed: USD or CNY\.$/,
    ],
    [
      'misspells a field',
      JSON.stringify({ a: { input_cost_per_token: 1e-6, ouput_cost_per_token: 1e-6 } }),
      /^PRICES: a: input_cost_per_token or output_cost_per_token is missing/,
    ],
    [
      'has a secret in the place of a name',
      JSON.stringify({ 'two words': { ...entry, currency: 'x' } }),
      /^PRICES: a model, currency/,
    ],
  ];
  for (const [title, text, problem] of bad) {
    it(`is refused when it ${title}`, () => {
      const [first = '', ...more] = problemsOf(text);
      expect(first).to.match(problem);
      expect(more).to.deep.equal([]);
    });
  }

  it('is checked whole, and names at most ten problems', () => {
    const broken = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`m${index}`, { ...entry, currency: 'x' }]),
    );
    const problems = problemsOf(JSON.stringify({ fine: entry, ...broken }));
    expect(problems).to.have.length(11);
    expect(problems.at(-1)).to.equal('PRICES: 20 more of this kind.');
  });
});

describe('The cost of an answer', () => {
  const price = dollars(1_400_000, 260_000, 4_400_000);
  const usageOf = (promptTokens: number, completionTokens: number, cachedTokens?: number) => ({
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    cachedTokens,
  });

  it('counts cached input apart, in millionths, rounded up', () => {
    expect(computeCost(usageOf(1_000_000, 0), price)).to.equal(1_400_000);
    expect(computeCost(usageOf(1_000, 100, 600), price)).to.equal(400 * 1.4 + 600 * 0.26 + 100 * 4.4);
    expect(computeCost(usageOf(1, 0), price)).to.equal(2);
    expect(computeCost(usageOf(0, 0), price)).to.equal(0);
  });

  it('never counts more cached input than there was input', () => {
    expect(computeCost(usageOf(100, 0, 1_000), price)).to.equal(26);
  });

  it('is nothing where nothing is charged or known', () => {
    for (const kind of ['free', 'included', 'unpriced'] as const)
      expect(computeCost(usageOf(1_000, 1_000), { kind }), kind).to.equal(0);
  });

  it('is written with at least two decimals', () => {
    const written = [0, 1, 10, 12_300, 1_500_000, 20_000_000].map(formatMillionths);
    expect(written).to.deep.equal(['0.00', '0.000001', '0.00001', '0.0123', '1.50', '20.00']);
  });
});
