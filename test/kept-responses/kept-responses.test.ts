import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  type KeptResponse,
  KeptResponses,
  RecalledTooLongError,
  ResponseNotKeptError,
} from '../../src/kept-responses/kept-responses.js';
import { deriveSealing } from '../../src/kept-responses/seal.js';
import { MemoryStore } from '../../src/store/memory-store.js';

const TTL_MS = 60_000;
const MAX_BYTES = 1_000_000;
const ALICE = deriveSealing('sk-alice');
const BOB = deriveSealing('sk-bob');

const idOf = (number: number) => number.toString(16).padStart(32, '0');

/** A turn in which the client said `said` and the model answered `answer 1`. */
function turn(number: number, said: string, previous: number | null = null): KeptResponse {
  const message = {
    id: `msg_${idOf(number)}0`,
    type: 'message',
    role: 'assistant',
    content: `answer ${number}`,
  };
  return {
    response: {
      id: `resp_${idOf(number)}`,
      previous_response_id: previous === null ? null : `resp_${idOf(previous)}`,
      output: [message],
    },
    input: [{ type: 'message', role: 'user', content: said }],
  };
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('Kept responses', () => {
  let store: MemoryStore;
  let kept: KeptResponses;
  let now: number;

  beforeEach(() => {
    now = 1_759_400_000_000;
    store = new MemoryStore(() => now);
    kept = new KeptResponses(store, TTL_MS);
  });

  it('are found by the key that asked, and by no other', async () => {
    expect(await kept.keep(turn(1, 'hello'), ALICE)).to.equal(true);
    expect(await kept.find(`resp_${idOf(1)}`, ALICE)).to.deep.equal(turn(1, 'hello'));
    expect(await kept.find(`resp_${idOf(1)}`, BOB)).to.equal(undefined);
    expect(await kept.delete(`resp_${idOf(1)}`, BOB)).to.equal(false);
    expect(await kept.delete(`resp_${idOf(1)}`, ALICE)).to.equal(true);
    expect(await kept.find(`resp_${idOf(1)}`, ALICE)).to.equal(undefined);
  });

  it('do not exist under ids of another form', async () => {
    for (const id of [
      '',
      'resp_',
      'resp_1',
      `resp_${idOf(1)}0`,
      `resp_${'g'.repeat(32)}`,
      `resp_${idOf(1)}:x`,
    ]) {
      expect(await kept.find(id, ALICE), id).to.equal(undefined);
      expect(await kept.delete(id, ALICE), id).to.equal(false);
    }
  });

  it('are left out past 2 MB compressed', async () => {
    const random = randomBytes(3 * 1024 * 1024).toString('base64');
    expect(await kept.keep(turn(1, random), ALICE)).to.equal(false);
    expect(await kept.keep(turn(2, 'a'.repeat(3 * 1024 * 1024)), ALICE)).to.equal(true);
    expect(await kept.find(`resp_${idOf(1)}`, ALICE)).to.equal(undefined);
  });

  it('give back a conversation, oldest turn first', async () => {
    await kept.keep(turn(1, 'first'), ALICE);
    await kept.keep(turn(2, 'second', 1), ALICE);
    const last = { previousResponseId: `resp_${idOf(2)}`, itemIds: [] };
    const { items } = await kept.recall(last, ALICE, MAX_BYTES);
    expect(items.map(({ content }) => content)).to.deep.equal(['first', 'answer 1', 'second', 'answer 2']);
  });

  it('live on while their conversation does', async () => {
    await kept.keep(turn(1, 'first'), ALICE);
    for (let number = 2; number <= 6; number += 1) {
      now += TTL_MS / 2;
      const previousResponseId = `resp_${idOf(number - 1)}`;
      const { items } = await kept.recall({ previousResponseId, itemIds: [] }, ALICE, MAX_BYTES);
      expect(items).to.have.length(2 * (number - 1));
      await kept.keep(turn(number, 'more', number - 1), ALICE);
    }
  });

  it('give back items by their ids, those inside a conversation too', async () => {
    await kept.keep(turn(1, 'first'), ALICE);
    const second = turn(2, 'second');
    const reference = { type: 'item_reference', id: `msg_${idOf(1)}0` };
    await kept.keep({ ...second, input: [reference, ...second.input] }, ALICE);
    const references = {
      previousResponseId: `resp_${idOf(2)}`,
      itemIds: [`msg_${idOf(2)}0`, `msg_${idOf(9)}0`],
    };
    const { items, byId } = await kept.recall(references, ALICE, MAX_BYTES);
    expect(items.map(({ content }) => content)).to.deep.equal(['answer 1', 'second', 'answer 2']);
    expect([...byId.keys()].sort()).to.deep.equal([`msg_${idOf(1)}0`, `msg_${idOf(2)}0`]);
  });

  it('are not given back in part: a turn that is missing is an error', async () => {
    await kept.keep(turn(1, 'first'), ALICE);
    await kept.keep(turn(2, 'second', 1), ALICE);
    await kept.delete(`resp_${idOf(1)}`, ALICE);
    const references = { previousResponseId: `resp_${idOf(2)}`, itemIds: [] };
    expect(await rejection(kept.recall(references, ALICE, MAX_BYTES))).to.be.instanceOf(ResponseNotKeptError);
    expect(await rejection(kept.recall(references, BOB, MAX_BYTES))).to.be.instanceOf(ResponseNotKeptError);
  });

  it('are not given back past the bytes that a request may have', async () => {
    await kept.keep(turn(1, 'x'.repeat(10_000)), ALICE);
    const references = { previousResponseId: `resp_${idOf(1)}`, itemIds: [] };
    expect(await rejection(kept.recall(references, ALICE, 9_000))).to.be.instanceOf(RecalledTooLongError);
    const byItem = { previousResponseId: undefined, itemIds: [`msg_${idOf(1)}0`] };
    expect(await rejection(kept.recall(byItem, ALICE, 9_000))).to.be.instanceOf(RecalledTooLongError);
  });

  it('that refer to themselves end', async () => {
    await kept.keep(turn(1, 'first', 1), ALICE);
    const references = { previousResponseId: `resp_${idOf(1)}`, itemIds: [] };
    expect(await rejection(kept.recall(references, ALICE, MAX_BYTES))).to.be.instanceOf(RecalledTooLongError);
  });
});
