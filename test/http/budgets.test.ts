import { expect } from 'chai';
import { pino } from 'pino';
import { WAIT_MS } from '../../src/budgets/waiters.js';
import { openSharedState, type SharedState } from '../../src/store/shared-state.js';
import { dataOf, errorOf, type Json, jsonOf, KEY, useGateway } from '../support/gateway.js';
import { ADMIN, admin, newKey } from '../support/team.js';

/** Per token. */
const PRICES = JSON.stringify({
  'GLM-4.6': {
    input_cost_per_token: 6e-7,
    cache_read_input_token_cost: 1.1e-7,
    output_cost_per_token: 2.2e-6,
  },
  'GLM-4.5-Flash': { input_cost_per_token: 0, output_cost_per_token: 0 },
});

describe('A budget', () => {
  let state: SharedState;
  const asked: string[] = [];
  const options = {
    form: 'zai' as const,
    env: { ADMIN_PASSWORD: ADMIN, PRICES: 'prices.json', BUDGETS: 'public=40tokens/total', DEFAULT_KEY: KEY },
    sources: { readText: () => PRICES },
    gateway: {} as { state?: SharedState },
  };
  before(async () => {
    const none = {
      redisUrls: [],
      redisSentinels: [],
      redisTimeoutMs: 1,
      redisPrefix: '',
      redisRequired: false,
      historyDays: 0,
    };
    state = await openSharedState({ ...none, dataDir: undefined }, pino({ level: 'silent' }));
    const { budgetStore } = state;
    const observed = new Proxy(budgetStore, {
      get: (store, name) => {
        const verb = Reflect.get(store, name);
        if (typeof verb !== 'function') return verb;
        return (...args: unknown[]) => {
          asked.push(String(name));
          return verb.apply(store, args);
        };
      },
    });
    options.gateway.state = { ...state, budgetStore: observed };
  });
  const rig = useGateway(options);
  let made = 0;
  const keyWith = async (fields: object, member?: string) => {
    made += 1;
    return newKey(rig.url, { member: member ?? `member-${made}`, ...fields });
  };
  const ask = (key: string, question = 'Hello', more: object = {}) =>
    rig.ask(question, { stream: false, headers: { authorization: `Bearer ${key}` }, ...more });
  const budgetsOf = async (key: string): Promise<Json[]> => {
    const response = await fetch(`${rig.url}/v1/key`, { headers: { authorization: `Bearer ${key}` } });
    return (await jsonOf(response)).budgets;
  };
  const usageOf = async (response: Response) => (await jsonOf(response)).usage;

  it('is spent by what answers use, and then refuses in the words of OpenAI', async () => {
    const { key } = await keyWith({ budgets: [{ tokens: 40, period: 'total' }] });
    const first = await ask(key);
    expect(first.headers.get('x-budget-remaining')).to.equal('40 tokens');
    const { total_tokens } = await usageOf(first);
    expect((await budgetsOf(key))[0]).to.include({ spent: total_tokens, reserved: 0, set_by: 'key' });
    let response = await ask(key);
    for (let more = 0; response.status === 200 && more < 20; more += 1) response = await ask(key);
    expect(response.status).to.equal(429);
    expect(response.headers.get('x-should-retry')).to.equal('false');
    const { code, type, message } = await errorOf(response);
    expect({ code, type }).to.deep.equal({ code: 'budget_exceeded', type: 'insufficient_quota' });
    expect(message).to.match(/budget of this key \(40 tokens in total\) is used up\. It does not reset/);
  });

  it('names the one of key and member that is used up, and when it resets', async () => {
    const { key } = await keyWith({ budgets: [{ tokens: 1_000_000, period: 'day' }] }, 'short');
    await admin(rig.url, 'PATCH', '/members/short', { budgets: [{ tokens: 1, period: 'month' }] });
    await ask(key);
    const refused = await ask(key);
    const { message } = await errorOf(refused);
    expect(message).to.match(
      /all keys of this member \(1 tokens per month\) is used up\. It resets at 20\d\d-\d\d-01T/,
    );
    expect(Number(refused.headers.get('retry-after'))).to.be.above(0);
    expect((await budgetsOf(key)).map(({ set_by }) => set_by).sort()).to.deep.equal(['key', 'member']);
  });

  it('lets an answer that has begun be finished, and shows what passes over', async () => {
    const { key } = await keyWith({ budgets: [{ tokens: 30, period: 'day' }] });
    const answer = await jsonOf(await ask(key, 'Hello sim:events=500'));
    expect(answer.choices[0].finish_reason).to.equal('stop');
    const [budget] = await budgetsOf(key);
    expect(budget).to.include({ spent: answer.usage.total_tokens, left: 0 });
    expect(budget.spent).to.be.above(500);
  });

  it('ends an answer as length where it is hard, and says so in the stream', async () => {
    const { key } = await keyWith({ budgets: [{ tokens: 6_000, period: 'day', hard: true }] });
    const response = await ask(key, 'Hello sim:events=50000', { stream: true });
    const text = await response.text();
    const chunks = dataOf(text);
    expect(chunks.at(-2).choices[0]?.finish_reason ?? chunks.at(-3).choices[0].finish_reason).to.equal(
      'length',
    );
    expect(text).to.contain('\n: budget used up\n');
    const [{ spent }] = await budgetsOf(key);
    expect(spent).to.be.within(3_000, 6_000 + 4_096);
  });

  it('charges an answer that the client has left', async () => {
    const { key } = await keyWith({ budgets: [{ tokens: 100_000, period: 'day' }] });
    const leave = new AbortController();
    const response = await ask(key, 'Hello sim:events=100000 sim:pace=5', {
      stream: true,
      signal: leave.signal,
    });
    const reader = response.body?.getReader();
    for (let read = 0; read < 20; read += 1) await reader?.read();
    const closed = rig.upstreamClosed();
    leave.abort();
    await closed;
    await rig.recordOf(response);
    const [{ spent, reserved }] = await budgetsOf(key);
    expect(reserved).to.equal(0);
    expect(spent).to.be.within(10, 5_000);
  });

  it('charges nothing for a request that the upstream refuses', async () => {
    const { key } = await keyWith({ budgets: [{ tokens: 100_000, period: 'day' }] });
    expect((await ask(key, 'Hello sim:code=1214')).status).to.equal(400);
    expect((await budgetsOf(key))[0]).to.include({ spent: 0, reserved: 0 });
  });

  it('counts money at the list price, and refuses a model without one', async () => {
    const { key } = await keyWith({ budgets: [{ money: 5, currency: 'USD', period: 'month' }] });
    const { prompt_tokens, completion_tokens } = await usageOf(await ask(key, 'Hello', { model: 'GLM-4.6' }));
    const cost = Math.ceil(prompt_tokens * 0.6 + completion_tokens * 2.2) / 1_000_000;
    expect((await budgetsOf(key))[0].spent).to.equal(cost);
    const unknown = await ask(key, 'Hello', { model: 'glm-99-new' });
    expect([unknown.status, (await errorOf(unknown)).code]).to.deep.equal([403, 'model_not_priced']);
    const yuan = await keyWith({ budgets: [{ money: 5, currency: 'CNY', period: 'month' }] });
    expect((await errorOf(await ask(yuan.key, 'Hello', { model: 'GLM-4.6' }))).message).to.contain(
      'no price in CNY',
    );
    expect((await ask(key, 'Hello', { model: 'GLM-4.5-Flash' })).status).to.equal(200);
  });

  it('of the member is not passed by where the key has one in another currency', async () => {
    const { key } = await keyWith(
      { budgets: [{ money: 5, currency: 'USD', period: 'month' }] },
      'two-purses',
    );
    await admin(rig.url, 'PATCH', '/members/two-purses', {
      budgets: [{ money: 5, currency: 'CNY', period: 'month' }],
    });
    const response = await ask(key, 'Hello', { model: 'GLM-4.6' });
    expect([response.status, (await errorOf(response)).code]).to.deep.equal([403, 'model_not_priced']);
    await admin(rig.url, 'PATCH', '/members/two-purses', {
      budgets: [
        { money: 5, currency: 'CNY', period: 'month' },
        { money: 5, currency: 'USD', period: 'month' },
      ],
    });
    expect((await ask(key, 'Hello', { model: 'GLM-4.6' })).status).to.equal(200);
  });

  it('limits open requests and tokens per minute', async () => {
    const { key } = await keyWith({ max_in_flight: 1 });
    const leave = new AbortController();
    const open = await ask(key, 'Hello sim:events=100000 sim:pace=20', {
      stream: true,
      signal: leave.signal,
    });
    const startedAt = performance.now();
    const refused = await Promise.all([ask(key), ask(key), ask(key)]);
    for (const response of refused) {
      const { code, message } = await errorOf(response);
      expect([response.status, code]).to.deep.equal([429, 'rate_limit_exceeded']);
      expect(message).to.contain('At most 1 request of this key');
    }
    expect(performance.now() - startedAt).to.be.above(WAIT_MS - 500);
    leave.abort();
    await rig.recordOf(open);
    expect((await ask(key)).status).to.equal(200);
    const other = await keyWith({ tokens_per_minute: 4_100 });
    expect((await ask(other.key, 'x'.repeat(400))).status).to.equal(200);
    const second = await ask(other.key, 'x'.repeat(16_400));
    expect((await errorOf(second)).message).to.contain('4100 tokens per minute');
  });

  it('of the public key is set in the environment', async () => {
    expect((await ask(KEY)).headers.get('x-budget-remaining')).to.equal('40 tokens');
    let response = await ask(KEY);
    for (let more = 0; response.status === 200 && more < 20; more += 1) response = await ask(KEY);
    expect((await errorOf(response)).code).to.equal('budget_exceeded');
    expect((await budgetsOf(KEY))[0]).to.include({ tokens: 40, left: 0, set_by: 'key' });
  });

  it('is not asked for where there is none', async () => {
    const { key } = await keyWith({ requests_per_minute: 100 });
    asked.length = 0;
    await ask(key);
    expect(asked).to.deep.equal([]);
  });
});
