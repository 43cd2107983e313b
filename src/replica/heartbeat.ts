/** Announces this replica and its state to the other replicas every 2 s. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  type Announcement,
  type GuestTokenCounts,
  MAX_ANNOUNCED_POOLS,
  type ReplicaStore,
} from '../store/store.js';
import { VERSION } from '../version.js';

const INTERVAL_MS = 2_000;

export interface ReplicaState {
  readonly id: string;
  readonly inFlight: () => number;
  readonly redisLatencyMs: () => number;
  /** Unix milliseconds, `undefined` when the replica is not draining. */
  readonly drainingSince: () => number | undefined;
  /** Reason for degraded mode, `undefined` when Redis is in use. */
  readonly degraded: () => string | undefined;
  /** Why what changes is lost at a restart, `undefined` when it is not. */
  readonly notKept: () => string | undefined;
  readonly guestTokens: () => GuestTokenCounts;
  /** Pools of slots whose limit is known. */
  readonly pools: () => readonly string[];
  /** Digest of the UPSTREAMS_FILE in use, `undefined` without one. */
  readonly upstreamsDigest: () => string | undefined;
  /** See `Announcement`. */
  readonly refusals: () => NonNullable<Announcement['refusals']>;
  /** Called after each announcement, for other state that replicas share. */
  readonly onBeat: () => Promise<void>;
}

export class Heartbeat {
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #startedAt = Date.now();
  #degradedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The announcement in progress. `stop` waits for it, since a later announcement would list the replica again. */
  #beating = Promise.resolve();

  constructor(
    private readonly store: Pick<ReplicaStore, 'announce' | 'withdraw'>,
    private readonly state: ReplicaState,
  ) {}

  /** Resolves after the first announcement, also when it failed: the next one is 2 s later. */
  async start(): Promise<void> {
    this.#lag.enable();
    await this.#beat();
    this.#timer = setInterval(() => void this.#beat(), INTERVAL_MS).unref();
  }

  /** Withdraws the replica. Without Redis, the other replicas notice its silence. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#lag.disable();
    await this.#beating;
    await this.store.withdraw(this.state.id).catch(() => undefined);
  }

  announcement(): Announcement {
    // The monitor includes its own resolution in the delay.
    const lag = Math.max(0, this.#lag.percentile(99) / 1e6 - 20);
    const pools = this.state.pools().slice(0, MAX_ANNOUNCED_POOLS);
    const refusals = this.state.refusals().slice(0, MAX_ANNOUNCED_POOLS);
    return {
      id: this.state.id,
      version: VERSION,
      startedAt: this.#startedAt,
      inFlight: this.state.inFlight(),
      eventLoopLagMs: Math.round(lag * 10) / 10,
      memoryBytes: process.memoryUsage.rss(),
      redisLatencyMs: Math.round(this.state.redisLatencyMs() * 100) / 100,
      drainingSince: this.state.drainingSince(),
      degradedAt: this.#degradedAt,
      notKept: this.state.notKept(),
      guestTokens: this.state.guestTokens(),
      upstreamsDigest: this.state.upstreamsDigest(),
      pools: pools.length === 0 ? undefined : pools,
      refusals: refusals.length === 0 ? undefined : refusals,
    };
  }

  #beat(): Promise<void> {
    this.#beating = this.#announce();
    return this.#beating;
  }

  async #announce(): Promise<void> {
    // The other replicas learn of it when Redis is back, so the time is kept until then.
    if (this.state.degraded() !== undefined) this.#degradedAt = Date.now();
    const announcement = this.announcement();
    this.#lag.reset();
    try {
      await this.store.announce(announcement);
      await this.state.onBeat();
    } catch {
      // The store has logged the failure; the next beat tries again.
    }
  }
}
