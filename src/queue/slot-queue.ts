/** The queue for slots of the upstream: one pool for the credentials and models that can serve each other's requests. */
import type { WaitRange } from './core/expected-waits.js';
import { namePauses } from './core/pauses.js';
import type { Peers, PoolSettings } from './core/types.js';
import type { PauseEvents } from './failover.js';
import { LocalPool, type QueueCounts, type Refusal } from './local-pool.js';
import type { PoolView, QueueStore, QueueSubscription } from './queue-store.js';
import { REAL_TIMERS, type Slot, type SlotRequest, type Timers } from './slot.js';

/** How often a replica asks for grants whose message was lost, in milliseconds. */
const TICK_MS = 1_000;
const PEERS_MS = 2_000;

export interface SlotQueueOptions {
  readonly replica: string;
  readonly store: QueueStore;
  /** Decides in place of the store while that is away. */
  readonly createFallback: () => QueueStore;
  readonly settingsOf: (pool: string) => PoolSettings;
  /** The pool that a slot group belongs to, as configured now. */
  readonly poolOf?: (group: string) => string;
  /** Ids of the replicas that are alive. Asked for only while a limit is known. */
  readonly readReplicas: () => Promise<readonly string[]>;
  readonly events?: PauseEvents;
  readonly timers?: Timers;
}

export class SlotQueue {
  readonly counts: QueueCounts = { immediate: 0, byMessage: 0, byAsking: 0, timeouts: 0, leasesLost: 0 };
  readonly #pools = new Map<string, LocalPool>();
  readonly #timers: Timers;
  #peers: Peers = { count: 1, rank: 0 };
  #actedAt: number;
  #peersAt = Number.NEGATIVE_INFINITY;
  #subscription: QueueSubscription | undefined;
  #cancelTick: (() => void) | undefined;
  #closed = false;

  constructor(private readonly options: SlotQueueOptions) {
    this.#timers = options.timers ?? REAL_TIMERS;
    this.#actedAt = this.#timers.now();
  }

  /** Begins to listen. Requests may be queued before. */
  async start(): Promise<void> {
    this.#scheduleTick();
    // Known before the first limit is: otherwise an early failure of the store would leave all slots to each replica.
    void this.#readPeers();
    this.#subscription = await this.options.store.listen(this.options.replica, {
      onGrant: (pool, id) => void this.#onGrant(pool, id),
      onLimit: (pool) => void this.#pool(pool).limit(),
      onConnect: () => {
        for (const pool of this.#pools.values()) void pool.onConnect();
      },
    });
  }

  /**
   * Resolves with a slot of the pool: at once while no limit is known. Rejects with a RateLimitError when the queue is
   * full or the request has waited for its `timeoutMs`, and with the signal's reason.
   */
  acquire(pool: string, request: SlotRequest, signal: AbortSignal): Promise<Slot> {
    return this.#pool(pool).acquire(request, signal);
  }

  /** Somebody may have mended what the upstream refused: the next requests probe the paused credentials. */
  async retryPaused(): Promise<void> {
    this.#actedAt = this.#timers.now();
    await Promise.all([...this.#pools.values()].map((pool) => pool.retryPaused()));
  }

  /**
   * The configuration was read again: pools take the new settings, requests in flight go to the pool that has their slot
   * group now, and the next requests probe the paused credentials.
   * @param moveWaiting Lets those who wait for slots of another pool wait there.
   */
  async reconfigure(moveWaiting: () => void = () => undefined): Promise<void> {
    this.#actedAt = this.#timers.now();
    const { settingsOf, poolOf } = this.options;
    const before = [...this.#pools];
    for (const [name, pool] of before) pool.configure(settingsOf(name));
    for (const [, pool] of poolOf === undefined ? [] : before) {
      for (const entry of pool.strays) {
        const to = poolOf?.(entry.group) ?? '';
        if (Object.hasOwn(settingsOf(to).groups, entry.group)) this.#pool(to).adopt(entry, pool);
      }
    }
    await Promise.all([...this.#pools.values()].map((pool) => pool.register()));
    // Before slots become free in the old pools: those who wait there would take them.
    moveWaiting();
    await Promise.all(before.map(([, pool]) => pool.endMoved()));
  }

  /** Whether the store is away and other replicas have all the slots of a pool. */
  get isWithoutShare(): boolean {
    return [...this.#pools.values()].some((pool) => pool.isWithoutShare);
  }

  /** Credentials that nothing may be sent to now, since their quota is used up or an operator has to act. */
  get pausedCredentials(): ReadonlySet<string> {
    return new Set([...this.#pools.values()].flatMap((pool) => pool.pausedCredentials));
  }

  /** What the upstreams refuse until an operator acts, each once, by name. */
  get refusals(): Refusal[] {
    const all = [...this.#pools.values()].flatMap((pool) => pool.refusals);
    return [...new Map(all.map((one) => [one.name, one])).values()].sort((one, other) =>
      one.name < other.name ? -1 : 1,
    );
  }

  /** Requests of this replica that wait. */
  get waiting(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.waiting, 0);
  }

  /** Names of the pools of which this replica knows a limit or a pause. */
  get limitedPools(): string[] {
    return [...this.#pools].flatMap(([name, pool]) => (pool.isLimited ? [name] : []));
  }

  /**
   * Pools of which a limit or a pause is known; those that cannot be read are left out.
   * @param names Pools that other replicas use.
   */
  async read(names: readonly string[] = []): Promise<ReadonlyMap<string, PoolView>> {
    const all = [...new Set([...this.limitedPools, ...names])];
    const views = await Promise.all(
      all.map((name) => (this.#pools.get(name) ?? this.options.store).read(name).catch(() => undefined)),
    );
    return new Map(
      all.flatMap((name, index) => {
        const view = views[index];
        return view === undefined ? [] : [[name, withoutRemoved(view, this.options.settingsOf(name))]];
      }),
    );
  }

  /**
   * How long the next request of the flow will still wait: holds four times of five.
   * @param view The pool, as just read.
   * @returns `undefined` where that cannot be promised: this replica has seen too few waits, or they differ too much.
   */
  expectWait(pool: string, view: PoolView, flow: string): WaitRange | undefined {
    return this.#pools.get(pool)?.expectWait(view, flow);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTick?.();
    await this.#subscription?.close();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close().catch(() => undefined)));
  }

  async #onGrant(pool: string, id: string): Promise<void> {
    // A store that fails is noticed by the pool itself.
    await this.#pools
      .get(pool)
      ?.onGrant(id)
      .catch(() => undefined);
  }

  #pool(name: string): LocalPool {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const { replica, store, createFallback, settingsOf, events = {} } = this.options;
    const pool = new LocalPool({
      name,
      replica,
      store,
      createFallback,
      settings: settingsOf(name),
      peers: () => this.#peers,
      actedAt: () => this.#actedAt,
      events,
      timers: this.#timers,
      counts: this.counts,
    });
    this.#pools.set(name, pool);
    return pool;
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#timers.set(() => void this.#tick(), TICK_MS);
  }

  async #tick(): Promise<void> {
    if (this.#closed) return;
    this.#scheduleTick();
    for (const [name, pool] of this.#pools) {
      // Names of models are endless: pools that are not in use are forgotten, unless their limit was learnt.
      if (!pool.isForgettable) continue;
      this.#pools.delete(name);
      void pool.close().catch(() => undefined);
    }
    const limited = [...this.#pools.values()].filter((pool) => pool.isLimited);
    if (limited.length === 0) return;
    void this.#readPeers();
    await Promise.all(limited.map((pool) => pool.tick()));
  }

  async #readPeers(): Promise<void> {
    const now = this.#timers.now();
    if (now < this.#peersAt + PEERS_MS) return;
    this.#peersAt = now;
    const { replica, readReplicas } = this.options;
    // While the store is away, those last seen count.
    const ids = await readReplicas().catch(() => undefined);
    if (ids === undefined) return;
    const all = [...new Set([...ids, replica])].sort();
    this.#peers = { count: all.length, rank: all.indexOf(replica) };
  }
}

/** The store keeps groups and pauses of entries that left UPSTREAMS_FILE, since other replicas may still have them. */
function withoutRemoved(view: PoolView, settings: PoolSettings): PoolView {
  const present = new Set([...Object.keys(settings.groups), ...view.leases.map(({ group }) => group)]);
  const names = new Set([...present].flatMap(namePauses));
  return {
    ...view,
    groups: new Map([...view.groups].filter(([group]) => present.has(group))),
    pauses: new Map([...view.pauses].filter(([name]) => names.has(name))),
  };
}
