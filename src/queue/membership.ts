/** A replica's part in a pool: registered with the store and renewed, or alone while the store is away (lone-pool.ts). */
import { namePauses } from './core/pauses.js';
import { type Held, type Hopeless, LEASE_MS, type Pause, type Renewal, type Standing } from './core/types.js';
import type { Entry } from './entry.js';
import { LonePool } from './lone-pool.js';
import type { PoolOptions } from './pool-options.js';
import type { PoolView, QueueStore } from './queue-store.js';

/** How often a replica renews what it has while nothing waits, in milliseconds. */
const RENEW_MS = 5_000;
/** Calls that a store answers while it is replaced are made again, so often. */
const MAX_ATTEMPTS = 3;
/** A process that did not look for this long, which it does every second, was stopped; milliseconds. */
const STOPPED_MS = 3_000;

export interface MembershipEvents {
  readonly entries: () => readonly Entry[];
  /** Requests that ended while the store could not be told. */
  readonly leaving: () => readonly Held[];
  readonly enter: (entry: Entry) => Promise<void>;
  readonly takeUp: (id: string, how: 'byMessage' | 'byAsking') => Promise<void>;
  readonly onHopeless: (request: Hopeless) => void;
  readonly onForgotten: () => void;
  readonly onLapse: () => void;
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
  #standing: Standing = { limits: {}, pauses: {}, now: 0 };
  /** When it was told, by this replica's clock. */
  #standingAt = 0;
  /** While the store is away. */
  #lone: LonePool | undefined;

  constructor(
    private readonly options: PoolOptions,
    private readonly events: MembershipEvents,
  ) {}

  get isAlone(): boolean {
    return this.#lone !== undefined;
  }

  /** Whether the store is known to be away while this replica has not switched to its own pool yet. */
  get isStoreAway(): boolean {
    return this.#lone === undefined && this.options.store.isAway === true;
  }

  get isWithoutShare(): boolean {
    return this.#lone?.isWithoutShare ?? false;
  }

  /** What the shared store told last. */
  get standing(): Standing {
    return this.#standing;
  }

  /** The shared store's present time as far as it is known, in Unix milliseconds: pauses are measured by it. */
  get storeNow(): number {
    return this.#standing.now + this.options.timers.now() - this.#standingAt;
  }

  /** Takes over what another pool knows of a slot group that has moved here. */
  learn(group: string, { limits, pauses }: Standing): void {
    const names = namePauses(group).filter((name) => Object.hasOwn(pauses, name));
    const limit = limits[group];
    this.#standing = {
      ...this.#standing,
      limits: { ...(limit === undefined ? {} : { [group]: limit }), ...this.#standing.limits },
      pauses: {
        ...Object.fromEntries(names.map((name) => [name, pauses[name] as Pause])),
        ...this.#standing.pauses,
      },
    };
  }

  get #current(): QueueStore {
    return this.#lone?.store ?? this.options.store;
  }

  /**
   * Asks the store, registered. Where it fails this replica goes on alone, and all that waits enters there.
   * @param onFailure `again` for a call that has to be made at whichever store decides.
   */
  async ask<T>(verb: (store: QueueStore) => Promise<T>, onFailure: 'throw' | 'again' = 'throw'): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!this.#isRegistered && this.#lone === undefined) await this.register();
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
    if (this.#lone !== undefined) return this.#lone.register(this.#held());
    this.#registering ??= this.#registerNow().finally(() => {
      this.#registering = undefined;
    });
    return this.#registering;
  }

  /** Like `register`, with what has changed since a registration began that is on its way. */
  async registerAfresh(): Promise<void> {
    while (this.#registering !== undefined) await this.#registering.catch(() => undefined);
    return this.register();
  }

  /** The store does not know this replica, or some of what it has: answers that are on their way may be out of date. */
  async registerAgain(): Promise<void> {
    this.#isRegistered = false;
    this.events.onForgotten();
    await this.register();
    if (this.#lone !== undefined) await this.#enterAll();
  }

  /**
   * Whether this process was stopped until after the end of its lease; `onLapse` is called then. A lease that ends while
   * the store is away and this process runs is another matter: what is in flight goes on.
   */
  checkLapse(): boolean {
    const now = this.options.timers.now();
    const wasStopped = now - this.#lookedAt >= STOPPED_MS && this.#lookedAt < this.#validUntil;
    this.#lookedAt = now;
    const hadLease = this.#validUntil !== Number.NEGATIVE_INFINITY;
    if (now < this.#validUntil || !(this.#lone === undefined ? hadLease : wasStopped)) return false;
    this.#isRegistered = false;
    this.#validUntil = Number.NEGATIVE_INFINITY;
    this.events.onLapse();
    void this.#lone?.holdBack(this.#held()).catch(() => undefined);
    return true;
  }

  renewSoon(): void {
    this.#renewedAt = Number.NEGATIVE_INFINITY;
  }

  /** Renews what this replica has, and takes up what it has been granted. Once a second. */
  async renew(): Promise<void> {
    if (this.#lone !== undefined) return this.#renewAlone(this.#lone);
    const { name, replica, peers, timers } = this.options;
    if (!this.#isRegistered) return this.register();
    const sentAt = timers.now();
    const entries = this.events.entries();
    const isWaiting = entries.some(({ state }) => state === 'waiting');
    if (!isWaiting && sentAt < this.#renewedAt + RENEW_MS) return;
    const ids = entries.map(({ id }) => id);
    const renewal = await this.#try((store) => store.renew(name, replica, peers(), ids));
    if (this.#lone !== undefined) return;
    if (renewal === undefined) return this.registerAgain();
    this.#noteStanding(renewal);
    this.#noteRenewal(sentAt);
    const missing = this.events.entries().filter(({ id }) => renewal.missing.includes(id));
    if (missing.some(({ isInFlight }) => isInFlight)) await this.registerAgain();
    else await Promise.all(missing.map((entry) => this.events.enter(entry)));
    await this.#apply(renewal);
  }

  read(): Promise<PoolView> {
    return this.#current.read(this.options.name);
  }

  async close(): Promise<void> {
    await this.#lone?.close();
    if (this.#isRegistered) await this.options.store.unregister(this.options.name, this.options.replica);
  }

  async #try<T>(verb: (store: QueueStore) => Promise<T>): Promise<T> {
    const store = this.#current;
    try {
      return await verb(store);
    } catch (error) {
      if (store === this.options.store && this.#lone === undefined) await this.#goOnAlone();
      throw error;
    }
  }

  async #registerNow(): Promise<void> {
    this.checkLapse();
    const sentAt = this.options.timers.now();
    const standing = await this.#try((store) => this.#registerAt(store, this.#held()));
    if (this.#lone !== undefined) return;
    this.#noteStanding(standing);
    this.#isRegistered = true;
    this.#noteRenewal(sentAt);
    // Not awaited: whoever enters may find that it has to register again.
    void this.#enterAll().catch(() => undefined);
  }

  #registerAt(store: QueueStore, held: readonly Held[]): Promise<Standing> {
    const { name, replica, peers, settings, timers, actedAt } = this.options;
    const { limits: learnt, pauses: paused } = this.#standing;
    const actedAgoMs = Math.floor(timers.now() - actedAt());
    return store.register(name, { replica, peers: peers(), settings, learnt, paused, actedAgoMs, held });
  }

  async #apply({ granted, hopeless }: Renewal): Promise<void> {
    for (const request of hopeless) this.events.onHopeless(request);
    await Promise.all(granted.map((id) => this.events.takeUp(id, 'byAsking')));
  }

  async #enterAll(): Promise<void> {
    const waiting = this.events.entries().filter(({ state }) => state === 'waiting');
    await Promise.all(waiting.map((entry) => this.events.enter(entry)));
  }

  #held(): Held[] {
    const inFlight = this.events.entries().filter((entry) => entry.isInFlight);
    return inFlight.map((entry) => entry.describeHeld(this.options.timers.now()));
  }

  #noteStanding({ limits, pauses, now }: Standing): void {
    this.#standing = { limits, pauses, now };
    this.#standingAt = this.options.timers.now();
  }

  #noteRenewal(sentAt: number): void {
    this.#renewedAt = sentAt;
    this.#validUntil = sentAt + LEASE_MS;
  }

  async #goOnAlone(): Promise<void> {
    const held = this.#held();
    const lone = new LonePool(this.options, this.#standing, [...held, ...this.events.leaving()]);
    this.#lone = lone;
    this.#isRegistered = false;
    await lone.register(held);
    await lone.listen((id) => {
      if (this.#lone === lone) void this.events.takeUp(id, 'byMessage').catch(() => undefined);
    });
    await this.#enterAll();
  }

  async #renewAlone(lone: LonePool): Promise<void> {
    if (await this.#tryToReturn(lone)) return;
    const ids = this.events.entries().map(({ id }) => id);
    const renewal = await lone.renew(this.#held(), ids);
    if (renewal === undefined) await this.registerAgain();
    else await this.#apply(renewal);
  }

  /** Registers what is in flight; nothing of it is ended. */
  async #tryToReturn(lone: LonePool): Promise<boolean> {
    const { name, store, timers } = this.options;
    const sentAt = timers.now();
    const held = this.#held();
    try {
      this.#noteStanding(await this.#registerAt(store, held));
    } catch {
      return false;
    }
    this.#lone = undefined;
    this.#isRegistered = true;
    this.#noteRenewal(sentAt);
    await lone.close();
    // What changed while the answer was on its way: what has begun first, so that its slot is not granted to another.
    const now = this.#held();
    const ended = held.filter(({ id }) => !now.some((one) => one.id === id));
    if (now.some(({ id }) => !held.some((one) => one.id === id))) await this.registerAgain();
    else void this.#enterAll().catch(() => undefined);
    await Promise.all(ended.map(({ id }) => this.#try((one) => one.leave(name, id, 'failed'))));
    return true;
  }
}
