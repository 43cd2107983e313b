/** Notices what happens to replicas and tells it as events: starts, other versions, lost replicas, degraded mode. */
import type { EventParams, ToldEvent } from '../events/event.js';
import type { EventStore } from '../events/event-store.js';
import type { Events } from '../events/event-teller.js';
import type { ReplicaStore } from '../store/store.js';
import { VERSION } from '../version.js';

const LOOK_EVERY_MS = 2_000;
/** Lost replicas are read at each so many looks. */
const LOOKS_PER_READ = 5;
/** The same change of versions within this time is one event, in milliseconds. */
const ROLLOUT_MS = 60 * 60 * 1000;

export interface Watched {
  readonly id: string;
  readonly events: Events;
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly store: Pick<ReplicaStore, 'readLostReplicas' | 'readReplicas'>;
  /** Whether there may be other replicas. */
  readonly isShared: boolean;
  /** Reason for degraded mode, `undefined` when Redis is in use. */
  readonly degraded: () => string | undefined;
  /** Sends an alert without the store; `undefined` when nobody is to be told. */
  readonly sendNow: ((event: ToldEvent & { readonly params: EventParams }) => void) | undefined;
}

export class ReplicaWatch {
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #degradedLooks = 0;
  /** Replicas that were alive when Redis was last asked. */
  #others: readonly string[] = [];

  constructor(private readonly watched: Watched) {}

  start(): void {
    void this.#tellStart();
    if (this.watched.isShared) this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    this.#lookAtRedis();
    if (this.watched.sendNow !== undefined) await this.#lookAtOthers();
    const isDue = this.#looks % LOOKS_PER_READ === 0;
    this.#looks += 1;
    if (!isDue) return;
    const lost = await this.watched.store.readLostReplicas().catch(() => []);
    for (const { id } of lost) this.watched.events.tell({ kind: 'replica_lost', subject: id, onceKey: id });
  }

  /** A short interruption is no event: it takes two looks in a row. */
  #lookAtRedis(): void {
    const { events, degraded } = this.watched;
    const reason = degraded();
    if (reason === undefined) {
      if (this.#degradedLooks > 1) events.tell({ kind: 'recovered', subject: 'redis' });
      this.#degradedLooks = 0;
      return;
    }
    this.#degradedLooks += 1;
    if (this.#degradedLooks !== 2) return;
    const event = { kind: 'degraded', subject: 'redis', params: { reason } } as const;
    events.tell(event);
    // Nothing is shared now. Of those that were alive one sends: if it alone has lost Redis, the others find it lost.
    if (this.#others.every((other) => other >= this.watched.id)) this.watched.sendNow?.(event);
  }

  async #lookAtOthers(): Promise<void> {
    const alive = await this.watched.store.readReplicas().catch(() => undefined);
    this.#others = alive?.map(({ id }) => id) ?? this.#others;
  }

  async #tellStart(): Promise<void> {
    const { id, events, eventStore } = this.watched;
    const [latest] = await eventStore.read({ kinds: ['replica_joined'], limit: 1 }).catch(() => []);
    events.tell({ kind: 'replica_joined', subject: id, params: { version: VERSION } });
    const before = String(latest?.params.version ?? VERSION);
    if (before === VERSION || latest === undefined) return;
    // All replicas that are replaced within a rollout notice the same change.
    const onceKey = `${before} ${VERSION} ${Math.floor(latest.at / ROLLOUT_MS)}`;
    events.tell({
      kind: 'version_changed',
      subject: 'ztoapi',
      params: { from: before, to: VERSION },
      onceKey,
    });
  }
}
