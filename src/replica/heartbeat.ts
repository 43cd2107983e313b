/** Says every 2 s that this replica is alive and how it does. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Announcement, GuestTokenCounts, ReplicaStore } from '../store/store.js';
import { VERSION } from '../version.js';

const EVERY_MS = 2_000;

export interface ReplicaState {
  readonly id: string;
  readonly inFlight: () => number;
  readonly redisLatencyMs: () => number;
  /** Unix milliseconds; undefined: it is not draining. */
  readonly drainingSince: () => number | undefined;
  /** Why it goes on without what it shares; undefined: it does not. */
  readonly degraded: () => string | undefined;
  readonly guestTokens: () => GuestTokenCounts;
  /** What else has to be agreed on with the others; tried at every beat. */
  readonly onBeat: () => Promise<void>;
}

export class Heartbeat {
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #startedAt = Date.now();
  #degradedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** An announcement that arrived after the goodbye would bring the replica back. */
  #beating = Promise.resolve();

  constructor(
    private readonly store: Pick<ReplicaStore, 'announce' | 'withdraw'>,
    private readonly state: ReplicaState,
  ) {}

  /** Resolves after the first announcement; failures wait for the next. */
  async start(): Promise<void> {
    this.#lag.enable();
    await this.#beat();
    this.#timer = setInterval(() => void this.#beat(), EVERY_MS).unref();
  }

  /** Says that the replica leaves; where nobody can be told, others will miss it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#lag.disable();
    await this.#beating;
    await this.store.withdraw(this.state.id).catch(() => undefined);
  }

  announcement(): Announcement {
    // The monitor counts its own resolution as delay.
    const lag = Math.max(0, this.#lag.percentile(99) / 1e6 - 20);
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
      guestTokens: this.state.guestTokens(),
    };
  }

  #beat(): Promise<void> {
    this.#beating = this.#announce();
    return this.#beating;
  }

  async #announce(): Promise<void> {
    // Nobody hears of it before Redis is back, so the time is kept until then.
    if (this.state.degraded() !== undefined) this.#degradedAt = Date.now();
    const announcement = this.announcement();
    this.#lag.reset();
    try {
      await this.store.announce(announcement);
      await this.state.onBeat();
    } catch {
      // The store is away and has said so; the next beat tries again.
    }
  }
}
