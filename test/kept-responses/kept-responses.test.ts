import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { KeptResponses } from '../../src/kept-responses/kept-responses.js';
import { deriveSealing, type Sealing } from '../../src/kept-responses/seal.js';
import type { Item, ResponseResource } from '../../src/kept-responses/sealed-entries.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { StoreUnavailableError } from '../../src/store/store.js';

const TTL_MS = 60_000;
const MAX_BYTES = 1_000_000;
interface KeptResponse {
  readonly response: ResponseResource;
  readonly input: readonly Item[];
}

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

/** The code of the ApiError that work rejects with. */
async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
}

describe('Kept responses', () => {
  let store: MemoryStore;
  let kept: KeptResponses;
  let now: number;

  const keep = ({ response, input }: KeptResponse, sealing: Sealing) =>
    kept.createKeeper({ input }, () => sealing)?.(response);
  const recall = async (previous: number | undefined, itemIds: string[] = [], sealing = ALICE) => {
    const input = itemIds.map((id) => ({ type: 'item_reference', id }));
    const id = previous === undefined ? undefined : `resp_${idOf(previous)}`;
    const recalled = await kept.recall({ input, previous_response_id: id }, () => sealing);
    if (recalled === undefined) throw new Error('nothing was referred to');
    return recalled;
  };

  beforeEach(() => {
    now = 1_759_400_000_000;
    store = new MemoryStore(() => now);
    kept = new KeptResponses(store, TTL_MS, MAX_BYTES);
  });

  it('are found with the API key that asked, and with no other', async () => {
    expect(await keep(turn(1, 'hello'), ALICE)).to.equal(true);
    expect(await kept.find(`resp_${idOf(1)}`, ALICE)).to.deep.equal(turn(1, 'hello').response);
    expect(await kept.findInput(`resp_${idOf(1)}`, ALICE)).to.deep.equal(turn(1, 'hello').input);
    expect(await kept.findInput(`resp_${idOf(1)}`, BOB)).to.equal(undefined);
    expect(await kept.find(`resp_${idOf(1)}`, BOB)).to.equal(undefined);
    expect(await kept.delete(`resp_${idOf(1)}`, BOB)).to.equal(false);
    expect(await kept.delete(`resp_${idOf(1)}`, ALICE)).to.equal(true);
    expect(await kept.find(`resp_${idOf(1)}`, ALICE)).to.equal(undefined);
  });

  it('are not found by ids of another form', async () => {
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

  it('are not kept if they exceed 2 MB compressed', async () => {
    const random = randomBytes(3 * 1024 * 1024).toString('base64');
    expect(await keep(turn(1, random), ALICE)).to.equal(false);
    expect(await keep(turn(2, 'a'.repeat(3 * 1024 * 1024)), ALICE)).to.equal(true);
    expect(await kept.find(`resp_${idOf(1)}`, ALICE)).to.equal(undefined);
  });

  it('return a conversation, oldest turn first', async () => {
    await keep(turn(1, 'first'), ALICE);
    await keep(turn(2, 'second', 1), ALICE);
    const { items } = await recall(2);
    expect(items.map(({ content }) => content)).to.deep.equal(['first', 'answer 1', 'second', 'answer 2']);
  });

  it('do not expire while their conversation continues', async () => {
    await keep(turn(1, 'first'), ALICE);
    for (let number = 2; number <= 6; number += 1) {
      now += TTL_MS / 2;
      const { items } = await recall(number - 1);
      expect(items).to.have.length(2 * (number - 1));
      await keep(turn(number, 'more', number - 1), ALICE);
    }
  });

  it('return items by id, also for references inside a conversation', async () => {
    await keep(turn(1, 'first'), ALICE);
    const second = turn(2, 'second');
    const reference = { type: 'item_reference', id: `msg_${idOf(1)}0` };
    await keep({ ...second, input: [reference, ...second.input] }, ALICE);
    const { items, byId } = await recall(2, [`msg_${idOf(2)}0`, `msg_${idOf(9)}0`]);
    expect(items.map(({ content }) => content)).to.deep.equal(['answer 1', 'second', 'answer 2']);
    expect([...byId.keys()].sort()).to.deep.equal([`msg_${idOf(1)}0`, `msg_${idOf(2)}0`]);
  });

  it('reject a conversation with a missing turn', async () => {
    await keep(turn(1, 'first'), ALICE);
    await keep(turn(2, 'second', 1), ALICE);
    await kept.delete(`resp_${idOf(1)}`, ALICE);
    expect(await rejection(recall(2))).to.equal('previous_response_not_found');
    expect(await rejection(recall(2, [], BOB))).to.equal('previous_response_not_found');
  });

  it('reject a conversation that is larger than a request may be', async () => {
    kept = new KeptResponses(store, TTL_MS, 9_000);
    await keep(turn(1, 'x'.repeat(10_000)), ALICE);
    expect(await rejection(recall(1))).to.equal('context_length_exceeded');
  });

  it('are not decompressed beyond that limit', async () => {
    kept = new KeptResponses(store, TTL_MS, 100_000);
    const large = turn(1, 'x');
    const output = [{ ...large.response.output[0], content: 'a'.repeat(30_000_000) }];
    await keep({ ...large, response: { ...large.response, output } }, ALICE);
    const before = process.memoryUsage.rss();
    expect(await rejection(recall(1))).to.equal('context_length_exceeded');
    expect(process.memoryUsage.rss() - before).to.be.below(20_000_000);
  });

  it('do not count the input of responses whose items are referred to', async () => {
    kept = new KeptResponses(store, TTL_MS, 9_000);
    for (let number = 1; number <= 3; number += 1) await keep(turn(number, 'x'.repeat(8_000)), ALICE);
    const { byId } = await recall(
      undefined,
      [1, 2, 3].map((number) => `msg_${idOf(number)}0`),
    );
    expect([...byId.values()].map(({ content }) => content)).to.deep.equal([
      'answer 1',
      'answer 2',
      'answer 3',
    ]);
  });

  it('reject references to more than 1,000 responses', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, number) => `msg_${idOf(number)}0`);
    expect((await recall(undefined, ids(1_000))).byId.size).to.equal(0);
    expect(await rejection(recall(undefined, ids(1_001)))).to.equal('context_length_exceeded');
  });

  it('reject a response that continues itself', async () => {
    await keep(turn(1, 'first', 1), ALICE);
    expect(await rejection(recall(1))).to.equal('context_length_exceeded');
  });

  it('are not kept while the store is unavailable, and reading them fails with store_unavailable', async () => {
    const away = async () => {
      throw new StoreUnavailableError('away');
    };
    Object.assign(store, { keepResponse: away, readResponses: away, deleteResponse: away });
    expect(await keep(turn(1, 'first'), ALICE)).to.equal(false);
    const id = `resp_${idOf(1)}`;
    for (const work of [recall(1), kept.find(id, ALICE), kept.delete(id, ALICE)]) {
      expect(await rejection(work)).to.equal('store_unavailable');
    }
  });
});
