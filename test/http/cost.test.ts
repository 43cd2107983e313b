/** What a request cost: header, record, log. */
import { expect } from 'chai';
import { RequestCost } from '../../src/http/request-cost.js';
import { FREE, type Price, UNPRICED } from '../../src/pricing/price.js';
import { formatMillionths } from '../../src/vocabulary/money.js';
import { jsonOf, useGateway } from '../support/gateway.js';

const PRICES = {
  'glm-4.5': {
    input_cost_per_token: 6e-7,
    cache_read_input_token_cost: 1.1e-7,
    output_cost_per_token: 2.2e-6,
  },
  'glm-4.6': { input_cost_per_token: 4e-6, output_cost_per_token: 16e-6, currency: 'CNY' },
};

describe('The cost of a request', () => {
  const rig = useGateway({
    form: 'zai',
    env: { PRICES: 'prices.json' },
    sources: { readText: () => JSON.stringify(PRICES) },
  });
  const whole = async (model: string) => {
    const response = await rig.ask('sim:say(hello)', { model, stream: false });
    const { usage } = await jsonOf(response);
    return { usage, header: response.headers.get('x-response-cost'), record: await rig.recordOf(response) };
  };

  it('is that of the usage the client was told, in the price’s currency', async () => {
    const { usage, header, record } = await whole('GLM-4.5');
    const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
    const exact = (usage.prompt_tokens - cached) * 0.6 + cached * 0.11 + usage.completion_tokens * 2.2;
    const millionths = Math.ceil(Number(exact.toFixed(6)));
    expect(header).to.equal(`${formatMillionths(millionths)} USD`);
    expect(record).to.deep.include({ pricing: 'priced', cost: { USD: millionths } });
    const line = rig.logLines.find(({ requestId }) => requestId === record.requestId);
    expect(line).to.include({ pricing: 'priced', costUsd: millionths / 1e6 });
  });

  it('is in yuan where the price is, and a word where there is none', async () => {
    expect((await whole('GLM-4.6')).header).to.match(/^0\.\d+ CNY$/);
    expect((await whole('GLM-4.5-Flash')).header).to.equal('free');
    expect((await whole('GLM-5.4')).header).to.equal('unpriced');
  });

  it('is recorded for streams and for answers that were cut, without a header', async () => {
    const response = await rig.ask('sim:say(hello)', { stream: true });
    await response.text();
    expect(response.headers.get('x-response-cost')).to.equal(null);
    const { cost } = await rig.recordOf(response);
    expect(cost?.USD).to.be.above(0);
  });

  it('is unknown when nothing was used', async () => {
    const response = await rig.post('{');
    expect(await rig.recordOf(response)).to.include({
      usage: undefined,
      pricing: undefined,
      cost: undefined,
    });
  });
});

describe('The cost of several upstream calls', () => {
  const usage = { promptTokens: 1_000, completionTokens: 0, totalTokens: 1_000 };
  const price = (currency: 'USD' | 'CNY', input: number): Price => ({
    kind: 'priced',
    currency,
    input,
    cachedInput: input,
    output: input,
  });

  it('has each call at its own price, and never adds currencies', () => {
    const cost = new RequestCost();
    cost.startCall(price('CNY', 4_000_000));
    cost.setUsage(usage);
    cost.startCall(price('USD', 600_000));
    cost.setUsage({ ...usage, promptTokens: 500 });
    cost.setUsage(usage);
    expect(cost.read()).to.deep.include({ pricing: 'priced', cost: { USD: 600, CNY: 4_000 } });
    expect(cost.read().usage?.promptTokens).to.equal(2_000);
    expect(cost.headers()).to.deep.equal({ 'x-response-cost': '0.0006 USD + 0.004 CNY' });
  });

  it('forgets a call that used nothing', () => {
    const cost = new RequestCost();
    cost.startCall(FREE);
    cost.setUsage(usage);
    cost.startCall(UNPRICED);
    expect(cost.read()).to.deep.include({ usage, pricing: 'free', cost: undefined });
    expect(new RequestCost().headers()).to.deep.equal({});
  });
});
