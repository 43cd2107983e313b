import { expect } from 'chai';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import type { BudgetStore } from '../../../src/budgets/budget-store.js';
import { Ledger } from '../../../src/budgets/core/ledger.js';
import type { Reservation } from '../../../src/budgets/core/types.js';
import { RedisBudgetStore } from '../../../src/store/redis/budget-store.js';
import { Keys } from '../../../src/store/redis/keys.js';
import { COUNTERS, START, type Step, traces } from '../../budgets/traces.js';
import { useRedisLink } from '../../support/redis-link.js';
import { samples } from '../../support/samples.js';
import { setBudgetClock, useBudgetClock } from './budget-clock.js';

const PREFIX = 'test:';

describe('The scripts of budgets and their core', () => {
  const used = useRedisLink();

  before(() => useBudgetClock(used.link));

  it('agree on every answer and every state of random traces', async function () {
    this.timeout(samples(300_000, 1_800_000));
    let number = 0;
    await fc.assert(
      fc.asyncProperty(traces, async (trace) => {
        number += 1;
        await compare(trace, `ledger ${number}`);
      }),
      { numRuns: samples(100, 2_000), seed: 17, endOnFailure: true },
    );
  });

  async function compare(trace: readonly Step[], name: string): Promise<void> {
    const keys = new Keys(PREFIX).ledger(name);
    const redis = new RedisBudgetStore(used.link, PREFIX);
    const ledger = new Ledger();
    const asked: Reservation[] = [];
    const numbers = new Map<string, number>();
    const pick = (index: number) => asked[asked.length - 1 - index];
    let now = START;
    await setBudgetClock(used.link, PREFIX, name, now);
    for (const step of trace) {
      if (step.verb === 'wait') {
        now += step.ms;
        await setBudgetClock(used.link, PREFIX, name, now);
        continue;
      }
      const [own, shared] = run(step);
      expect(plain(await shared?.(redis)), JSON.stringify(step)).to.deep.equal(plain(own));
      expect(await snapshot(used.redis, keys)).to.deep.equal(describeLedger(ledger));
    }

    function run(step: Exclude<Step, { verb: 'wait' }>): [unknown, ((store: BudgetStore) => unknown)?] {
      if (step.verb === 'reserve') {
        const request = { ...step.asked, id: `q${asked.length}` };
        asked.push(request);
        return [ledger.reserve(request, now), (store) => store.reserve(name, request)];
      }
      if (step.verb === 'renew') {
        const ids = step.picks.map((index) => pick(index)?.id ?? 'unknown');
        const missing = ledger.renew(ids, now);
        const own = { missing, counters: ledger.read(COUNTERS, now) };
        return [own, (store) => store.renew(name, ids, COUNTERS)];
      }
      if (step.verb === 'settle') {
        const last = numbers.get(step.replica) ?? 0;
        const next = step.isRepeated ? last : last + 1;
        numbers.set(step.replica, next);
        const settlements = step.picks.map((index) => {
          const request = pick(index);
          return {
            id: request?.id ?? 'unknown',
            tokens: step.tokens,
            amounts: (request?.lines ?? []).map(({ counter }) => ({ counter, amount: step.amount })),
            minutes: (request?.minutes ?? []).map(({ scope }) => scope),
          };
        });
        const batch = { replica: step.replica, number: next, settlements };
        ledger.settle(batch, now);
        return [ledger.read(COUNTERS, now), (store) => store.settle(name, batch, COUNTERS)];
      }
      const request = pick(step.pick);
      if (request === undefined) return [undefined];
      if (step.verb === 'again')
        return [ledger.reserve(request, now), (store) => store.reserve(name, request)];
      const more = { ...request, tokens: step.tokens };
      const after = Math.max(0, (numbers.get(request.replica) ?? 0) - step.lag);
      return [ledger.extend(more, after, now), (store) => store.extend(name, more, after)];
    }
  }
});

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function describeLedger({ spent, held, flights, minutes, entries }: Ledger): object {
  const all = [...held, ...[...flights].map(([scope, count]) => [`flight ${scope}`, count] as const)];
  return {
    spent: Object.fromEntries(spent),
    held: Object.fromEntries(all),
    minutes: Object.fromEntries([...minutes].map(([scope, at]) => [scope, `${at.minute} ${at.tokens}`])),
    entries: Object.fromEntries([...entries].map(([id, entry]) => [id, plain(entry)])),
    leases: Object.fromEntries([...entries].map(([id, { until }]) => [id, until])),
  };
}

async function snapshot(redis: Redis, keys: ReturnType<Keys['ledger']>): Promise<object> {
  const [spent, held, minutes, entries, leases] = await Promise.all([
    redis.hgetall(keys.spent),
    redis.hgetall(keys.held),
    redis.hgetall(keys.minutes),
    redis.hgetall(keys.entries),
    redis.zrange(keys.leases, '0', '-1', 'WITHSCORES'),
  ]);
  const numbers = (hash: Record<string, string>) =>
    Object.fromEntries(Object.entries(hash).map(([field, value]) => [field, Number(value)]));
  const list = (value: unknown) => (Array.isArray(value) ? value : []);
  return {
    spent: numbers(spent),
    held: numbers(held),
    minutes,
    // Lua writes an empty list as an object.
    entries: Object.fromEntries(
      Object.entries(entries).map(([id, text]) => {
        const entry = JSON.parse(text);
        return [id, { ...entry, flights: list(entry.flights), minutes: list(entry.minutes) }];
      }),
    ),
    leases: Object.fromEntries(
      leases.flatMap((id, index) => (index % 2 === 0 ? [[id, Number(leases[index + 1])]] : [])),
    ),
  };
}
