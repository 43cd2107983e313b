/**
 * One pool as this replica uses it: its requests, from the first wait to the end of the lease. While no limit is known
 * every request gets a slot at once, and nothing is stored.
 */

import type { PauseCause } from '../vocabulary/pauses.js';
import type { WaitRange } from './core/expected-waits.js';
import { namePauses } from './core/pauses.js';
import type { EnterResult, Held, LeaseOutcome, Outlook, PoolSettings } from './core/types.js';
import { Entry, type EntryKeeper } from './entry.js';
import { allPaused, leaseLost, queueFull, queueTimeout } from './errors.js';
import { Failover, type PauseEvents } from './failover.js';
import { Membership } from './membership.js';
import { Places } from './places.js';
import type { PoolOptions } from './pool-options.js';
import type { PoolView } from './queue-store.js';
import type { Slot, SlotRequest } from './slot.js';

/** A pool with a configured limit is forgotten this long after its last request, in milliseconds. */
const IDLE_MS = 10 * 60 * 1000;

export interface LocalPoolOptions extends PoolOptions {
  readonly counts: QueueCounts;
  readonly events: PauseEvents;
}

/** A credential, or a slot group of it, that the upstream refuses until an operator acts. */
export interface Refusal {
  readonly name: string;
  /** What the upstream said: its business code, or the gateway's own. */
  readonly code: string;
}

/** Slots that this replica's requests got, by how they learnt of it, and what went wrong. */
export interface QueueCounts {
  immediate: number;
  byMessage: number;
  /** Found by asking once a second: a message was lost. */
  byAsking: number;
  timeouts: number;
  leasesLost: number;
}

export class LocalPool implements EntryKeeper {
  readonly #entries = new Map<string, Entry>();
  /** Requests that ended after the store went away, before this replica switched to its own pool. */
  readonly #leaving = new Set<Held>();
  readonly #membership: Membership;
  /** Requests in flight that another pool has taken over, and the store still has here. */
  readonly #moved: string[] = [];
  readonly #places: Places;
  #isLimited: boolean;
  readonly #failover: Failover;
  #usedAt = 0;
  #isTicking = false;
  #sequence = 0;

  constructor(private readonly options: LocalPoolOptions) {
    this.#isLimited = this.#isConfigured;
    this.#places = new Places(this.#entries, () => options.timers.now());
    this.#membership = new Membership(options, {
      entries: () => [...this.#entries.values()],
      leaving: () => [...this.#leaving],
      enter: (entry) => this.#enter(entry),
      takeUp: (id, how) => this.#takeUp(id, how),
      onHopeless: ({ id, ...outlook }) => this.#giveUpPaused(this.#entries.get(id), outlook),
      onForgotten: () => {
        for (const entry of this.#entries.values()) if (entry.state !== 'held') entry.requeue();
      },
      onLapse: () => this.#endLost(),
    });
    this.#failover = new Failover(options, this.#membership, {
      isLimited: () => this.#isLimited,
      setLimited: () => {
        this.#isLimited = true;
      },
      wait: (entry, signal, begin) => this.#wait(entry, signal, begin),
      hold: (entry, group) => this.#hold(entry, group, 'immediate'),
      enter: (entry) => this.#enter(entry),
      takeUp: (entry) => this.#takeUp(entry.id, 'byMessage'),
      release: (entry) => this.release(entry, 'failed'),
      forget: (entry) => {
        entry.end();
        this.#forget(entry);
      },
      giveUp: (entry, error) => this.#giveUp(entry, error),
      giveUpPaused: (entry, outlook) => this.#giveUpPaused(entry, outlook),
    });
  }

  /** The limit is a number in the settings. */
  get #isConfigured(): boolean {
    return Object.values(this.options.settings.groups).some((slots) => typeof slots === 'number');
  }

  /** False while neither a limit nor a pause is known: nothing is stored then. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** Not in use, and nothing would be lost. */
  get isForgettable(): boolean {
    if (this.#entries.size > 0) return false;
    if (!this.#isLimited) return true;
    const { limits, pauses } = this.#membership.standing;
    const isLearnt = !this.#isConfigured && Object.keys(limits).length > 0;
    const isIdle = this.options.timers.now() - this.#usedAt > IDLE_MS;
    return isIdle && !isLearnt && Object.keys(pauses).length === 0;
  }

  get waiting(): number {
    return [...this.#entries.values()].filter(({ state }) => state !== 'held').length;
  }

  /** Whether the store is away and other replicas have all the slots. */
  get isWithoutShare(): boolean {
    return this.#membership.isWithoutShare;
  }

  get pausedCredentials(): string[] {
    const now = this.#membership.storeNow;
    const all = Object.entries(this.#membership.standing.pauses);
    const isOut = ([name, { kind, probeAt }]: (typeof all)[number]) =>
      !name.includes('/') && kind !== 'overloaded' && probeAt > now;
    return all.filter(isOut).map(([name]) => name);
  }

  /** Pauses that last until an operator acts. */
  get refusals(): Refusal[] {
    const all = Object.entries(this.#membership.standing.pauses);
    return all.flatMap(([name, { kind, code }]) => (kind === 'operator' ? [{ name, code }] : []));
  }

  acquire(request: SlotRequest, signal: AbortSignal): Promise<Slot> {
    const { replica, name, timers } = this.options;
    this.#sequence += 1;
    this.#usedAt = timers.now();
    const entry = new Entry(`${replica}/${name}/${this.#sequence}`, request, timers.now(), this);
    if (this.#isLimited) return this.#wait(entry, signal, () => this.#enter(entry));
    const slot = entry.wait(timers.now());
    this.#entries.set(entry.id, entry);
    this.#hold(entry, request.groups[0] ?? '', 'immediate');
    return slot;
  }

  /** A limit or a pause became known, here or at another replica. */
  async limit(): Promise<void> {
    if (this.#isLimited) return;
    this.#isLimited = true;
    await this.#membership.register().catch(() => undefined);
  }

  /** The configuration was read again. `register` has to follow. */
  configure(settings: PoolSettings): void {
    this.options.settings = settings;
    if (this.#isConfigured) this.#isLimited = true;
  }

  /** Tells the store of the present settings and of what is in flight. */
  async register(): Promise<void> {
    if (this.#isLimited) await this.#membership.registerAfresh().catch(() => undefined);
  }

  /** Requests in flight whose slot group is not in the settings any more. */
  get strays(): Entry[] {
    const { groups } = this.options.settings;
    return [...this.#entries.values()].filter(
      ({ state, group }) => state === 'held' && !Object.hasOwn(groups, group),
    );
  }

  /**
   * Takes over a request in flight whose slot group belongs to this pool now, with what is known of its limit. `register` has
   * to follow, on both.
   */
  adopt(entry: Entry, from: LocalPool): void {
    from.#entries.delete(entry.id);
    from.#moved.push(entry.id);
    entry.keeper = this;
    this.#entries.set(entry.id, entry);
    if (!from.#isLimited) return;
    this.#isLimited = true;
    this.#membership.learn(entry.group, from.#membership.standing);
  }

  /** Ends at the store what other pools have taken over: to be called once they are registered. */
  async endMoved(): Promise<void> {
    const ids = this.#moved.splice(0);
    if (!this.#isLimited || ids.length === 0) return;
    await Promise.all(ids.map((id) => this.#leave(id, 'failed')));
    // The store forgets the groups now that nothing of them is in flight.
    await this.register();
  }

  /** Somebody may have mended what the upstream refused. */
  async retryPaused(): Promise<void> {
    await this.register();
  }

  async onGrant(id: string): Promise<void> {
    if (!this.#membership.isAlone) await this.#takeUp(id, 'byMessage');
  }

  /** Once a second: renews, asks for grants, notices what has lapsed. */
  async tick(): Promise<void> {
    if (!this.#isLimited) return;
    this.#membership.checkLapse();
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      await this.#membership.renew();
      await this.#places.tell(() => this.read());
    } catch {
      // The store is away: the next tick tries again.
    } finally {
      this.#isTicking = false;
    }
  }

  /** Messages may have been missed. */
  async onConnect(): Promise<void> {
    this.#membership.renewSoon();
    await this.tick();
  }

  close(): Promise<void> {
    return this.#membership.close();
  }

  read(): Promise<PoolView> {
    return this.#membership.read();
  }

  /** See `Places`. */
  expectWait(view: PoolView, flow: string): WaitRange | undefined {
    return this.#places.expectWait(view, flow);
  }

  #forget({ id }: Entry): void {
    this.#entries.delete(id);
    this.#places.forget(id);
  }

  #wait(entry: Entry, signal: AbortSignal, begin: () => Promise<void>): Promise<Slot> {
    const { timers } = this.options;
    const slot = entry.wait(timers.now());
    this.#entries.set(entry.id, entry);
    const onAbort = () => this.#giveUp(entry, signal.reason);
    const cancelTimer = timers.set(() => void this.#timeOut(entry), entry.deadline - timers.now());
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    // A store that fails is answered by going on without it.
    else void begin().catch(() => undefined);
    return slot.finally(() => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    });
  }

  async #enter(entry: Entry): Promise<void> {
    const { name, replica, timers } = this.options;
    const { round } = entry;
    const result = await this.#membership.ask((store) =>
      store.enter(name, entry.describe(timers.now()), replica),
    );
    if (entry.state !== 'waiting' || entry.round !== round) return;
    if (result.kind === 'granted') this.#hold(entry, result.group, 'immediate');
    else if (result.kind === 'paused') this.#giveUpPaused(entry, result.outlook);
    else if (result.kind === 'unregistered') await this.#membership.registerAgain();
    else if (result.kind !== 'waiting') await this.#refuse(entry, result);
  }

  async #refuse(entry: Entry, { kind }: EnterResult): Promise<void> {
    const view = await this.read().catch(() => undefined);
    this.#giveUp(entry, queueFull(kind === 'flow-full', view, entry.request.groups));
  }

  async #takeUp(id: string, how: 'byMessage' | 'byAsking'): Promise<void> {
    const { name } = this.options;
    const entry = this.#entries.get(id);
    if (entry === undefined) return this.#leave(id, 'failed');
    if (entry.state === 'refused') entry.hasNews = true;
    if (entry.state !== 'waiting' || entry.isClaiming) return;
    const { round } = entry;
    entry.isClaiming = true;
    try {
      const group = await this.#membership.ask((store) => store.take(name, id));
      if (group === undefined || entry.round !== round) return;
      if (entry.state === 'waiting') this.#hold(entry, group, how);
    } finally {
      entry.isClaiming = false;
    }
  }

  #hold(entry: Entry, group: string, how: 'immediate' | 'byMessage' | 'byAsking'): void {
    // This process was stopped while the answer was on its way: the slot may be somebody else's by now.
    if (this.#membership.checkLapse()) return;
    this.options.counts[how] += 1;
    entry.hold(group, this.options.timers.now(), how !== 'immediate');
    this.#places.noteGrant(entry);
  }

  release(entry: Entry, outcome: LeaseOutcome): void {
    if (entry.state === 'ended') return;
    if (outcome === 'ok') this.#failover.noteSuccess(entry.group);
    const now = this.options.timers.now();
    const held = entry.describeHeld(now);
    entry.end();
    this.#forget(entry);
    if (!this.#isLimited) return;
    // The store will not be told, so its slot is still this replica's.
    if (this.#membership.isStoreAway) this.#leaving.add(held);
    void this.#leave(entry.id, outcome, entry.heldMs(now)).finally(() => this.#leaving.delete(held));
  }

  async waitAgain(entry: Entry, signal: AbortSignal): Promise<Slot> {
    if (entry.state === 'ended') throw leaseLost();
    // Known from now on, if it was not.
    this.#isLimited = true;
    return this.#wait(entry, signal, () => this.#putBack(entry));
  }

  giveBack(
    entry: Entry,
    cause: PauseCause,
    isRepeatable: boolean,
    signal: AbortSignal,
  ): Promise<Slot | undefined> {
    return this.#failover.giveBack(entry, cause, isRepeatable, signal);
  }

  async #putBack(entry: Entry): Promise<void> {
    const { name } = this.options;
    const { round } = entry;
    const isBack = await this.#membership.ask((store) => store.putBack(name, entry.id), 'again');
    if (entry.round !== round || entry.state === 'ended') return;
    entry.queue();
    if (!isBack) await this.#enter(entry);
    else if (entry.hasNews) await this.#takeUp(entry.id, 'byMessage');
  }

  #giveUpPaused(entry: Entry | undefined, outlook: Outlook): void {
    if (entry !== undefined) this.#giveUp(entry, allPaused(outlook));
  }

  async #timeOut(entry: Entry): Promise<void> {
    const { round } = entry;
    const view = await this.read().catch(() => undefined);
    if (entry.round !== round || entry.state === 'held' || entry.state === 'ended') return;
    const { groups, timeoutMs } = entry.request;
    const isPaused = groups.every((group) => namePauses(group).some((name) => view?.pauses.has(name)));
    if (isPaused) return this.#giveUpPaused(entry, { reason: 'overloaded', code: '', inMs: 0 });
    this.options.counts.timeouts += 1;
    this.#giveUp(entry, queueTimeout(timeoutMs, view, groups));
  }

  #giveUp(entry: Entry, error: Error): void {
    if (entry.state === 'held' || entry.state === 'ended') return;
    const outcome = entry.state === 'refused' ? 'refused' : 'failed';
    entry.end(error);
    this.#forget(entry);
    void this.#leave(entry.id, outcome);
  }

  /** Never rejects. */
  async #leave(id: string, outcome: LeaseOutcome, usedMs?: number): Promise<void> {
    const { name, events } = this.options;
    try {
      const lifted = await this.#membership.ask((store) => store.leave(name, id, outcome, usedMs));
      for (const one of lifted) events.onBack?.(one);
    } catch {
      // The next renewal ends the lease by not naming it.
    }
  }

  /** The lease has lapsed, and others have the slots: what is in flight ends, what waits enters again. */
  #endLost(): void {
    for (const entry of this.#entries.values()) {
      entry.requeue();
      if (entry.state !== 'held') continue;
      this.options.counts.leasesLost += 1;
      this.#forget(entry);
      entry.end(leaseLost());
    }
  }
}
