import { expect } from 'chai';
import type { BudgetStore } from '../../src/budgets/budget-store.js';
import { LEASE_MS, type Line, type Reservation } from '../../src/budgets/core/types.js';

export const LEDGER = 'member:alice';
const COUNTER = 'member|tokens|total|0|';

export interface BudgetSubject {
  readonly store: BudgetStore;
  advance(ms: number): Promise<void>;
}

/** A budget of 10,000 tokens, unless the line says otherwise. */
function ask(id: string, line: Partial<Line> = {}, more: Partial<Reservation> = {}): Reservation {
  const tokens = { counter: COUNTER, limit: 10_000, base: 1_000, rate: 1_000_000, isHard: false, ...line };
  return {
    id,
    replica: 'r1',
    tokens: 4_096,
    inputTokens: 1_000,
    lines: [tokens],
    minutes: [],
    flights: [],
    hasBegun: false,
    ...more,
  };
}

export function budgetContract(name: string, create: () => Promise<BudgetSubject>): void {
  describe(`${name} as a BudgetStore`, () => {
    let subject: BudgetSubject;
    let store: BudgetStore;
    let settled = 0;

    beforeEach(async () => {
      subject = await create();
      store = subject.store;
      settled = 0;
    });

    const reserve = async (...args: Parameters<typeof ask>) =>
      (await store.reserve(LEDGER, ask(...args))).kind;
    const settle = (id: string, amount: number, more: { replica?: string; number?: number } = {}) => {
      settled += 1;
      const settlement = {
        id,
        tokens: amount,
        amounts: [{ counter: COUNTER, amount }],
        minutes: ['member'],
      };
      const batch = { replica: 'r1', number: settled, settlements: [settlement], ...more };
      return store.settle(LEDGER, batch, [COUNTER]);
    };
    const read = async () => (await store.renew(LEDGER, [], [COUNTER])).counters[0];

    it('reserves the input and the next step, and settles what was used', async () => {
      const { kind, tokens, counters } = await store.reserve(LEDGER, ask('a'));
      expect({ kind, tokens }).to.deep.equal({ kind: 'reserved', tokens: 4_096 });
      expect(counters).to.deep.equal([{ spent: 0, held: 5_096 }]);
      expect(await settle('a', 1_200)).to.deep.equal([{ spent: 1_200, held: 0 }]);
    });

    it('tells a budget that open requests hold from one that is spent', async () => {
      await reserve('a');
      expect(await reserve('b')).to.equal('busy');
      await settle('a', 9_500);
      expect(await reserve('b')).to.equal('exceeded');
      expect(await reserve('c', { limit: 20_000 })).to.equal('reserved');
    });

    it('reserves fewer tokens where fewer are left', async () => {
      await settle('before', 7_000);
      expect((await store.reserve(LEDGER, ask('a'))).tokens).to.equal(2_000);
    });

    it('lets a request whose input is too large begin alone, unless the budget is hard', async () => {
      expect(await reserve('a', { base: 50_000, isHard: true })).to.equal('too-large');
      expect(await reserve('a', { base: 50_000 })).to.equal('reserved');
      expect(await reserve('b')).to.equal('busy');
    });

    it('extends a reservation, beyond the limit only where the budget is not hard', async () => {
      await reserve('soft');
      const soft = await store.extend(LEDGER, ask('soft', {}, { tokens: 20_000 }), 0);
      expect([soft.tokens, soft.counters[0]?.held]).to.deep.equal([20_000, 21_000]);
      await settle('soft', 0);
      await reserve('hard', { isHard: true });
      const hard = await store.extend(LEDGER, ask('hard', { isHard: true }, { tokens: 20_000 }), 1);
      expect(hard.tokens).to.equal(9_000);
    });

    it('settles once, however often it is told', async () => {
      await reserve('a');
      await settle('a', 700, { number: 1 });
      await settle('a', 700, { number: 1 });
      await settle('b', 50, { number: 1, replica: 'r2' });
      expect(await read()).to.deep.equal({ spent: 750, held: 0 });
    });

    it('ignores an extension that arrives after the settlement', async () => {
      await reserve('a');
      await settle('a', 10);
      await store.extend(LEDGER, ask('a'), 0);
      expect(await read()).to.deep.equal({ spent: 10, held: 0 });
    });

    it('charges a silent replica’s reservation in full if its call had begun, and gives it back if not', async () => {
      await reserve('begun', { limit: 20_000 }, { tokens: 100 });
      await store.extend(LEDGER, ask('begun', { limit: 20_000 }, { tokens: 100 }), 0);
      await reserve('queued', { limit: 20_000 });
      await reserve('renewed', { limit: 20_000 });
      await subject.advance(LEASE_MS - 1);
      expect((await store.renew(LEDGER, ['renewed', 'lost'], [COUNTER])).missing).to.deep.equal(['lost']);
      await subject.advance(1);
      expect(await read()).to.deep.equal({ spent: 1_100, held: 5_096 });
    });

    it('replaces that charge when the replica was only slow', async () => {
      await reserve('a', {}, { hasBegun: true });
      await subject.advance(LEASE_MS);
      expect((await read())?.spent).to.equal(5_096);
      expect(await settle('a', 30)).to.deep.equal([{ spent: 30, held: 0 }]);
    });

    it('counts requests in flight', async () => {
      const flights = [{ scope: 'member', limit: 2 }];
      const kinds = [];
      for (const id of ['a', 'b', 'c']) kinds.push(await reserve(id, { limit: 1e9 }, { flights }));
      expect(kinds).to.deep.equal(['reserved', 'reserved', 'flight']);
      await settle('a', 1);
      expect(await reserve('d', { limit: 1e9 }, { flights })).to.equal('reserved');
    });

    it('counts tokens of a minute, with what was used in place of what was reserved', async () => {
      const minutes = [{ scope: 'member', limit: 8_000 }];
      expect(await reserve('a', { limit: 1e9 }, { minutes })).to.equal('reserved');
      const second = await store.reserve(LEDGER, ask('b', { limit: 1e9 }, { minutes }));
      expect(second.kind).to.equal('minute');
      expect(second.waitMs).to.be.within(1, 60_000);
      await settle('a', 1_100);
      expect(await reserve('c', { limit: 1e9 }, { minutes })).to.equal('reserved');
      await subject.advance(60_000);
      expect(await reserve('d', { limit: 1e9 }, { minutes })).to.equal('reserved');
    });
  });
}
