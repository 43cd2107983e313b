import { expect } from 'chai';
import { LEASE_MS } from '../../src/budgets/core/types.js';
import { STEP_TOKENS } from '../../src/budgets/hold.js';
import { NO_ACCIDENTS, Scheduler, settle } from '../support/scheduler.js';
import { type Question, type Replica, World } from './world.js';

const WORLDS = Number(process.env.BUDGET_WORLDS ?? 10);
const FIRST_WORLD = Number(process.env.BUDGET_FIRST_WORLD ?? 1);

function soft(amount: number) {
  return { unit: 'tokens' as const, amount, period: 'total' as const };
}

function ask(world: World, question: () => Question, count: number, withinMs: number): void {
  const { scheduler } = world;
  for (let index = 0; index < count; index += 1)
    scheduler.after(scheduler.between(0, withinMs), () => {
      const replica = scheduler.choose(world.living) as Replica | undefined;
      if (replica !== undefined) replica.process.deliver(() => void world.ask(replica, question()));
    });
}

describe('Budgets over several replicas', () => {
  it('spend a budget once: hundreds of requests at a time get what it has, and the others are told why', async () => {
    const world = new World(new Scheduler(1), soft(100_000), 3);
    ask(world, () => ({ inputTokens: 200, outputTokens: 800, maxTokens: 800 }), 1_000, 10);
    await world.scheduler.run(60_000);
    const { spent, held } = await world.spent();
    expect([spent, held]).to.deep.equal([world.used, 0]);
    expect(spent).to.be.within(95_000, 100_000);
    expect(world.refusals)
      .to.include('budget_exceeded')
      .and.have.length(1_000 - world.answers.length);
    expect(world.begunLate).to.equal(0);
  });

  it('refuse nothing before 95 % while the answers are short against the wait', async () => {
    const world = new World(new Scheduler(2), soft(20_000_000), 3);
    let refusedAt: number | undefined;
    const chat = async (replica: Replica) => {
      for (;;) {
        const { length } = world.refusals;
        const input = world.scheduler.between(20_000, 120_000);
        await world.ask(replica, { inputTokens: input, outputTokens: world.scheduler.between(100, 3_000) });
        if (world.refusals.length > length) {
          refusedAt ??= (await world.spent()).spent;
          return;
        }
      }
    };
    for (let key = 0; key < 12; key += 1) void chat(world.replicas[key % 3] as Replica);
    await world.scheduler.run(600_000);
    expect(refusedAt).to.be.at.least(19_000_000);
    expect((await world.spent()).spent).to.equal(world.used);
  });

  it('give requests their turn in the order of arrival when room comes back', async () => {
    const world = new World(new Scheduler(3), soft(1_000_000), 1, 1);
    const [replica] = world.replicas as [Replica];
    for (let index = 0; index < 5; index += 1)
      world.scheduler.after(10 * index, () => {
        void world.ask(replica, { inputTokens: 100 + index, outputTokens: 2_000 });
      });
    await world.scheduler.run(10_000);
    expect(world.refusals).to.deep.equal([]);
    expect(world.answers.map(({ used }) => used)).to.deep.equal([2_100, 2_101, 2_102, 2_103, 2_104]);
  });

  for (let seed = FIRST_WORLD; seed < FIRST_WORLD + WORLDS; seed += 1) {
    it(`hold through lost and late messages, stops and deaths of processes (world ${seed})`, async () => {
      const scheduler = new Scheduler(seed);
      const hard = scheduler.happens(0.5);
      const amount = scheduler.between(10_000, 120_000);
      const world = new World(scheduler, { ...soft(amount), hard }, scheduler.between(1, 4));
      world.setAccidents({
        lost: scheduler.happens(0.5) ? 0.02 : 0,
        doubled: 0.02,
        late: 0.02,
        stops: scheduler.happens(0.3) ? 0.001 : 0,
        dies: scheduler.happens(0.5) ? 0.0005 : 0,
      });
      const question = () => ({
        inputTokens: scheduler.between(10, 2_000),
        outputTokens: scheduler.between(0, 12_000),
        ...(scheduler.happens(0.3) ? { maxTokens: scheduler.between(1, 9_000) } : {}),
        ...(scheduler.happens(0.2) ? { leavesAfter: scheduler.between(0, 5_000) } : {}),
      });
      ask(world, question, 150, 20_000);
      await scheduler.run(120_000);
      world.setAccidents(NO_ACCIDENTS);
      await scheduler.run(2 * LEASE_MS + 120_000);
      await settle();
      const { spent, held } = await world.spent();
      expect(held, 'what is still held').to.equal(0);
      const dead = world.answers.filter(({ replica, isOver }) => replica.process.isDead && !isOver);
      const settled = world.answers.filter((answer) => !dead.includes(answer));
      expect(settled.every(({ isOver }) => isOver)).to.equal(true);
      const living = settled.filter(({ replica }) => !replica.process.isDead);
      const sum = living.reduce((all, { used }) => all + used, 0);
      expect(spent, 'what is charged').to.be.at.least(sum);
      if (dead.length === 0 && living.length === settled.length) expect(spent).to.equal(world.used);
      if (hard) {
        const most = amount + world.answers.length * STEP_TOKENS;
        expect(world.used, 'what the upstream counted').to.be.at.most(most);
      }
    });
  }
});
