/**
 * A pool while the store is away: this replica decides for itself. A request starts only where one of this replica ends;
 * after a lease the replica has its share of the slots.
 */
import {
  type Held,
  LEASE_MS,
  type Peers,
  type PoolSettings,
  type Renewal,
  type Standing,
} from './core/types.js';
import type { PoolOptions } from './pool-options.js';
import type { QueueStore, QueueSubscription } from './queue-store.js';
import { divideSlots } from './shares.js';

const ALONE: Peers = { count: 1, rank: 0 };

export class LonePool {
  /** Decides in place of the shared store. */
  readonly store: QueueStore;
  #since: number;
  /** How many of a group's slots this replica has. */
  #slotsOf: (group: string, limit: number) => number;
  /** A lease has passed: this replica has its share. */
  #isDivided = false;
  #subscription: QueueSubscription | undefined;

  /**
   * @param standing What the shared store told last.
   * @param had What this replica had in flight as far as the shared store knows: where one of these ends, another starts.
   */
  constructor(
    private readonly options: PoolOptions,
    private readonly standing: Standing,
    had: readonly Held[],
  ) {
    this.store = options.createFallback();
    this.#since = options.timers.now();
    this.#slotsOf = (group) => had.filter((one) => one.group === group).length;
  }

  get isWithoutShare(): boolean {
    const slots = this.#isDivided ? Object.values(this.#settings.groups) : [];
    return slots.length > 0 && slots.every((one) => one === 0);
  }

  async register(held: readonly Held[]): Promise<void> {
    const { name, replica, timers, actedAt } = this.options;
    await this.store.register(name, {
      replica,
      peers: ALONE,
      settings: this.#settings,
      learnt: {},
      paused: this.standing.pauses,
      actedAgoMs: Math.floor(timers.now() - actedAt()),
      held,
    });
  }

  /** Calls `onGrant` for every request that gets a slot. */
  async listen(onGrant: (id: string) => void): Promise<void> {
    this.#subscription = await this.store.listen(this.options.replica, {
      onGrant: (_pool, id) => onGrant(id),
      onLimit: () => undefined,
      onConnect: () => undefined,
    });
  }

  /** Others have the slots of this replica by now: for another lease it starts nothing. */
  async holdBack(held: readonly Held[]): Promise<void> {
    this.#since = this.options.timers.now();
    this.#isDivided = false;
    this.#slotsOf = () => 0;
    await this.register(held);
  }

  /** Renews what this replica has. @returns `undefined` if it has to register again */
  async renew(held: readonly Held[], ids: readonly string[]): Promise<Renewal | undefined> {
    const { name, replica, timers, peers } = this.options;
    if (!this.#isDivided && timers.now() >= this.#since + LEASE_MS) {
      this.#isDivided = true;
      // By the replicas that were seen last, also when it registers again.
      const seen = peers();
      this.#slotsOf = (_group, limit) => divideSlots(limit, seen);
      await this.register(held);
    }
    return this.store.renew(name, replica, ALONE, ids);
  }

  async close(): Promise<void> {
    await this.#subscription?.close();
  }

  /** Groups whose limit is known have a number of slots; the others are learnt. */
  get #settings(): PoolSettings {
    const { settings } = this.options;
    const groups = Object.entries(settings.groups).map(([group, setting]) => {
      const limit = this.standing.limits[group] ?? setting;
      return [group, typeof limit === 'number' ? this.#slotsOf(group, limit) : limit];
    });
    return { ...settings, groups: Object.fromEntries(groups) };
  }
}
