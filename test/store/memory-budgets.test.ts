import { expect } from 'chai';
import type { Change, DurableState } from '../../src/store/disk/durable-state.js';
import { MemoryBudgetStore } from '../../src/store/memory-budgets.js';
import { budgetContract, LEDGER } from './budget-contract.js';

const START = 1_764_000_000_000;
const COUNTER = 'member|tokens|total|0|';

budgetContract('Memory', async () => {
  let now = START;
  return {
    store: new MemoryBudgetStore(() => now),
    async advance(ms) {
      now += ms;
    },
  };
});

/** Keeps entries as a disk does. */
class KeptState implements DurableState {
  readonly problem = undefined;
  readonly entries = new Map<string, Buffer>();

  readEntries(): ReadonlyMap<string, Buffer> {
    return new Map(this.entries);
  }

  async write(): Promise<void> {}

  async close(): Promise<void> {}

  writeLater(_namespace: string, key: string, encode: () => Change['value']): void {
    this.entries.set(key, Buffer.from(encode() ?? ''));
  }
}

describe('Budgets on disk', () => {
  it('survive a restart, and what had begun is charged in full', async () => {
    const disk = new KeptState();
    const line = { counter: COUNTER, limit: 9_000, base: 100, rate: 1_000_000, isHard: false };
    const asked = {
      replica: 'r1',
      tokens: 400,
      inputTokens: 100,
      lines: [line],
      minutes: [],
      flights: [],
    };
    const before = new MemoryBudgetStore(() => START, disk);
    await before.reserve(LEDGER, { ...asked, id: 'settled', hasBegun: true });
    await before.reserve(LEDGER, { ...asked, id: 'begun', hasBegun: true });
    await before.reserve(LEDGER, { ...asked, id: 'queued', hasBegun: false });
    const settlement = {
      id: 'settled',
      tokens: 70,
      amounts: [{ counter: COUNTER, amount: 70 }],
      minutes: [],
    };
    await before.settle(LEDGER, { replica: 'r1', number: 1, settlements: [settlement] }, []);
    const after = new MemoryBudgetStore(() => START + 1, disk);
    const { counters } = await after.renew(LEDGER, [], [COUNTER]);
    expect(counters).to.deep.equal([{ spent: 570, held: 0 }]);
  });
});
