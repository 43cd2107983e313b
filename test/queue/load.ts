/** A pool of slots under load, in simulated time: callers with lanes that ask, wait, are answered and think. */
import { Pool } from '../../src/queue/core/pool.js';
import type { Lease, RequestClass } from '../../src/queue/core/types.js';
import { Scheduler } from '../support/scheduler.js';
import { buildRegistration } from './registration.js';

export interface Caller {
  readonly flow: string;
  readonly class?: RequestClass;
  /** Requests at a time. */
  readonly lanes: number;
  /** Mean duration of an answer; durations are lognormal. Milliseconds. */
  readonly answerMs: number;
  /** Mean pause between two requests of a lane, milliseconds. */
  readonly thinkMs: number;
}

export interface Load {
  readonly slots: number;
  readonly callers: readonly Caller[];
  readonly minutes: number;
  /** Other numbers of slots, each from a minute on. */
  readonly changes?: readonly (readonly [minute: number, slots: number])[];
}

export interface LoadEvents {
  /** Every 5 s. */
  readonly onLook: (pool: Pool, now: number) => void;
  readonly onGrant: (lease: Lease, waitedMs: number, now: number) => void;
}

const LOOK_MS = 5_000;
/** Of the logarithm of a duration. */
const DEVIATION = 0.8;
const REPLICA = 'r1';

export async function runLoad(load: Load, seed: number, events: LoadEvents): Promise<void> {
  await new LoadRun(load, seed, events).run();
}

class LoadRun {
  readonly #scheduler: Scheduler;
  readonly #pool = new Pool();
  readonly #open = new Map<string, { readonly caller: Caller; readonly enteredAt: number }>();
  #number = 0;

  constructor(
    private readonly load: Load,
    seed: number,
    private readonly events: LoadEvents,
  ) {
    this.#scheduler = new Scheduler(seed);
  }

  async run(): Promise<void> {
    const { slots, callers, changes = [], minutes } = this.load;
    this.#setSlots(slots);
    for (const caller of callers) {
      for (let lane = 0; lane < caller.lanes; lane += 1) this.#think(caller);
    }
    for (const [minute, to] of changes) this.#scheduler.after(minute * 60_000, () => this.#setSlots(to));
    this.#scheduler.after(LOOK_MS, () => this.#look());
    await this.#scheduler.run(minutes * 60_000);
  }

  #setSlots(slots: number): void {
    const settings = { groups: { g: slots }, reserve: 0, maxWaitingPerFlow: 1_000, maxWaiting: 1_000 };
    this.#answer(this.#pool.register(buildRegistration(settings), this.#scheduler.now).grants);
  }

  #look(): void {
    const { now } = this.#scheduler;
    this.#answer(this.#pool.renew(REPLICA, { count: 1, rank: 0 }, [...this.#open.keys()], now).grants);
    this.events.onLook(this.#pool, now);
    this.#scheduler.after(LOOK_MS, () => this.#look());
  }

  #think(caller: Caller): void {
    this.#scheduler.after(Math.round(-caller.thinkMs * Math.log(1 - this.#scheduler.random())), () =>
      this.#ask(caller),
    );
  }

  #ask(caller: Caller): void {
    const { now } = this.#scheduler;
    this.#number += 1;
    const id = `q${this.#number}`;
    this.#open.set(id, { caller, enteredAt: now });
    const { flow, class: requestClass = 'interactive' } = caller;
    const request = {
      id,
      flow,
      turn: '',
      class: requestClass,
      groups: ['g'],
      weight: 1,
      patienceMs: 36_000_000,
    };
    const { result, grants } = this.#pool.enter(request, REPLICA, now);
    this.#answer(result.kind === 'granted' ? [{ id }, ...grants] : grants);
  }

  #answer(grants: readonly { readonly id: string }[]): void {
    const { now, random } = this.#scheduler;
    for (const { id } of grants) {
      const entry = this.#open.get(id);
      this.#pool.take(id, now);
      const lease = this.#pool.leases.get(id);
      if (entry === undefined || lease === undefined) continue;
      this.events.onGrant(lease, now - entry.enteredAt, now);
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const ms = entry.caller.answerMs * Math.exp(DEVIATION * normal - DEVIATION ** 2 / 2);
      this.#scheduler.after(Math.max(1, Math.round(ms)), () => this.#end(id, entry.caller));
    }
  }

  #end(id: string, caller: Caller): void {
    const { grants } = this.#pool.leave(id, 'ok', this.#scheduler.now);
    this.#open.delete(id);
    this.#think(caller);
    this.#answer(grants);
  }
}
