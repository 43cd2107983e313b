/** Replicas of the gateway's queue in a simulated world, with an upstream that admits few requests. */
import type { Pool } from '../../src/queue/core/pool.js';
import type { PoolSettings, SlotSetting } from '../../src/queue/core/types.js';
import type { QueueStore } from '../../src/queue/queue-store.js';
import type { Slot, SlotRequest } from '../../src/queue/slot.js';
import { SlotQueue } from '../../src/queue/slot-queue.js';
import { MemoryQueueStore } from '../../src/store/memory-queue.js';
import type { PauseCause } from '../../src/vocabulary/pauses.js';
import { type Accidents, type Scheduler, SimulatedProcess } from '../support/scheduler.js';

export const POOL = 'pool';

export interface Replica {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly queue: SlotQueue;
  /** Calls of the upstream that are open. */
  calls: number;
  /** Requests that wait or are in flight. */
  open: number;
}

interface LostListener {
  run: (error: Error) => void;
}

/** A whole answer at the upstream. */
export interface Use {
  readonly who: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Tally {
  granted: number;
  refused: number;
  /** Calls that met a credential's failure. */
  wasted: number;
  /** Grants that replicas were told of. */
  messages: number;
  failed: unknown[];
  readonly uses: Use[];
}

export class World {
  store: MemoryQueueStore;
  readonly replicas: Replica[] = [];
  readonly tally: Tally = { granted: 0, refused: 0, wasted: 0, messages: 0, failed: [], uses: [] };
  /** What each credential fails with, by its group. */
  readonly failing = new Map<string, PauseCause>();
  /** What was told of pauses. */
  readonly events: string[] = [];
  readonly settings: PoolSettings;
  #started = 0;
  #listens: (() => void)[] = [];

  constructor(
    readonly scheduler: Scheduler,
    slots: SlotSetting,
    /** What the upstream really admits. */
    public admits: number,
    replicas: number,
    private readonly createPool?: () => Pool,
    groups: readonly string[] = ['g'],
  ) {
    const all = Object.fromEntries(groups.map((group) => [group, slots]));
    this.settings = { groups: all, reserve: 0, maxWaitingPerFlow: 100, maxWaiting: 1_000 };
    this.store = new MemoryQueueStore(() => scheduler.now, createPool);
    for (let index = 0; index < replicas; index += 1) this.addReplica();
  }

  /** Open calls at processes that are not stopped. */
  get liveCalls(): number {
    return this.replicas
      .filter(({ process }) => process.isRunning)
      .reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Open calls as the upstream sees them: those of a stopped process are. */
  get upstreamCalls(): number {
    return this.replicas.filter(({ process }) => !process.isDead).reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Requests that wait or are in flight, at processes that live. */
  get open(): number {
    return this.replicas.filter(({ process }) => !process.isDead).reduce((sum, { open }) => sum + open, 0);
  }

  addReplica(): Replica {
    this.#started += 1;
    const name = `r${this.#started}`;
    const process = new SimulatedProcess(this.scheduler);
    const queue = new SlotQueue({
      replica: name,
      store: this.#connect(process),
      createFallback: () => new MemoryQueueStore(() => this.scheduler.now),
      settingsOf: () => this.settings,
      readReplicas: () =>
        process.call(async () => this.replicas.filter((one) => !one.process.isDead).map((one) => one.name)),
      events: {
        onPause: (credential, { code }) => this.events.push(`${credential} out ${code}`),
        onBack: (credential) => this.events.push(`${credential} back`),
      },
      timers: process.timers,
    });
    const replica = { name, process, queue, calls: 0, open: 0 };
    this.replicas.push(replica);
    void queue.start().catch(() => undefined);
    return replica;
  }

  /** The store loses everything, and goes on. */
  emptyStore(): void {
    this.store = new MemoryQueueStore(() => this.scheduler.now, this.createPool);
    for (const listen of this.#listens) listen();
  }

  setAccidents(accidents: Accidents): void {
    for (const { process } of this.replicas) process.accidents = accidents;
  }

  /** Asks for a slot, holds it for the time of the answer, and asks again where the upstream refuses. */
  async request(
    replica: Replica,
    flow: string,
    answerMs: () => number,
    more: Partial<SlotRequest> & { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { signal = new AbortController().signal } = more;
    const asked: SlotRequest = {
      flow,
      turn: '',
      class: 'interactive',
      groups: Object.keys(this.settings.groups),
      weight: 1,
      timeoutMs: 3_600_000,
      ...more,
    };
    const onLost: LostListener = { run: () => undefined };
    replica.open += 1;
    try {
      const withListener = { ...asked, onLost: (error: Error) => onLost.run(error) };
      let slot = await replica.queue.acquire(POOL, withListener, signal);
      for (;;) {
        const cause = this.failing.get(slot.group);
        if (cause !== undefined) {
          await this.#passTime(replica, 5);
          this.tally.wasted += 1;
          const next = await slot.giveBack(cause, true, signal);
          if (next === undefined) throw new Error(`upstream failed with ${cause.code}`);
          slot = next;
        } else if (await this.#callUpstream(replica, slot, flow, answerMs(), onLost, signal)) break;
        else slot = await slot.waitAgain(signal);
      }
    } catch (error) {
      this.tally.failed.push(error);
    }
    replica.open -= 1;
  }

  kill(replica: Replica): void {
    replica.process.kill();
    replica.calls = 0;
  }

  #passTime({ process }: Replica, ms: number): Promise<void> {
    return new Promise((resolve) => process.timers.set(resolve, ms));
  }

  /** @returns False when the upstream has refused it. */
  #callUpstream(
    replica: Replica,
    slot: Slot,
    flow: string,
    answerMs: number,
    onLost: LostListener,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { process } = replica;
    if (this.upstreamCalls >= this.admits) {
      this.tally.refused += 1;
      return new Promise((resolve) => process.timers.set(() => resolve(false), 5));
    }
    replica.calls += 1;
    const startedAt = this.scheduler.now;
    return new Promise((resolve, reject) => {
      const end = (settleCall: () => void) => {
        replica.calls -= 1;
        settleCall();
      };
      const cancel = process.timers.set(
        () =>
          end(() => {
            this.tally.granted += 1;
            this.tally.uses.push({ who: flow, startedAt, endedAt: this.scheduler.now });
            slot.release('ok');
            resolve(true);
          }),
        answerMs,
      );
      onLost.run = (error) => {
        cancel();
        end(() => reject(error));
      };
      signal.addEventListener('abort', () => {
        cancel();
        slot.release('failed');
        onLost.run(signal.reason);
      });
    });
  }

  #connect(process: SimulatedProcess): QueueStore {
    const call = <T>(verb: (store: QueueStore) => Promise<T>) => process.call(() => verb(this.store));
    return {
      register: (...args) => call((store) => store.register(...args)),
      enter: (...args) => call((store) => store.enter(...args)),
      take: (...args) => call((store) => store.take(...args)),
      leave: (...args) => call((store) => store.leave(...args)),
      putBack: (...args) => call((store) => store.putBack(...args)),
      giveBack: (...args) => call((store) => store.giveBack(...args)),
      renew: (...args) => call((store) => store.renew(...args)),
      unregister: (...args) => call((store) => store.unregister(...args)),
      read: (...args) => call((store) => store.read(...args)),
      listen: async (replica, listener) => {
        const deliver = (run: () => void) => process.send(() => process.deliver(run));
        const listen = (onConnect: () => void) =>
          this.store.listen(replica, {
            onGrant: (pool, id) => {
              this.tally.messages += 1;
              deliver(() => listener.onGrant(pool, id));
            },
            onLimit: (pool) => deliver(() => listener.onLimit(pool)),
            onConnect,
          });
        this.#listens.push(() => void listen(() => undefined));
        return listen(() => deliver(() => listener.onConnect()));
      },
    };
  }
}
