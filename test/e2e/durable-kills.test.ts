/** What is left of a gateway without Redis that is killed under load, again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Json, jsonOf } from '../support/gateway.js';
import { samples } from '../support/samples.js';
import { admin } from '../support/team.js';
import { type DurableGateway, useDurableGateway } from './durable-gateway.js';

const CLIENTS = 4;
/** Pause of a client after an answer: what is proven does not depend on their number. */
const PAUSE_MS = 10;
/** Figures of more than a second ago are written; the rest is for a busy machine. */
const LATE_MS = 2_000;
/** Answers, and keys, that a round waits for before it may end. */
const FIRST_ANSWERS = 10;
const FIRST_KEYS = 3;
/** One round in so many lasts long enough that figures have to be there. */
const LONG_ROUND = 3;

const KILLS = samples(10, 50);

describe(`A gateway without Redis that is killed ${KILLS} times under load`, () => {
  const gateway = useDurableGateway();

  it('has every key that was answered, lacks at most a second of its figures, and counts no response twice', async () => {
    /** Secrets by id. */
    const keys = new Map<string, string>();
    await gateway.start();
    let before = await gateway.total();
    for (let round = 0; round < KILLS; round += 1) {
      const isLong = round % LONG_ROUND === 0;
      const { asked, certain } = await killUnderLoad(gateway, keys, isLong);
      await gateway.start();
      const { body } = await admin(gateway.url, 'GET', '/keys');
      const stored = body.data.map(({ id }: Json) => id);
      expect(stored, `round ${round}`).to.include.members([...keys.keys()]);
      const total = await gateway.total();
      expect(total - before, `round ${round}`).to.be.within(certain, asked);
      if (isLong) expect(certain).to.be.at.least(FIRST_ANSWERS);
      before = total;
    }
    for (const secret of [[...keys.values()].at(0), [...keys.values()].at(-1)]) {
      const headers = { authorization: `Bearer ${secret}` };
      expect((await fetch(`${gateway.url}/v1/key`, { headers })).status).to.equal(200);
    }
  });
});

/** @returns requests sent, and those of them that ended so long before the kill that they have to be counted */
async function killUnderLoad(
  gateway: DurableGateway,
  keys: Map<string, string>,
  isLong: boolean,
): Promise<{ asked: number; certain: number }> {
  const ends: number[] = [];
  let asked = 0;
  const chat = async () => {
    asked += 1;
    const answer = await gateway.chat().then(jsonOf, () => undefined);
    if (answer !== undefined) ends.push(Date.now());
    return answer !== undefined;
  };
  const makeKey = async (member: string) => {
    const answer = await admin(gateway.url, 'POST', '/keys', { member }).catch(() => undefined);
    if (answer === undefined) return false;
    expect(answer.status).to.equal(201);
    keys.set(answer.body.id, answer.body.key);
    return true;
  };
  const enough = keys.size + FIRST_KEYS;
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    repeat(index % 2 === 0 ? chat : () => makeKey(`member-${index}`)),
  );
  while (keys.size < enough || ends.length < FIRST_ANSWERS) await sleep(PAUSE_MS);
  await sleep((isLong ? LATE_MS : 0) + Math.random() * 100);
  const killedAt = Date.now();
  await gateway.stop('SIGKILL');
  await Promise.all(clients);
  return { asked, certain: ends.filter((at) => at < killedAt - LATE_MS).length };
}

async function repeat(ask: () => Promise<boolean>): Promise<void> {
  while (await ask()) await sleep(PAUSE_MS);
}
