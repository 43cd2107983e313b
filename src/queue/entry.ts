/** One request of this replica in a pool, from the moment it asks for a slot until it frees it. */
import type { PauseCause } from '../vocabulary/pauses.js';
import type { Held, LeaseOutcome, QueueRequest } from './core/types.js';
import type { Slot, SlotRequest } from './slot.js';

/** The pool of a request. It changes when the configuration moves the slot group to another pool. */
export interface EntryKeeper {
  readonly isLimited: boolean;
  release(entry: Entry, outcome: LeaseOutcome): void;
  waitAgain(entry: Entry, signal: AbortSignal): Promise<Slot>;
  giveBack(
    entry: Entry,
    cause: PauseCause,
    isRepeatable: boolean,
    signal: AbortSignal,
  ): Promise<Slot | undefined>;
}

/** `refused`: the upstream has refused it, and the store is about to learn that it waits again. */
export type EntryState = 'waiting' | 'held' | 'refused' | 'ended';

export class Entry {
  group = '';
  waitedMs = 0;
  /** A grant is being taken up. */
  isClaiming = false;
  /** Told of a grant while it was `refused`. */
  hasNews = false;
  /** Counts its waits, so that an answer to an earlier one is not taken for this one's. */
  round = 0;
  #state: EntryState = 'waiting';
  #waitsSince = 0;
  #heldSince = 0;
  readonly #tried: string[] = [];
  #resolve: (slot: Slot) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(
    readonly id: string,
    readonly request: SlotRequest,
    readonly enteredAt: number,
    public keeper: EntryKeeper,
  ) {}

  get state(): EntryState {
    return this.#state;
  }

  /** Whether it has a slot, or may still have one in the store. */
  get isInFlight(): boolean {
    return this.#state === 'held' || this.#state === 'refused';
  }

  get deadline(): number {
    return this.enteredAt + this.request.timeoutMs;
  }

  /** How long it has had its slot, in whole milliseconds. */
  heldMs(now: number): number {
    return Math.round(now - this.#heldSince);
  }

  /** Notes that the group it had has failed it. */
  exclude(): void {
    this.#tried.push(this.group);
  }

  hasTried(group: string): boolean {
    return this.#tried.includes(group);
  }

  /** As the store knows it. */
  describe(now: number): QueueRequest {
    const { flow, turn, class: requestClass, groups, weight } = this.request;
    const patienceMs = Math.max(0, Math.ceil(this.deadline - now));
    const tried = this.#tried.length === 0 ? {} : { tried: [...this.#tried] };
    return { id: this.id, flow, turn, class: requestClass, groups, weight, patienceMs, ...tried };
  }

  describeHeld(now: number): Held {
    return { ...this.describe(now), group: this.group };
  }

  /** Waits from now on. Resolves with the slot; rejects with the reason why there is none. */
  wait(now: number): Promise<Slot> {
    this.#state = this.#state === 'held' ? 'refused' : 'waiting';
    this.hasNews = false;
    this.round += 1;
    this.#waitsSince = now;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The store has lost it: a grant that is on its way is somebody else's by now. */
  requeue(): void {
    this.queue();
    this.round += 1;
  }

  /** The store knows that it waits, or has lost it. */
  queue(): void {
    if (this.#state === 'refused') this.#state = 'waiting';
  }

  /** @param hasWaited False when it got the slot at once. */
  hold(group: string, now: number, hasWaited: boolean): void {
    this.#state = 'held';
    this.group = group;
    this.#heldSince = now;
    if (hasWaited) this.waitedMs += now - this.#waitsSince;
    this.#resolve(this.#createSlot(group));
  }

  /** @param error Why it gets no slot, or has to give it up; `undefined` when it frees its slot. */
  end(error?: Error): void {
    const wasHeld = this.#state === 'held';
    this.#state = 'ended';
    if (error === undefined) return;
    if (wasHeld) this.request.onLost?.(error);
    else this.#reject(error);
  }

  #createSlot(group: string): Slot {
    const isLimited = () => this.keeper.isLimited;
    const waitedMs = () => this.waitedMs;
    return {
      group,
      get waitedMs() {
        return waitedMs();
      },
      get isLimited() {
        return isLimited();
      },
      release: (outcome) => this.keeper.release(this, outcome),
      waitAgain: (signal) => this.keeper.waitAgain(this, signal),
      giveBack: (cause, isRepeatable, signal) => this.keeper.giveBack(this, cause, isRepeatable, signal),
    };
  }
}
