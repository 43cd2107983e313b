/** The ledgers of a gateway that runs alone: in memory, and written to its durable state within a second. */
import type { BudgetStore, Renewed } from '../budgets/budget-store.js';
import { type Entry, Ledger } from '../budgets/core/ledger.js';
import type { CounterState, Reservation, Reserved, SettlementBatch } from '../budgets/core/types.js';
import { type DurableState, VolatileState } from './disk/durable-state.js';

const NAMESPACE = 'budgets';

/** A ledger on disk. Reservations that no replica renews lapse after a restart as in Redis. */
interface Kept {
  readonly spent: [counter: string, amount: number][];
  readonly entries: [id: string, entry: Entry][];
}

export class MemoryBudgetStore implements BudgetStore {
  readonly #ledgers = new Map<string, Ledger>();
  readonly #kept: ReadonlyMap<string, Buffer>;

  constructor(
    private readonly now: () => number = Date.now,
    private readonly durable: DurableState = new VolatileState(),
  ) {
    this.#kept = durable.readEntries(NAMESPACE);
  }

  async reserve(ledger: string, asked: Reservation): Promise<Reserved> {
    return this.#run(ledger, (state) => state.reserve(asked, this.now()));
  }

  async extend(ledger: string, asked: Reservation, after: number): Promise<Reserved> {
    return this.#run(ledger, (state) => state.extend(asked, after, this.now()));
  }

  async settle(
    ledger: string,
    batch: SettlementBatch,
    counters: readonly string[],
  ): Promise<readonly CounterState[]> {
    return this.#run(ledger, (state) => {
      state.settle(batch, this.now());
      return state.read(counters, this.now());
    });
  }

  async renew(ledger: string, ids: readonly string[], counters: readonly string[]): Promise<Renewed> {
    return this.#run(ledger, (state) => ({
      missing: state.renew(ids, this.now()),
      counters: state.read(counters, this.now()),
    }));
  }

  #run<T>(name: string, verb: (ledger: Ledger) => T): T {
    const ledger = this.#ledgers.get(name) ?? restore(this.#kept.get(name));
    this.#ledgers.set(name, ledger);
    const result = verb(ledger);
    this.durable.writeLater(NAMESPACE, name, () => encode(ledger));
    return result;
  }
}

function encode({ spent, entries }: Ledger): string {
  const kept: Kept = { spent: [...spent], entries: [...entries].filter(([, { hasBegun }]) => hasBegun) };
  return JSON.stringify(kept);
}

/** What another version wrote in another shape is left out. */
function restore(bytes: Buffer | undefined): Ledger {
  const ledger = new Ledger();
  if (bytes === undefined) return ledger;
  const { spent, entries } = JSON.parse(String(bytes)) as Kept;
  for (const [counter, amount] of spent) ledger.spent.set(counter, amount);
  // The process that had them is gone: charged when the ledger is used next.
  for (const [id, entry] of entries) ledger.restore(id, entry);
  return ledger;
}
