import { expect } from 'chai';
import { HOUR_MS } from '../../src/stats/batch.js';
import { MemoryHistory } from '../../src/store/memory-history.js';
import { MapState } from './disk/map-state.js';
import { at, HOUR, historyContract, requests } from './history-contract.js';

const DAYS = 14;

describe('The history in memory', () => {
  let store: MemoryHistory;
  beforeEach(() => {
    store = new MemoryHistory(DAYS);
  });
  historyContract(() => store);

  it('outlives a restart without addresses of clients', async () => {
    const state = new MapState();
    await new MemoryHistory(DAYS, state).write(requests(3, () => ({ clientAddress: '192.0.2.77' })));
    const [kept = []] = await new MemoryHistory(DAYS, state).readHours([HOUR]);
    expect(kept.map(({ requestId }) => requestId)).to.deep.equal(['r2', 'r1', 'r0']);
    expect(JSON.stringify([...state.readEntries('history')].map(String))).not.to.contain('192.0.2.77');
  });

  it('holds a bounded number of requests, in memory and on the disk', async () => {
    const state = new MapState();
    let now = Date.now();
    const small = new MemoryHistory(DAYS, state, () => now, 100);
    for (let hour = 0; hour < 10; hour += 1)
      await small.write(
        requests(30, (index) => ({ requestId: `${hour}-${index}`, finishedAt: at(index, HOUR - 10 + hour) })),
      );
    const hours = await small.readHours(Array.from({ length: 12 }, (_, index) => HOUR - 11 + index));
    expect(hours.flat()).to.have.length(90);
    expect(state.size).to.equal(90);
    now += (DAYS + 1) * 24 * HOUR_MS;
    await small.write(requests(1, () => ({ finishedAt: now })));
    expect(state.size).to.equal(1);
  });
});
