/** The ledgers that replicas share. Every method is one script and one round trip. */
import type { BudgetStore, Renewed } from '../../budgets/budget-store.js';
import type { CounterState, Reservation, Reserved, SettlementBatch } from '../../budgets/core/types.js';
import { Keys } from './keys.js';
import type { RedisLink, ScriptName } from './link.js';

type Verb = Extract<ScriptName, `budget${string}`>;
const KINDS: readonly Reserved['kind'][] = ['reserved', 'exceeded', 'too-large', 'busy', 'minute', 'flight'];

export class RedisBudgetStore implements BudgetStore {
  readonly #keys: Keys;

  constructor(
    private readonly link: RedisLink,
    prefix: string,
  ) {
    this.#keys = new Keys(prefix);
  }

  async reserve(ledger: string, asked: Reservation): Promise<Reserved> {
    return parseReserved(await this.#run('budgetReserve', ledger, asked.replica, JSON.stringify(asked)));
  }

  async extend(ledger: string, asked: Reservation, after: number): Promise<Reserved> {
    const reply = await this.#run('budgetExtend', ledger, asked.replica, JSON.stringify(asked), after);
    return parseReserved(reply);
  }

  async settle(
    ledger: string,
    batch: SettlementBatch,
    counters: readonly string[],
  ): Promise<readonly CounterState[]> {
    const args = [JSON.stringify(batch), JSON.stringify(counters)];
    return parseCounters(await this.#run('budgetSettle', ledger, batch.replica, ...args));
  }

  async renew(ledger: string, ids: readonly string[], counters: readonly string[]): Promise<Renewed> {
    const reply = await this.#run('budgetRenew', ledger, '', JSON.stringify(ids), JSON.stringify(counters));
    const [missing, states] = Array.isArray(reply) ? (reply as unknown[]) : [];
    return { missing: Array.isArray(missing) ? missing.map(String) : [], counters: parseCounters(states) };
  }

  #run(verb: Verb, ledger: string, replica: string, ...args: (string | number)[]): Promise<unknown> {
    const { spent, held, entries, leases, minutes, applied } = this.#keys.ledger(ledger);
    return this.link.run(verb, [spent, held, entries, leases, minutes, applied(replica)], args);
  }
}

function parseReserved(reply: unknown): Reserved {
  const [kind, index, tokens, waitMs, ...states] = Array.isArray(reply) ? (reply as unknown[]) : [];
  return {
    kind: KINDS.find((one) => one === kind) ?? 'busy',
    index: Number(index) || 0,
    tokens: Number(tokens) || 0,
    waitMs: Number(waitMs) || 0,
    counters: parseCounters(states),
  };
}

/** From `spent, held, …`. */
function parseCounters(reply: unknown): CounterState[] {
  const numbers = Array.isArray(reply) ? reply.map((value) => Number(value) || 0) : [];
  return numbers.flatMap((spent, index) =>
    index % 2 === 0 ? [{ spent, held: numbers[index + 1] ?? 0 }] : [],
  );
}
