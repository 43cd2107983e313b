import { expect } from 'chai';
import { MemoryEvents } from '../../src/store/memory-events.js';
import { MapState } from './disk/map-state.js';
import { eventContract, eventOf, MAX } from './event-contract.js';

describe('Events in memory', () => {
  let events = new MemoryEvents();
  beforeEach(() => {
    events = new MemoryEvents(undefined, Date.now, MAX);
  });
  eventContract(() => events);

  it('outlive a restart, with what was told once', async () => {
    const state = new MapState();
    const before = new MemoryEvents(state);
    await before.append(eventOf({ subject: 'a', onceKey: 'k' }));
    await before.append(eventOf({ kind: 'degraded', onceKey: 'degraded redis' }));
    await before.append(eventOf({ kind: 'recovered', ends: 'degraded redis' }));
    const after = new MemoryEvents(state);
    expect(await after.read({ limit: 10 })).to.deep.equal(await before.read({ limit: 10 }));
    expect(await after.append(eventOf({ onceKey: 'k' }))).to.equal(undefined);
    expect(await after.append(eventOf({ kind: 'recovered', ends: 'degraded redis' }))).to.equal(undefined);
    const ids = [...(await after.read({ limit: 10 })), await after.append(eventOf())].map((one) => one?.id);
    expect(new Set(ids).size).to.equal(4);
  });

  it('leave nothing on the disk after 90 days', async () => {
    const state = new MapState();
    let now = Date.now();
    const store = new MemoryEvents(state, () => now);
    for (let index = 0; index < 20; index += 1) await store.append(eventOf({ onceKey: `k${index}` }));
    now += 91 * 24 * 60 * 60 * 1000;
    await store.append(eventOf({ onceKey: 'last' }));
    expect(state.size).to.equal(2);
  });
});
