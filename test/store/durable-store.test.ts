import { expect } from 'chai';
import {
  DAY_MS,
  HOUR_MS,
  LABEL_KINDS,
  MINUTE_MS,
  type Slot,
  toDaySlot,
  toHourSlot,
  toMinuteSlot,
} from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { buildRegistration } from '../queue/registration.js';
import { batchOf, manyRecords } from '../stats/records.js';
import { MapState } from './disk/map-state.js';

const START = 1_759_400_000_000;
const TTL_MS = 3_600_000;

describe('A store that outlives a restart', () => {
  let state: MapState;
  let now: number;
  let number: number;
  let store: MemoryStore;

  const open = () => new MemoryStore(() => now, state);
  const record = async (count: number, more: (index: number) => Partial<RequestRecord> = () => ({})) => {
    number += 1;
    const at = now;
    await store.recordBatch(
      batchOf(
        'a',
        number,
        manyRecords(count, (index) => ({
          finishedAt: at + index,
          requestId: `${at}-${index}`,
          ...more(index),
        })),
      ),
    );
  };

  beforeEach(() => {
    state = new MapState();
    now = START;
    number = 0;
    store = open();
  });

  /** Everything that pages show of the statistics. */
  async function readAll(from: MemoryStore): Promise<unknown> {
    const count = (length: number, toSlot: (ms: number) => Slot, ms: number) =>
      Array.from({ length }, (_, index) => toSlot(now - index * ms));
    const hours = count(31 * 24 + 10, toHourSlot, HOUR_MS);
    const labelSlots: Slot[] = ['total', ...hours, ...count(410, toDaySlot, DAY_MS)];
    return plain({
      counters: await from.readCounters(['total', ...hours, ...count(130, toMinuteSlot, MINUTE_MS)]),
      labels: await Promise.all(LABEL_KINDS.map((kind) => from.readLabels(kind, labelSlots))),
      addresses: await from.readAddresses(toHourSlot(now), 100),
      requests: await from.readRequests(1_000),
    });
  }

  it('has all figures and requests, and adds to them', async () => {
    await record(50, (index) => ({ clientAddress: `192.0.2.${index % 7}`, keyName: `key ${index % 3}` }));
    await record(5, () => ({ outcome: 'upstream_error', code: 'overloaded', status: 503 }));
    for (let restart = 0; restart < 3; restart += 1) {
      const before = await readAll(store);
      store = open();
      expect(await readAll(store)).to.deep.equal(before);
      now += 20 * MINUTE_MS;
      number = 0; // a process counts its own batches
      await record(10, (index) => ({ keyName: `key ${restart}`, model: index % 2 ? 'GLM-5' : 'GLM-4.5' }));
    }
    expect((await store.readCounters(['total']))[0]).to.include({ ok: 80, upstream_error: 5 });
  });

  it('has the newest 1,000 requests', async () => {
    for (let batch = 0; batch < 15; batch += 1) {
      now += 1_000;
      await record(100);
      if (batch % 4 === 0) store = open();
    }
    const before = await store.readRequests(2_000);
    expect(before).to.have.length(1_000);
    expect(before[0]?.requestId).to.equal(`${now}-99`);
    expect(await open().readRequests(2_000)).to.deep.equal(plain(before));
  });

  it('counts the same labels separately, and further ones as other', async () => {
    await record(50, (index) => ({ model: `model-${index}` }));
    store = open();
    number = 0;
    await record(1, () => ({ model: 'one-too-many' }));
    const [labels] = await store.readLabels('model', ['total']);
    expect(labels?.get('other')).to.include({ ok: 1 });
    expect(labels?.has('one-too-many')).to.equal(false);
  });

  it('has nothing on the disk of hours and days that are not kept any more', async () => {
    for (let day = 0; day < 35; day += 1) {
      now += DAY_MS;
      await record(3);
    }
    const size = () => state.size;
    const kept = size();
    for (let day = 0; day < 10; day += 1) {
      now += DAY_MS;
      await record(3);
    }
    // Of each further day only what is kept for 400 days: models and keys, and the usage of the key.
    expect(size() - kept).to.equal(10 * 2 + 10 * 3 + 10);
    now += 500 * DAY_MS;
    store = open();
    number = 0;
    await record(3);
    const counters = 3; // total, minute, hour
    const labels = 2 * 3; // of a model and a key: total, hour, day
    const usage = 3; // of the key: hour, day, and whose key it is
    const requests = 46 * 3;
    expect(size()).to.equal(counters + labels + usage + requests + 2 + 1); // names of models and keys; addresses
  });

  it('has the secrets that were agreed on', async () => {
    expect(await store.shareSecret('password', 'first')).to.equal('first');
    expect(await open().shareSecret('password', 'second')).to.equal('first');
  });

  it('has kept responses with the time that is left, and the same order of removal', async () => {
    for (const id of ['01', '02', '03']) await store.keepResponse('aa', id, Buffer.from([1, 2, 3]), TTL_MS);
    now += TTL_MS - 1_000;
    await store.readResponses('aa', ['02'], TTL_MS);
    await store.deleteResponse('aa', '03');
    store = open();
    expect(await store.readResponses('bb', ['01'], TTL_MS)).to.deep.equal([undefined]);
    now += 2_000;
    const read = await store.readResponses('aa', ['01', '02', '03'], TTL_MS);
    expect(read).to.deep.equal([undefined, Buffer.from([1, 2, 3]), undefined]);
    now += TTL_MS + 1;
    await store.readResponses('aa', ['02'], TTL_MS);
    expect(state.size).to.equal(0);
  });

  it('does not let responses wait for a full disk', async () => {
    state.problem = 'full';
    await store.keepResponse('aa', '01', Buffer.from('sealed'), TTL_MS);
    expect(await store.readResponses('aa', ['01'], TTL_MS)).to.deep.equal([Buffer.from('sealed')]);
    await store.deleteResponse('aa', '01');
    expect(state.size).to.equal(0);
  });

  it('has learnt limits, but neither leases nor waiting requests', async () => {
    const queue = () => new MemoryQueueStore(() => now, undefined, state);
    const settings = {
      groups: { g: 'auto' as const, fixed: 3 },
      reserve: 0,
      maxWaitingPerFlow: 10,
      maxWaiting: 10,
    };
    const registration = buildRegistration(settings, { replica: 'r' });
    const request = {
      flow: 'f',
      turn: '',
      class: 'interactive' as const,
      groups: ['g'],
      weight: 1,
      patienceMs: 1_000,
    };
    const first = queue();
    await first.register('pool', registration);
    for (const id of ['1', '2', '3']) {
      await first.enter('pool', { ...request, id }, 'r');
      await first.take('pool', id);
    }
    await first.putBack('pool', '3');
    const second = queue();
    expect(await second.register('pool', { ...registration, replica: 'again' })).to.deep.equal({
      limits: { fixed: 3, g: 2 },
      pauses: {},
      now,
    });
    const { leases, waiting } = await second.read('pool');
    expect([leases, waiting]).to.deep.equal([[], []]);
    now += 40 * DAY_MS;
    expect(await queue().register('pool', registration)).to.deep.equal({
      limits: { fixed: 3 },
      pauses: {},
      now,
    });
  });
});

/** Without members that are undefined, which JSON does not have; maps as arrays. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member) => (member instanceof Map ? [...member].sort() : member)),
  );
}
