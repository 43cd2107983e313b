/**
 * A replica's part in a pool: registered with the store and renewed, or alone while the store is away. Alone, a request
 * starts only where one of this replica ends; after a lease the replica has its share of the slots.
 */
import { type Held, LEASE_MS, type Limits, type Peers, type PoolSettings } from './core/types.js';
import type { Entry } from './entry.js';
import type { PoolView, QueueStore, QueueSubscription } from './queue-store.js';
import { divideSlots } from './shares.js';
import type { Timers } from './slot.js';

/** How often a replica renews what it has while nothing waits, in milliseconds. */
const RENEW_MS = 5_000;
/** Calls that a store answers while it is replaced are made again, so often. */
const MAX_ATTEMPTS = 3;
/** A process that did not look for this long, which it does every second, was stopped; milliseconds. */
const STOPPED_MS = 3_000;
const ALONE: Peers = { count: 1, rank: 0 };

export interface MembershipOptions {
  /** Of the pool. */
  readonly name: string;
  readonly replica: string;
  readonly settings: PoolSettings;
  readonly store: QueueStore;
  /** Decides in place of the store while that is away. */
  readonly createFallback: () => QueueStore;
  readonly peers: () => Peers;
  readonly timers: Timers;
}

export interface MembershipEvents {
  readonly entries: () => readonly Entry[];
  readonly enter: (entry: Entry) => Promise<void>;
  readonly takeUp: (id: string, how: 'byMessage' | 'byAsking') => Promise<void>;
  readonly onLapse: () => void;
}

/** While the store is away. */
interface Absence {
  since: number;
  readonly fallback: QueueStore;
  subscription: QueueSubscription | undefined;
  settings: PoolSettings;
  /** A lease has passed: `settings` holds this replica's share. */
  isDivided: boolean;
}

class StoreReplacedError extends Error {}

export class Membership {
  #isRegistered = false;
  #registering: Promise<void> | undefined;
  /** Until when the store keeps what this replica has, at the least; by this replica's clock. */
  #validUntil = Number.NEGATIVE_INFINITY;
  #renewedAt = Number.NEGATIVE_INFINITY;
  /** When this process last looked whether its lease has lapsed. */
  #lookedAt = Number.POSITIVE_INFINITY;
  #limits: Limits = {};
  #absence: Absence | undefined;

  constructor(
    private readonly options: MembershipOptions,
    private readonly events: MembershipEvents,
  ) {}

  get isAlone(): boolean {
    return this.#absence !== undefined;
  }

  get isWithoutShare(): boolean {
    const slots = this.#absence?.isDivided ? Object.values(this.#absence.settings.groups) : [];
    return slots.length > 0 && slots.every((one) => one === 0);
  }

  get #current(): QueueStore {
    return this.#absence?.fallback ?? this.options.store;
  }

  /**
   * Asks the store, registered. Where it fails this replica goes on alone, and all that waits enters there.
   * @param onFailure `again` for a call that has to be made at whichever store decides.
   */
  async ask<T>(verb: (store: QueueStore) => Promise<T>, onFailure: 'throw' | 'again' = 'throw'): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!this.#isRegistered && this.#absence === undefined) await this.register();
        const store = this.#current;
        const result = await this.#try(verb);
        if (store !== this.#current) throw new StoreReplacedError();
        return result;
      } catch (error) {
        if (onFailure === 'throw' || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** Tells the store what this replica has in flight, then enters what waits. */
  register(): Promise<void> {
    if (this.#absence !== undefined) return this.#registerAlone(this.#absence);
    this.#registering ??= this.#registerNow().finally(() => {
      this.#registering = undefined;
    });
    return this.#registering;
  }

  /** The store does not know this replica. */
  async registerAgain(): Promise<void> {
    this.#isRegistered = false;
    await this.register();
    if (this.#absence !== undefined) await this.#enterAll();
  }

  /**
   * Whether this process was stopped until after the end of its lease; `onLapse` is called then. A lease that ends while
   * the store is away and this process runs is another matter: what is in flight goes on.
   */
  checkLapse(): boolean {
    const now = this.options.timers.now();
    const wasStopped = now - this.#lookedAt >= STOPPED_MS && this.#lookedAt < this.#validUntil;
    this.#lookedAt = now;
    if (now < this.#validUntil || !(this.#absence === undefined ? this.#isRegistered : wasStopped))
      return false;
    this.#isRegistered = false;
    this.events.onLapse();
    if (this.#absence !== undefined) this.#holdBack(this.#absence);
    return true;
  }

  /** Others have the slots of this replica by now. */
  #holdBack(absence: Absence): void {
    Object.assign(absence, {
      since: this.options.timers.now(),
      isDivided: false,
      settings: this.#limitTo(() => 0),
    });
    void this.#registerAlone(absence).catch(() => undefined);
  }

  renewSoon(): void {
    this.#renewedAt = Number.NEGATIVE_INFINITY;
  }

  /** Renews what this replica has, and takes up what it has been granted. Once a second. */
  async renew(): Promise<void> {
    if (this.#absence !== undefined) return this.#renewAlone(this.#absence);
    const { name, replica, peers, timers } = this.options;
    if (!this.#isRegistered) return this.register();
    const sentAt = timers.now();
    const entries = this.events.entries();
    const isWaiting = entries.some(({ state }) => state === 'waiting');
    if (!isWaiting && sentAt < this.#renewedAt + RENEW_MS) return;
    const ids = entries.map(({ id }) => id);
    const renewal = await this.#try((store) => store.renew(name, replica, peers(), ids));
    if (this.#absence !== undefined) return;
    if (renewal === undefined) return this.registerAgain();
    this.#limits = renewal.limits;
    this.#noteRenewal(sentAt);
    const missing = this.events.entries().filter(({ id }) => renewal.missing.includes(id));
    if (missing.some(({ isInFlight }) => isInFlight)) await this.registerAgain();
    else await Promise.all(missing.map((entry) => this.events.enter(entry)));
    await Promise.all(renewal.granted.map((id) => this.events.takeUp(id, 'byAsking')));
  }

  read(): Promise<PoolView> {
    return this.#current.read(this.options.name);
  }

  async close(): Promise<void> {
    await this.#absence?.subscription?.close();
    if (this.#isRegistered) await this.options.store.unregister(this.options.name, this.options.replica);
  }

  async #try<T>(verb: (store: QueueStore) => Promise<T>): Promise<T> {
    const store = this.#current;
    try {
      return await verb(store);
    } catch (error) {
      if (store === this.options.store && this.#absence === undefined) await this.#goOnAlone();
      throw error;
    }
  }

  async #registerNow(): Promise<void> {
    this.checkLapse();
    const sentAt = this.options.timers.now();
    const limits = await this.#try((store) => this.#registerAt(store, this.#held()));
    if (this.#absence !== undefined) return;
    this.#limits = limits;
    this.#isRegistered = true;
    this.#noteRenewal(sentAt);
    // Not awaited: whoever enters may find that it has to register again.
    void this.#enterAll().catch(() => undefined);
  }

  #registerAt(store: QueueStore, held: readonly Held[]): Promise<Limits> {
    const { name, replica, peers, settings } = this.options;
    return store.register(name, { replica, peers: peers(), settings, learnt: this.#limits, held });
  }

  async #enterAll(): Promise<void> {
    const waiting = this.events.entries().filter(({ state }) => state === 'waiting');
    await Promise.all(waiting.map((entry) => this.events.enter(entry)));
  }

  #held(): Held[] {
    const inFlight = this.events.entries().filter((entry) => entry.isInFlight);
    return inFlight.map((entry) => entry.held);
  }

  #noteRenewal(sentAt: number): void {
    this.#renewedAt = sentAt;
    this.#validUntil = sentAt + LEASE_MS;
  }

  async #goOnAlone(): Promise<void> {
    const { replica, timers, createFallback } = this.options;
    const held = this.#held();
    const absence: Absence = {
      since: timers.now(),
      fallback: createFallback(),
      subscription: undefined,
      settings: this.#limitTo((group) => held.filter((one) => one.group === group).length),
      isDivided: false,
    };
    this.#absence = absence;
    this.#isRegistered = false;
    await this.#registerAlone(absence);
    absence.subscription = await absence.fallback.listen(replica, {
      onGrant: (_pool, id) => {
        if (this.#absence === absence) void this.events.takeUp(id, 'byMessage').catch(() => undefined);
      },
      onLimit: () => undefined,
      onConnect: () => undefined,
    });
    await this.#enterAll();
  }

  /** Groups whose limit is known get a number of slots; the others are learnt. */
  #limitTo(slotsOf: (group: string, limit: number) => number): PoolSettings {
    const { settings } = this.options;
    const groups = Object.entries(settings.groups).map(([group, setting]) => {
      const limit = this.#limits[group] ?? setting;
      return [group, typeof limit === 'number' ? slotsOf(group, limit) : limit];
    });
    return { ...settings, groups: Object.fromEntries(groups) };
  }

  async #registerAlone({ fallback, settings }: Absence): Promise<void> {
    const { name, replica } = this.options;
    await fallback.register(name, { replica, peers: ALONE, settings, learnt: {}, held: this.#held() });
  }

  async #renewAlone(absence: Absence): Promise<void> {
    const { name, replica, timers, peers } = this.options;
    if (await this.#tryToReturn(absence)) return;
    if (!absence.isDivided && timers.now() >= absence.since + LEASE_MS) {
      absence.isDivided = true;
      absence.settings = this.#limitTo((_group, limit) => divideSlots(limit, peers()));
      await this.#registerAlone(absence);
    }
    const ids = this.events.entries().map(({ id }) => id);
    const renewal = await absence.fallback.renew(name, replica, ALONE, ids);
    if (renewal === undefined) await this.registerAgain();
    else await Promise.all(renewal.granted.map((id) => this.events.takeUp(id, 'byAsking')));
  }

  /** Registers what is in flight; nothing of it is ended. */
  async #tryToReturn(absence: Absence): Promise<boolean> {
    const { name, store, timers } = this.options;
    const sentAt = timers.now();
    const held = this.#held();
    try {
      this.#limits = await this.#registerAt(store, held);
    } catch {
      return false;
    }
    this.#absence = undefined;
    this.#isRegistered = true;
    this.#noteRenewal(sentAt);
    await absence.subscription?.close();
    // What changed while the answer was on its way: what has begun first, so that its slot is not granted to another.
    const now = this.#held();
    const ended = held.filter(({ id }) => !now.some((one) => one.id === id));
    if (now.some(({ id }) => !held.some((one) => one.id === id))) await this.registerAgain();
    else void this.#enterAll().catch(() => undefined);
    await Promise.all(ended.map(({ id }) => this.#try((one) => one.leave(name, id, 'failed'))));
    return true;
  }
}
