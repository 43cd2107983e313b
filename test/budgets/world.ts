/** Replicas that enforce budgets in a simulated world, with an upstream that counts every token itself. */
import type { BudgetStore } from '../../src/budgets/budget-store.js';
import { Budgets } from '../../src/budgets/budgets.js';
import type { Budget } from '../../src/budgets/core/budget.js';
import { type Amounts, joinAllowances, NOTHING, type Rates } from '../../src/budgets/core/meters.js';
import { MemoryBudgetStore } from '../../src/store/memory-budgets.js';
import { ApiError } from '../../src/vocabulary/errors.js';
import { StoreUnavailableError } from '../../src/vocabulary/store-unavailable.js';
import { type Accidents, type Scheduler, SimulatedProcess } from '../support/scheduler.js';

export interface Replica {
  readonly process: SimulatedProcess;
  readonly budgets: Budgets;
}

/** One answer as the upstream sees it. */
interface Answer {
  readonly startedAt: number;
  readonly replica: Replica;
  used: number;
  isOver: boolean;
}

/** A token costs a millionth of a dollar, whichever way it goes. */
const RATES: Rates = {
  input: { tokens: 1_000_000, USD: 1_000_000, CNY: 0 },
  output: { tokens: 1_000_000, USD: 1_000_000, CNY: 0 },
};
const READ_TOKENS = 64;

export interface Question {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly maxTokens?: number;
  /** Output tokens after which the client leaves. */
  readonly leavesAfter?: number;
}

export class World {
  readonly store: MemoryBudgetStore;
  readonly replicas: Replica[] = [];
  /** Tokens that the upstream has counted. */
  used = 0;
  readonly answers: Answer[] = [];
  readonly refusals: string[] = [];
  /** Answers that have begun although the upstream had counted the whole budget by then. */
  begunLate = 0;
  readonly meters;

  constructor(
    readonly scheduler: Scheduler,
    readonly budget: Budget,
    count: number,
    maxInFlight?: number,
  ) {
    this.store = new MemoryBudgetStore(() => scheduler.now);
    const allowance = {
      scope: 'member' as const,
      name: 'member',
      label: 'alice',
      tokensPerMinute: undefined,
    };
    const meters = joinAllowances('member:alice', [{ ...allowance, budgets: [budget], maxInFlight }]);
    if (meters === undefined) throw new Error('nothing is limited');
    this.meters = meters;
    for (let index = 0; index < count; index += 1) this.#addReplica(`r${index}`);
  }

  setAccidents(accidents: Accidents): void {
    for (const { process } of this.replicas) process.accidents = accidents;
  }

  get living(): Replica[] {
    return this.replicas.filter(({ process }) => !process.isDead);
  }

  get open(): number {
    return this.answers.filter(({ isOver, replica }) => !isOver && !replica.process.isDead).length;
  }

  async spent(): Promise<{ spent: number; held: number }> {
    const [period] = this.replicas[0]?.budgets.list(this.meters) ?? [];
    const { counters } = await this.store.renew(this.meters.ledger, [], [period?.counter ?? '']);
    return counters[0] ?? { spent: 0, held: 0 };
  }

  async ask(
    replica: Replica,
    { inputTokens, outputTokens, maxTokens, leavesAfter }: Question,
  ): Promise<void> {
    const { process, budgets } = replica;
    const hold = budgets.open({ meters: this.meters, key: 'k', inputTokens, maxTokens, rates: RATES });
    const signal = new AbortController().signal;
    try {
      if (!(await hold.tryReserve())) await hold.waitForRoom(signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refusals.push(String(error.code));
      return;
    }
    hold.beginCall();
    const { spent } = await this.spent();
    if (spent >= this.budget.amount) this.begunLate += 1;
    const answer: Answer = { startedAt: this.scheduler.now, replica, used: inputTokens, isOver: false };
    this.answers.push(answer);
    this.used += inputTokens;
    const most = Math.min(outputTokens, maxTokens ?? outputTokens, leavesAfter ?? outputTokens);
    for (let output = 0; output < most && !hold.isSpent; ) {
      await new Promise<void>((resolve) => process.timers.set(resolve, 5));
      const read = Math.min(READ_TOKENS, most - output);
      output += read;
      answer.used += read;
      this.used += read;
      await hold.observe(output);
    }
    const tokens = answer.used;
    const amounts: Amounts = { ...NOTHING, tokens, USD: tokens };
    hold.endCall(amounts);
    hold.settle();
    answer.isOver = true;
  }

  #addReplica(name: string): void {
    const process = new SimulatedProcess(this.scheduler);
    const call = <T>(verb: (store: BudgetStore) => Promise<T>) =>
      process
        .call(() => verb(this.store))
        .catch((error: Error) => {
          throw new StoreUnavailableError(error.message);
        });
    const store: BudgetStore = {
      reserve: (...args) => call((shared) => shared.reserve(...args)),
      extend: (...args) => call((shared) => shared.extend(...args)),
      settle: (...args) => call((shared) => shared.settle(...args)),
      renew: (...args) => call((shared) => shared.renew(...args)),
    };
    const budgets = new Budgets({
      replica: name,
      store,
      zone: 'UTC',
      replicas: () => this.replicas.length,
      timers: process.timers,
    });
    this.replicas.push({ process, budgets });
  }
}
