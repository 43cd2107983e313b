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

const KILLS = samples(6, 50);

/** What a client was told last of a key. */
interface KnownKey {
  readonly secret: string;
  /** `asked` while a change was asked for and not answered. */
  readonly state: 'active' | 'disabled' | 'removed' | 'asked';
}

/** What becomes of keys, in turn. */
const CHANGES: readonly (readonly [
  method: string,
  path: string,
  body: object | undefined,
  KnownKey['state'],
])[] = [
  ['PATCH', '', { state: 'disabled' }, 'disabled'],
  ['POST', '/rotate', { grace_seconds: 60 }, 'active'],
  ['DELETE', '', undefined, 'removed'],
];

describe(`A gateway without Redis that is killed ${KILLS} times under load`, function () {
  // Each kill is a start, which takes ten times as long on a busy machine.
  this.timeout(KILLS * 60_000);
  const gateway = useDurableGateway();

  it('has every change of a key that was answered, lacks at most a second of its figures, and counts no response twice', async () => {
    const keys = new Map<string, KnownKey>();
    await gateway.start();
    let before = await gateway.total();
    for (let round = 0; round < KILLS; round += 1) {
      const isLong = round % LONG_ROUND === 0;
      const { asked, certain } = await killUnderLoad(gateway, keys, isLong);
      await gateway.start();
      await checkKeys(gateway, keys, `round ${round}`);
      const total = await gateway.total();
      expect(total - before, `round ${round}`).to.be.within(certain, asked);
      if (isLong) expect(certain).to.be.at.least(FIRST_ANSWERS);
      before = total;
    }
    const active = [...keys.values()].filter(({ state }) => state === 'active');
    const others = [...keys.values()].filter(({ state }) => ['disabled', 'removed'].includes(state));
    for (const [key, status] of [
      [active.at(0), 200],
      [active.at(-1), 200],
      [others.at(0), 401],
      [others.at(-1), 401],
    ] as const) {
      const headers = { authorization: `Bearer ${key?.secret}` };
      expect((await fetch(`${gateway.url}/v1/key`, { headers })).status).to.equal(status);
    }
  });
});

/** @returns requests sent, and those of them that ended so long before the kill that they have to be counted */
async function killUnderLoad(
  gateway: DurableGateway,
  keys: Map<string, KnownKey>,
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
    const { id, key: secret } = answer.body;
    const change = CHANGES[keys.size % (CHANGES.length + 1)];
    keys.set(id, { secret, state: change === undefined ? 'active' : 'asked' });
    if (change === undefined) return true;
    const [method, path, body, state] = change;
    const changed = await admin(gateway.url, method, `/keys/${id}${path}`, body).catch(() => undefined);
    if (changed === undefined) return false;
    expect(changed.status).to.equal(200);
    keys.set(id, { secret: changed.body.key ?? secret, state });
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

async function checkKeys(
  gateway: DurableGateway,
  keys: ReadonlyMap<string, KnownKey>,
  round: string,
): Promise<void> {
  const { body } = await admin(gateway.url, 'GET', '/keys');
  const stored = new Map<string, Json>(body.data.map((key: Json) => [key.id, key]));
  for (const [id, { secret, state }] of keys) {
    const key = stored.get(id);
    if (state === 'asked') continue;
    expect(key?.state ?? 'removed', `${round}: ${id}`).to.equal(state);
    if (state !== 'removed') expect(secret.slice(-4), `${round}: ${id}`).to.equal(key.secrets[0].ends_with);
  }
}

async function repeat(ask: () => Promise<boolean>): Promise<void> {
  while (await ask()) await sleep(PAUSE_MS);
}
