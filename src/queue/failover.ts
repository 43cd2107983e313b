/** Moves a request whose credential has failed to another group of its pool, or ends it. */
import type { PauseCause } from '../vocabulary/pauses.js';
import type { Outlook } from './core/types.js';
import type { Entry } from './entry.js';
import { leaseLost } from './errors.js';
import type { Membership } from './membership.js';
import { planPause, Suspicions } from './pause-times.js';
import type { PoolOptions } from './pool-options.js';
import type { Slot } from './slot.js';

/** Told once over all replicas. A name is a credential's, or a slot group's where only that model is paused. */
export interface PauseEvents {
  onPause?(name: string, cause: PauseCause): void;
  onBack?(name: string): void;
}

/** What a pool does with its requests (local-pool.ts). */
export interface PoolRequests {
  /** Whether a limit or a pause is known. */
  readonly isLimited: () => boolean;
  readonly setLimited: () => void;
  readonly wait: (entry: Entry, signal: AbortSignal, begin: () => Promise<void>) => Promise<Slot>;
  /** Gives the request a slot of the group without asking the store. */
  readonly hold: (entry: Entry, group: string) => void;
  readonly enter: (entry: Entry) => Promise<void>;
  readonly takeUp: (entry: Entry) => Promise<void>;
  readonly release: (entry: Entry) => void;
  /** Removes the request; the caller tells the store. */
  readonly forget: (entry: Entry) => void;
  readonly giveUp: (entry: Entry, error: Error) => void;
  readonly giveUpPaused: (entry: Entry, outlook: Outlook) => void;
}

/** No other group can serve the request: it ends with the upstream's error. */
class NothingElseError extends Error {}

export class Failover {
  readonly #suspicions = new Suspicions();

  constructor(
    private readonly options: PoolOptions & { readonly events: PauseEvents },
    private readonly membership: Membership,
    private readonly requests: PoolRequests,
  ) {}

  /** Whether the pool has another group to fail over to. */
  get #hasChoice(): boolean {
    return Object.keys(this.options.settings.groups).length > 1;
  }

  noteSuccess(group: string): void {
    this.#suspicions.clear(group);
  }

  /**
   * The upstream has failed the request with its credential.
   * @param isRepeatable False once its answer has begun.
   * @returns The slot of another group; `undefined` when the request ends with the upstream's error.
   */
  async giveBack(
    entry: Entry,
    cause: PauseCause,
    isRepeatable: boolean,
    signal: AbortSignal,
  ): Promise<Slot | undefined> {
    const { requests } = this;
    if (entry.state === 'ended') throw leaseLost();
    if (!this.#hasChoice) {
      requests.release(entry);
      return undefined;
    }
    const conversation = entry.request.conversation?.() ?? entry.id;
    const isConfirmed = !cause.mayBeOwn || this.#suspicions.note(entry.group, conversation);
    // Nothing is known of the pool yet, and nothing has to be.
    if (!requests.isLimited() && !isConfirmed) return this.#holdAnother(entry, isRepeatable);
    requests.setLimited();
    if (!isRepeatable) return this.#endFailed(entry, cause, isConfirmed);
    const begin = () => this.#moveOn(entry, cause, isConfirmed);
    return requests.wait(entry, signal, begin).catch((error: unknown) => {
      if (error instanceof NothingElseError) return undefined;
      throw error;
    });
  }

  /** Takes a slot of another group while no limit is known. */
  async #holdAnother(entry: Entry, isRepeatable: boolean): Promise<Slot | undefined> {
    entry.exclude();
    const group = isRepeatable ? entry.request.groups.find((one) => !entry.hasTried(one)) : undefined;
    if (group === undefined) {
      this.requests.release(entry);
      return undefined;
    }
    const slot = entry.wait(this.options.timers.now());
    this.requests.hold(entry, group);
    return slot;
  }

  /** Ends a request whose answer has begun, and tells the store of the failure. */
  async #endFailed(entry: Entry, cause: PauseCause, isConfirmed: boolean): Promise<undefined> {
    const { name } = this.options;
    const pause = planPause(entry.group, cause, isConfirmed, Math.random());
    const told = this.membership.ask((store) => store.giveBack(name, entry.id, pause, false));
    // Not before: a registration that begins with the call names it.
    this.requests.forget(entry);
    const result = await told.catch(() => undefined);
    this.#tellPause(result?.began, cause);
    return undefined;
  }

  async #moveOn(entry: Entry, cause: PauseCause, isConfirmed: boolean): Promise<void> {
    const { name } = this.options;
    const { round } = entry;
    const pause = planPause(entry.group, cause, isConfirmed, Math.random());
    const result = await this.membership.ask((store) => store.giveBack(name, entry.id, pause, true), 'again');
    this.#tellPause(result?.began, cause);
    if (entry.round !== round || entry.state === 'ended') return;
    entry.exclude();
    entry.queue();
    const { requests } = this;
    if (result === undefined) await requests.enter(entry);
    else if (result.isWaiting && entry.hasNews) await requests.takeUp(entry);
    else if (!result.isWaiting && result.isPaused) requests.giveUpPaused(entry, result.outlook);
    else if (!result.isWaiting) requests.giveUp(entry, new NothingElseError());
  }

  #tellPause(name: string | undefined, cause: PauseCause): void {
    if (name === undefined || name === '') return;
    this.membership.renewSoon();
    this.options.events.onPause?.(name, cause);
  }
}
