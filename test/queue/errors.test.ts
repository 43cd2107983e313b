import { expect } from 'chai';
import { createGroup } from '../../src/queue/core/learning.js';
import type { Pause, Waiting } from '../../src/queue/core/types.js';
import { estimateWait } from '../../src/queue/errors.js';
import type { PoolView } from '../../src/queue/queue-store.js';

describe('Retry-After of a queue', () => {
  const waitFor = (...groups: string[]) => ({ groups }) as unknown as Waiting;
  const view = (waiting: readonly Waiting[], pauses: Readonly<Record<string, Pause>> = {}): PoolView => ({
    groups: new Map([
      ['shared/m', { ...createGroup(), slots: 2 }],
      ['ann/m', { ...createGroup(), slots: 8 }],
      ['open/m', createGroup()],
    ]),
    pauses: new Map(Object.entries(pauses)),
    leases: [],
    waiting,
    flows: new Map(),
    meanMs: 10_000,
  });

  it('counts the slots that may serve the request, and those who wait for the same', () => {
    const waiting = [waitFor('shared/m'), waitFor('ann/m', 'shared/m'), waitFor('ann/m')];
    expect(estimateWait(view(waiting), ['shared/m'])).to.equal(15_000);
    expect(estimateWait(view(waiting), ['ann/m', 'shared/m'])).to.equal(4_000);
  });

  it('leaves paused credentials out', () => {
    const out = { shared: {} as Pause };
    expect(estimateWait(view([waitFor('shared/m')], out), ['ann/m', 'shared/m'])).to.equal(2_500);
    expect(estimateWait(view([], out), ['shared/m'])).to.equal(10_000);
  });

  it('is a second where the store could not be asked', () => {
    expect(estimateWait(undefined, ['shared/m'])).to.equal(1_000);
  });
});
