/** Told budgets and ends of periods, of budgets on several replicas. */
import { expect } from 'chai';
import { Budgets } from '../../src/budgets/budgets.js';
import type { Budget } from '../../src/budgets/core/budget.js';
import { joinAllowances, type Meters, NOTHING, type Rates } from '../../src/budgets/core/meters.js';
import { LEASE_MS } from '../../src/budgets/core/types.js';
import { composeBudgets } from '../../src/compose/budgets.js';
import { EventTeller } from '../../src/events/event-teller.js';
import { MemoryBudgetStore } from '../../src/store/memory-budgets.js';
import { MemoryEvents } from '../../src/store/memory-events.js';
import type { SharedState } from '../../src/store/shared-state.js';
import { settle } from '../support/scheduler.js';

const RATES: Rates = {
  input: { tokens: 1_000_000, USD: 0, CNY: 0 },
  output: { tokens: 1_000_000, USD: 0, CNY: 0 },
};

function metersOf(budget: Budget): Meters {
  const allowance = { scope: 'member' as const, name: 'member', label: 'alice', budgets: [budget] };
  const meters = joinAllowances('member:alice', [
    { ...allowance, tokensPerMinute: undefined, maxInFlight: undefined },
  ]);
  if (meters === undefined) throw new Error('nothing is limited');
  return meters;
}

/** Reserves so much input, and one token of output. */
async function begin(budgets: Budgets, meters: Meters, tokens: number) {
  const hold = budgets.open({ meters, key: 'k', inputTokens: tokens, maxTokens: 1, rates: RATES });
  expect(await hold.tryReserve()).to.equal(true);
  hold.beginCall();
  await settle();
  return {
    end: async (used = tokens) => {
      hold.endCall({ ...NOTHING, tokens: used });
      hold.settle();
      await settle();
    },
  };
}

describe('What is told of budgets', () => {
  let now = Date.parse('2026-11-28T12:00:00Z');
  let events: MemoryEvents;
  let store: MemoryBudgetStore;
  let replicas: Budgets[];
  let tellers: EventTeller[];
  const MONTH = metersOf({ unit: 'tokens', amount: 100, period: 'month' });
  beforeEach(() => {
    events = new MemoryEvents();
    store = new MemoryBudgetStore(() => now);
    tellers = [0, 1, 2].map(() => new EventTeller(events, true));
    const state = { budgetStore: store, replicasLastSeen: () => 3 } as unknown as SharedState;
    replicas = tellers.map((teller, index) =>
      composeBudgets({ timeZone: 'UTC' }, state, `r${index}`, teller),
    );
  });
  afterEach(async () => {
    await Promise.all(replicas.map((budgets) => budgets.close()));
    for (const teller of tellers) teller.close();
  });
  const told = async () => {
    await Promise.all(tellers.map((teller) => teller.flush()));
    const all = await events.read({ limit: 100 });
    return all.map(({ kind, subject }) => `${kind} ${subject}`).reverse();
  };

  it('are 80 and 100 % of it, once over all replicas', async () => {
    for (let spent = 10, index = 0; spent <= 70; spent += 10, index += 1)
      await (await begin(replicas[index % 3] as Budgets, MONTH, 10)).end();
    expect(await told()).to.deep.equal([]);
    const open = await Promise.all(replicas.map((budgets) => begin(budgets, MONTH, 9)));
    await open[0]?.end();
    expect(await told()).to.deep.equal([]);
    await open[1]?.end();
    expect(await told()).to.deep.equal(['budget_warning alice']);
    await open[2]?.end();
    const last = await begin(replicas[0] as Budgets, MONTH, 2);
    expect(await told()).to.deep.equal(['budget_warning alice']);
    await last.end(3);
    expect(await told()).to.deep.equal(['budget_warning alice', 'budget_spent alice']);
    for (const budgets of replicas)
      await budgets
        .open({ meters: MONTH, key: 'k', inputTokens: 1, maxTokens: 1, rates: RATES })
        .tryReserve()
        .catch(() => undefined);
    expect(await told()).to.have.length(2);
  });

  it('include what the answers of a replica that has died are charged', async () => {
    await begin(replicas[0] as Budgets, MONTH, 99);
    now += LEASE_MS + 1;
    const next = replicas[1] as Budgets;
    const hold = next.open({ meters: MONTH, key: 'k', inputTokens: 1, maxTokens: 1, rates: RATES });
    const refused = await hold.tryReserve().catch((error: unknown) => error);
    expect(refused).to.include({ code: 'budget_exceeded' });
    expect(await told()).to.deep.equal(['budget_warning alice', 'budget_spent alice']);
  });
});

describe('A budget of days in a time zone', () => {
  it('begins anew at its own midnight; an answer that is open across it is charged to the day it began', async () => {
    // 23:59:50 in Shanghai.
    let now = Date.parse('2026-11-28T15:59:50Z');
    const timers = { now: () => now, set: () => () => undefined };
    const store = new MemoryBudgetStore(() => now);
    const options = { store, zone: 'Asia/Shanghai', replicas: () => 2, timers };
    const [one, other] = ['r0', 'r1'].map((replica) => new Budgets({ ...options, replica })) as [
      Budgets,
      Budgets,
    ];
    const meters = metersOf({ unit: 'tokens', amount: 100, period: 'day' });
    await (await begin(one, meters, 40)).end();
    const open = await begin(other, meters, 59);
    const full = one.open({ meters, key: 'k', inputTokens: 10, maxTokens: 10, rates: RATES });
    expect(await full.tryReserve()).to.equal(false);
    const [yesterday] = one.list(meters);
    expect(yesterday?.range.end).to.equal(Date.parse('2026-11-28T16:00:00Z'));
    now += 10_000;
    const [today] = await one.read(meters);
    expect(today).to.deep.include({ spent: 0, held: 0 });
    expect(today?.period.range.start).to.equal(Date.parse('2026-11-28T16:00:00Z'));
    const whole = await begin(one, meters, 99);
    await open.end();
    await whole.end();
    expect((await other.read(meters))[0]).to.deep.include({ spent: 99, held: 0 });
    const { counters } = await store.renew(meters.ledger, [], [yesterday?.counter ?? '']);
    expect(counters).to.deep.equal([{ spent: 99, held: 0 }]);
    await Promise.all([one.close(), other.close()]);
  });
});
