/** The place of a member's waiting requests in the queue. */
import { expect } from 'chai';
import { findPlaces } from '../../src/dashboard/my-use.js';
import type { PoolView } from '../../src/queue/queue-store.js';

describe('The place in the queue on My page', () => {
  const wait = (id: string, flow: string, seq: number) =>
    ({ id, flow, seq, class: 'interactive', turn: '', round: 0, weight: 1, groups: ['g'] }) as never;
  const pool = (...waiting: never[]) =>
    ({
      groups: new Map(),
      pauses: new Map(),
      leases: [],
      waiting,
      flows: new Map([
        ['key alice', 0],
        ['key bob', 10],
      ]),
      meanMs: 100,
    }) as PoolView;

  it('is that of the first own request, among all that wait', () => {
    const waiting = pool(wait('b1', 'key bob', 1), wait('a1', 'key alice', 2), wait('b2', 'key bob', 3));
    const pools = new Map([['glm-5', waiting]]);
    const expected = { fromMs: 1_000, toMs: 2_000 };
    const find = (flow: string) =>
      findPlaces(pools, flow, (pool, view, asked) => {
        expect([pool, view, asked]).to.deep.equal(['glm-5', waiting, flow]);
        return flow === 'key bob' ? expected : undefined;
      });
    expect(find('key bob')).to.deep.equal([{ pool: 'glm-5', count: 2, place: 2, all: 3, expected }]);
    const alone = { pool: 'glm-5', count: 1, place: 1, all: 3, expected: undefined };
    expect(find('key alice')).to.deep.equal([alone]);
    expect(find('key carol')).to.deep.equal([]);
  });
});
