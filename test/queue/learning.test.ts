import { expect } from 'chai';
import { createGroup, noteSuccess } from '../../src/queue/core/learning.js';
import { Scheduler } from '../support/scheduler.js';
import { World } from './world.js';

const PHASE_MS = 120_000;
const DEMAND = 20;

/** An upstream that is always asked for more than it admits. */
class BusyWorld extends World {
  /** Answers and refusals, in order. */
  readonly calls: ('answer' | 'refusal')[] = [];

  constructor(seed: number, admits: number) {
    super(new Scheduler(seed), 'auto', admits, 3);
    for (let index = 0; index < DEMAND; index += 1) void this.#askForever(index);
  }

  async slots(): Promise<number | undefined> {
    return (await this.store.read('pool')).groups.get('g')?.slots;
  }

  async #askForever(index: number): Promise<void> {
    const { scheduler } = this;
    for (;;) {
      const replica = scheduler.choose(this.replicas);
      await this.request(replica, `flow-${index % 4}`, () => scheduler.between(500, 1_500));
    }
  }
}

describe('A limit that rises', () => {
  it('gets no second slot before the first had time to be refused', () => {
    const group = { ...createGroup(), slots: 3, changedAt: 0 };
    // Answers that end at the same time.
    for (let answers = 0; answers < 8; answers += 1) noteSuccess(group, true, 10_000, 2_000);
    expect(group.slots).to.equal(4);
    noteSuccess(group, true, 10_499, 2_000);
    expect(group.slots).to.equal(4);
    noteSuccess(group, true, 10_500, 2_000);
    expect(group.slots).to.equal(5);
  });
});

describe('A limit that changes', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`is followed down within 10 answers and up within S(S+1)/2, with few wasted calls (seed ${seed})`, async () => {
      const world = new BusyWorld(seed, 5);
      const { scheduler, tally } = world;
      /** Answers until the limit is known. */
      const settle = async (admits: number) => {
        world.admits = admits;
        const before = tally.granted;
        for (let ms = 0; (await world.slots()) !== admits; ms += 20) {
          expect(ms, `ms to ${admits}, now ${await world.slots()}`).to.be.below(PHASE_MS);
          await scheduler.run(20);
        }
        const answers = tally.granted - before;
        await scheduler.run(PHASE_MS);
        return answers;
      };
      const settled = [];
      await settle(5);
      for (const admits of [2, 1, 8]) settled.push(await settle(admits));
      expect(settled[0]).to.be.at.most(10);
      expect(settled[1]).to.be.at.most(10);
      expect(settled[2]).to.be.at.most((8 * 9) / 2);
      const calls = tally.granted + tally.refused;
      expect(tally.refused / calls).to.be.at.most(0.05);
      expect(tally.failed).to.deep.equal([]);
    });
  }
});
