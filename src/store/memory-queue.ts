/** The queue of a gateway that runs alone: the pools of `src/queue/core/` in this process. Learnt limits outlive it. */
import { type Effect, Pool } from '../queue/core/pool.js';
import type {
  EnterResult,
  GiveBackResult,
  LeaseOutcome,
  PauseRequest,
  Peers,
  QueueRequest,
  Registration,
  Renewal,
  Standing,
} from '../queue/core/types.js';
import type { PoolView, QueueListener, QueueStore, QueueSubscription } from '../queue/queue-store.js';
import { type DurableState, VolatileState } from './disk/durable-state.js';
import { LearntLimits } from './learnt-limits.js';

export class MemoryQueueStore implements QueueStore {
  readonly #pools = new Map<string, Pool>();
  readonly #listeners = new Map<string, QueueListener>();

  readonly #learnt: LearntLimits;

  constructor(
    private readonly now: () => number = Date.now,
    private readonly createPool: () => Pool = () => new Pool(),
    state: DurableState = new VolatileState(),
  ) {
    this.#learnt = new LearntLimits(state, now);
  }

  async register(pool: string, registration: Registration): Promise<Standing> {
    return this.#run(pool, (state) => state.register(registration, this.now()));
  }

  async enter(pool: string, request: QueueRequest, replica: string): Promise<EnterResult> {
    return this.#run(pool, (state) => state.enter(request, replica, this.now()));
  }

  async take(pool: string, id: string): Promise<string | undefined> {
    return this.#run(pool, (state) => state.take(id, this.now()));
  }

  async leave(pool: string, id: string, outcome: LeaseOutcome, usedMs?: number): Promise<readonly string[]> {
    return this.#run(pool, (state) => state.leave(id, outcome, this.now(), usedMs));
  }

  async putBack(pool: string, id: string): Promise<boolean> {
    return this.#run(pool, (state) => state.putBack(id, this.now()));
  }

  async giveBack(
    pool: string,
    id: string,
    pause: PauseRequest,
    isRepeatable: boolean,
  ): Promise<GiveBackResult | undefined> {
    return this.#run(pool, (state) => state.giveBack(id, pause, isRepeatable, this.now()));
  }

  async renew(
    pool: string,
    replica: string,
    peers: Peers,
    ids: readonly string[],
  ): Promise<Renewal | undefined> {
    return this.#run(pool, (state) => state.renew(replica, peers, ids, this.now()));
  }

  async unregister(pool: string, replica: string): Promise<void> {
    this.#run(pool, (state) => state.unregister(replica, this.now()));
  }

  async read(pool: string): Promise<PoolView> {
    const { groups, pauses, leases, waiting, flows, meanMs } = this.#pools.get(pool) ?? new Pool();
    return {
      groups: new Map([...groups].map(([id, group]) => [id, { ...group }])),
      pauses: new Map(pauses.all),
      leases: [...leases.values()],
      waiting: [...waiting.values()],
      flows: new Map(flows),
      meanMs,
    };
  }

  async listen(replica: string, listener: QueueListener): Promise<QueueSubscription> {
    this.#listeners.set(replica, listener);
    listener.onConnect();
    return {
      close: async () => {
        this.#listeners.delete(replica);
      },
    };
  }

  #run<T>(name: string, verb: (pool: Pool) => Effect<T>): T {
    const pool = this.#pools.get(name) ?? this.#openPool(name);
    const unlimited = [...pool.groups.values()].filter(({ slots }) => slots === undefined);
    const paused = new Set(pool.pauses.all.keys());
    const { result, grants } = verb(pool);
    this.#learnt.write(name, pool.groups);
    // After this call has been answered, as with a store that is elsewhere.
    queueMicrotask(() => {
      for (const { id, replica } of grants) this.#listeners.get(replica)?.onGrant(name, id);
      const isPaused = [...pool.pauses.all.keys()].some((name) => !paused.has(name));
      if (!isPaused && !unlimited.some(({ slots }) => slots !== undefined)) return;
      for (const listener of this.#listeners.values()) listener.onLimit(name);
    });
    return result;
  }

  #openPool(name: string): Pool {
    const pool = this.createPool();
    for (const [id, group] of this.#learnt.restore(name)) pool.groups.set(id, group);
    this.#pools.set(name, pool);
    return pool;
  }
}
