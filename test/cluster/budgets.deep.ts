import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MAX_KNOWN_AGE_MS } from '../../src/budgets/away-share.js';
import { STEP_TOKENS } from '../../src/budgets/hold.js';
import { needs, until } from '../support/redis.js';
import { BudgetCluster, post } from './budget-cluster.js';
import { budgetSuite } from './budget-suite.js';

describe('Budgets over three replicas and a thousand requests at a time', function () {
  this.timeout(600_000);
  budgetSuite({ requests: 1_000, afforded: 100, isDeep: true });
});

describe('Budgets after kill -9 of a gateway', function () {
  this.timeout(600_000);
  const OPEN = 4;
  const WAITING = 3;
  let cluster: BudgetCluster;
  before(async function () {
    needs(this, 'redis-server');
    cluster = await BudgetCluster.start(1, { UPSTREAM_SLOTS: String(OPEN) });
  });
  after(() => cluster?.stop());

  it('charge its open answers in full after their lease, and give back what waited for its turn', async () => {
    const key = await cluster.keyWith(100 * STEP_TOKENS);
    const { url, program } = await cluster.startProcess();
    const reserved = async () => (await cluster.spent(0, key))?.reserved ?? 0;
    const ask = () =>
      post(url, key, 'sim:events=100000 sim:pace=20', { model: 'glm-4.6', stream: true })
        .then((response) => response.text())
        .catch((error: unknown) => error);
    const open = Array.from({ length: OPEN }, ask);
    await until(() => cluster.simulator.openStreams === OPEN);
    const ofOpen = await reserved();
    expect(ofOpen).to.be.above(OPEN * STEP_TOKENS);
    const waiting = Array.from({ length: WAITING }, ask);
    await until(async () => (await reserved()) === (ofOpen / OPEN) * (OPEN + WAITING));
    expect(cluster.simulator.openStreams).to.equal(OPEN);
    program.kill('SIGKILL');
    await program.ended;
    for (const outcome of await Promise.all([...open, ...waiting])) expect(outcome).to.be.instanceOf(Error);
    await until(() => cluster.simulator.openStreams === 0);
    await until(async () => (await reserved()) === 0);
    const { spent } = (await cluster.spent(0, key)) ?? {};
    expect(spent).to.equal(ofOpen);
    expect(cluster.used).to.be.within(OPEN, ofOpen);
    // The slots of the dead come back as well.
    expect((await cluster.ask(0, key, 'sim:events=10')).status).to.equal(200);
  });
});

describe('Budgets while Redis is away for ten seconds', function () {
  this.timeout(600_000);
  const AWAY_MS = 10_000;
  const ANSWER = 200;
  const WHOLE = ANSWER + 8;
  let cluster: BudgetCluster;
  before(async function () {
    needs(this, 'redis-server');
    cluster = await BudgetCluster.start(3);
  });
  after(() => cluster?.stop());

  it('let known keys go on within their share under load, and overspend what passed in the last seconds at most', async () => {
    await cluster.replicasKnown();
    const budget = 40_000;
    const key = await cluster.keyWith(budget);
    const replies: { startedAt: number; endedAt: number; status: number; code: string | undefined }[] = [];
    let isOver = false;
    const load = Array.from({ length: 12 }, async (_, index) => {
      while (!isOver) {
        const startedAt = performance.now();
        const question = `sim:events=${ANSWER} sim:pace=2`;
        const { status, code } = await cluster.ask(index, key, question, { max_tokens: ANSWER });
        replies.push({ startedAt, endedAt: performance.now(), status, code });
        if (status !== 200) await sleep(100);
      }
    });
    const startedAt = performance.now();
    await until(() => cluster.used >= budget / 4);
    const seconds = (performance.now() - startedAt) / 1_000;
    const passed = (cluster.used / seconds) * (MAX_KNOWN_AGE_MS / 1_000);
    await cluster.redis.stop();
    const awayAt = performance.now();
    await Promise.all([sleep(AWAY_MS), until(() => replies.some(({ status }) => status === 503))]);
    const backAt = performance.now();
    await cluster.redis.start();
    await until(() => replies.some(({ startedAt: at, status }) => at > backAt && status === 429));
    isOver = true;
    await Promise.all(load);
    const away = replies.filter(({ startedAt: at, endedAt }) => at > awayAt && endedAt < backAt);
    const kinds = new Set(away.map(({ status, code }) => `${status} ${code ?? ''}`));
    expect([...kinds]).to.have.members(['200 ', '503 store_unavailable']);
    const later = replies.filter(({ startedAt: at }) => at > backAt);
    for (const { status, code } of later)
      expect(`${status} ${code ?? ''}`).to.be.oneOf([
        '200 ',
        '503 store_unavailable',
        '429 budget_exceeded',
        '429 budget_busy',
      ]);
    expect(cluster.used).to.be.at.most(budget + passed + 3 * WHOLE);
    for (const replica of [0, 1, 2])
      await until(async () => {
        const { spent, reserved } = (await cluster.spent(replica, key)) ?? {};
        return spent === cluster.used && reserved === 0;
      });
  });
});
