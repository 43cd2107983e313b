import { expect } from 'chai';
import { Rig } from '../support/gateway.js';

/** So many that some always wait, also while answers are on their way back. */
const CLIENTS = 30;
const ANSWERS = 80;

describe('The limit of an account that changes under load', () => {
  let rig: Rig;

  before(async () => {
    rig = await new Rig().start({ form: 'zai', simulator: { slots: 5 } });
  });
  after(() => rig.stop());

  it('is learnt again and again: no request fails, and few calls are wasted', async () => {
    const account = rig.simulator.account('');
    let answers = 0;
    let onAnswer: () => void = () => undefined;
    let isOver = false;
    const statuses = new Set<number>();
    const client = async () => {
      while (!isOver) {
        const response = await rig.ask('sim:delay=50', { model: 'glm-4.6' });
        await response.arrayBuffer();
        statuses.add(response.status);
        answers += 1;
        onAnswer();
      }
    };
    /** Resolves after so many more answers, or as soon as it is so. */
    const answered = async (count: number, isSo = () => false) => {
      const from = answers;
      while (answers < from + count && !isSo()) {
        await new Promise<void>((resolve) => {
          onAnswer = resolve;
        });
      }
      return answers - from;
    };
    const clients = Array.from({ length: CLIENTS }, client);
    // The first burst teaches that there is a limit.
    await answered(40);
    const first = { calls: account.calls, refused: account.refused };
    await answered(ANSWERS);
    for (const slots of [2, 1]) {
      account.slots = slots;
      await answered(20 + ANSWERS);
    }
    account.slots = 8;
    account.maxInFlight = 0;
    const climb = await answered(ANSWERS, () => account.maxInFlight >= 8);
    await answered(ANSWERS);
    isOver = true;
    await Promise.all(clients);
    expect([...statuses]).to.deep.equal([200]);
    expect(account.maxInFlight).to.equal(8);
    // The core needs S(S+1)/2 answers, which test/queue/learning.test.ts holds it to. On a busy machine, whose answers take
    // longer from one to the next, it waits longer for refusals.
    expect(climb).to.be.at.most(8 * 9);
    const wasted = (account.refused - first.refused) / (account.calls - first.calls);
    // 4 % are for trying; the changes cost the rest, every 80 answers. test/queue/learning.test.ts holds it to a twentieth.
    expect(wasted).to.be.at.most(0.12);
  });
});
