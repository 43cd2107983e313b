import { expect } from 'chai';
import { STEP_TOKENS } from '../../src/budgets/hold.js';
import { needs, until } from '../support/redis.js';
import { BudgetCluster, PRICES, type Reply } from './budget-cluster.js';

export interface Crowd {
  /** Requests at a time. */
  readonly requests: number;
  /** How many of them a budget is for. */
  readonly afforded: number;
  /** Tests that wait longer. */
  readonly isDeep: boolean;
}

/** Tokens of an answer, and of its question. */
const ANSWER = 200;
const WHOLE = ANSWER + 8;
const MODELS = ['glm-4.6', 'glm-5', 'glm-4.5-air'];

/** What holds whatever the number of requests. */
export function budgetSuite({ requests, afforded, isDeep }: Crowd): void {
  let cluster: BudgetCluster;
  before(async function () {
    needs(this, 'redis-server');
    cluster = await BudgetCluster.start(3);
  });
  after(() => cluster?.stop());

  const askAll = (key: string, question: (index: number) => string, more: object = {}) =>
    Promise.all(
      Array.from({ length: requests }, (_, index) => cluster.ask(index, key, question(index), more)),
    );

  it('let as many of a crowd pass as the budget is for, by the upstream’s own count', async () => {
    const budget = afforded * WHOLE;
    const key = await cluster.keyWith(budget);
    // The last one may have reserved less than it used: it is finished all the same.
    const replies = await askAll(key, (index) => `${index} sim:events=${ANSWER}`, { max_tokens: ANSWER });
    const passed = replies.filter(({ status }) => status === 200);
    const used = passed.reduce((sum, { body }) => sum + body.usage.total_tokens, 0);
    expect(cluster.used)
      .to.equal(used)
      .and.be.within(budget - 2 * WHOLE, budget + WHOLE);
    expect(cluster.begunLate).to.equal(0);
    const refused = replies.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status }) => status))).to.deep.equal(new Set([429]));
    expect(await cluster.spent(1, key)).to.include({ spent: used, reserved: 0 });
  });

  it('go on within each replica’s share while Redis is away, and are exact afterwards', async () => {
    const budget = 12_000;
    await cluster.replicasKnown();
    const key = await cluster.keyWith(budget);
    // Each replica knows the key, and what is left.
    for (let replica = 0; replica < 6; replica += 1)
      expect(
        (await cluster.ask(replica, key, `sim:events=${ANSWER}`, { max_tokens: ANSWER })).status,
      ).to.equal(200);
    const before = cluster.used;
    await cluster.redis.stop();
    const statuses: number[][] = [[], [], []];
    await Promise.all(
      statuses.map(async (own, replica) => {
        for (let request = 0; request < 300; request += 1) {
          const reply = await cluster.ask(replica, key, `sim:events=${ANSWER}`, { max_tokens: ANSWER });
          own.push(reply.status);
          if (reply.status !== 200) {
            expect([reply.status, reply.code]).to.deep.equal([503, 'store_unavailable']);
            return;
          }
        }
      }),
    );
    for (const own of statuses) expect(own.length, 'requests of a replica').to.be.above(3);
    expect(cluster.used).to.be.at.most(budget + 3 * WHOLE);
    expect(cluster.used - before).to.be.above((budget - before) / 2);
    await cluster.redis.start();
    await until(async () => (await cluster.spent(0, key))?.spent === cluster.used);
    for (const replica of [1, 2])
      await until(async () => (await cluster.spent(replica, key))?.spent === cluster.used);
    expect((await cluster.spent(0, key))?.reserved).to.equal(0);
  });

  it('count money to the millionth, over mixed models and cached input', async () => {
    const key = await cluster.keyWithMoney(20);
    const history = 'What was said before. '.repeat(100);
    const costs = await Promise.all(
      Array.from({ length: requests }, async (_, index) => {
        const model = MODELS[index % MODELS.length] ?? '';
        const messages = [
          { role: 'system', content: `${history}${index % 5}` },
          { role: 'user', content: `${index} sim:events=${50 + index}` },
        ];
        const reply = await cluster.ask(index, key, '', { model, messages });
        const cost = computeCost(model, reply);
        expect(reply.cost).to.equal(`${cost / 1e6} USD`);
        return { cost, cached: reply.body.usage.prompt_tokens_details?.cached_tokens ?? 0 };
      }),
    );
    expect(costs.filter(({ cached }) => cached > 0)).to.have.length.above(requests / 4);
    const sum = costs.reduce((all, { cost }) => all + cost, 0);
    // The last settlements are on their way.
    await until(async () => (await cluster.spent(0, key))?.reserved === 0);
    for (const replica of [0, 1, 2]) expect((await cluster.spent(replica, key))?.spent).to.equal(sum / 1e6);
  });

  if (!isDeep) return;

  it('begin no answer after a budget was spent, and overspend a hard one by its last steps only', async () => {
    for (const hard of [false, true]) {
      const budget = 4 * STEP_TOKENS;
      const key = await cluster.keyWith(budget, hard);
      const replies = await askAll(key, (index) => `${index} sim:events=5000 sim:pace=0`);
      expect(cluster.begunLate, `hard: ${hard}`).to.equal(0);
      const lengths = replies.filter(({ body }) => body.choices?.[0].finish_reason === 'length');
      if (hard) expect(cluster.used).to.be.at.most(budget + cluster.maxInFlight * STEP_TOKENS);
      else expect(lengths).to.deep.equal([]);
      await until(async () => (await cluster.spent(0, key))?.reserved === 0);
      // What the upstream had written ahead of a client that is done was never read here.
      if (!hard) expect((await cluster.spent(2, key))?.spent).to.equal(cluster.used);
    }
  });

  it('are exact for mixed models, cached input and clients that leave', async () => {
    const key = await cluster.keyWith(afforded * 10 * WHOLE);
    const history = 'What was said before. '.repeat(200);
    await Promise.all(
      Array.from({ length: Math.min(requests, 300) }, async (_, index) => {
        const question = `${history} ${index % 7} sim:events=${100 + index}`;
        const model = MODELS[index % MODELS.length];
        if (index % 5 > 0) return cluster.ask(index, key, question, { model });
        return cluster.leave(index, key, `${question} sim:pace=2`, { model });
      }),
    );
    await until(async () => (await cluster.spent(0, key))?.reserved === 0);
    const { spent = 0 } = (await cluster.spent(1, key)) ?? {};
    // Of an answer that was left the upstream has told nothing: it is estimated, at four bytes a token.
    expect(spent).to.be.within(0.8 * cluster.used, 1.2 * cluster.used);
  });
}

/** Millionths of a dollar. */
function computeCost(model: string, { body: { usage } }: Reply): number {
  const [input, cached, output] = (PRICES[model] ?? [0, 0, 0]).map((price) => Math.round(price * 1e8));
  const known = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const sum =
    (usage.prompt_tokens - known) * (input ?? 0) +
    known * (cached ?? 0) +
    usage.completion_tokens * (output ?? 0);
  return Math.ceil(sum / 100);
}
