/**
 * A world whose time, order and accidents follow from a seed: processes that stop and die between any two steps, and
 * messages that are lost, doubled and delayed. Code under test gets its time and timers from here.
 */
import type { Timers } from '../../src/queue/slot.js';

interface Event {
  readonly at: number;
  readonly number: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Uniform in [0, 1), reproducible (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Scheduler {
  /** Milliseconds. */
  now = 1_764_000_000_000;
  readonly random: () => number;
  #events: Event[] = [];
  #number = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  happens(probability: number): boolean {
    return this.random() < probability;
  }

  choose<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)] as T;
  }

  /** @returns A function that cancels it. */
  after(ms: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), number: this.#number, run, isCancelled: false };
    this.#number += 1;
    // From the end: most events are near the latest.
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.at ?? 0) > event.at) index -= 1;
    this.#events.splice(index, 0, event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Runs what is due within `ms`; `check` after everything that happens at one time. */
  async run(ms: number, check: () => void = () => undefined): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.at > until) break;
      this.#events.shift();
      if (next.isCancelled) continue;
      this.now = next.at;
      next.run();
      await settle();
      if (this.#events[0]?.at !== this.now) check();
    }
    this.now = until;
  }
}

/** Lets all promises that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What may befall a message, or a process before one of its steps, as probabilities. */
export interface Accidents {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  /** The process stands still for a while. */
  readonly stops: number;
  readonly dies: number;
}

export const NO_ACCIDENTS: Accidents = { lost: 0, doubled: 0, late: 0, stops: 0, dies: 0 };

/** A caller waits for an answer that long, in milliseconds. */
const CALL_TIMEOUT_MS = 500;
const MAX_LATE_MS = 4_000;
const MAX_STOPPED_MS = 40_000;

export class SimulatedProcess {
  accidents: Accidents = NO_ACCIDENTS;
  /** A message takes up to so long when nothing befalls it, in milliseconds. */
  maxDelayMs = 2;
  /** Whether what it calls can be reached. */
  isCutOff = false;
  #isDead = false;
  #isStopped = false;
  #missed: (() => void)[] = [];

  constructor(readonly scheduler: Scheduler) {}

  get isDead(): boolean {
    return this.#isDead;
  }

  get isRunning(): boolean {
    return !this.#isDead && !this.#isStopped;
  }

  readonly timers: Timers = {
    now: () => this.scheduler.now,
    set: (run, ms) => this.scheduler.after(ms, () => this.deliver(run)),
  };

  /** Runs it in this process: at once, once it goes on, or never. */
  deliver(run: () => void): void {
    if (this.#isDead) return;
    if (!this.#isStopped) this.#meetAccident();
    if (this.#isDead) return;
    if (this.#isStopped) this.#missed.push(run);
    else run();
  }

  kill(): void {
    this.#isDead = true;
    this.#missed = [];
  }

  stop(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    for (const run of this.#missed.splice(0)) this.deliver(run);
  }

  /** Passes a message on: perhaps never, twice or late. */
  send(run: () => void): void {
    if (this.isCutOff || this.scheduler.happens(this.accidents.lost)) return;
    this.scheduler.after(this.#delay(), run);
    if (this.scheduler.happens(this.accidents.doubled)) this.scheduler.after(this.#delay(), run);
  }

  /** Calls something elsewhere; rejects when no answer comes in time. */
  call<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cancel = this.timers.set(() => reject(new Error('no answer')), CALL_TIMEOUT_MS);
      const answer = (settleCall: () => void) =>
        this.send(() =>
          this.deliver(() => {
            cancel();
            settleCall();
          }),
        );
      this.send(() => {
        work().then(
          (result) => answer(() => resolve(result)),
          (error) => answer(() => reject(error)),
        );
      });
    });
  }

  #meetAccident(): void {
    const { stops, dies } = this.accidents;
    if (dies > 0 && this.scheduler.happens(dies)) this.kill();
    else if (stops > 0 && this.scheduler.happens(stops)) {
      this.stop();
      this.scheduler.after(this.scheduler.between(1, MAX_STOPPED_MS), () => this.resume());
    }
  }

  #delay(): number {
    const isLate = this.scheduler.happens(this.accidents.late);
    return isLate ? this.scheduler.between(1, MAX_LATE_MS) : this.scheduler.between(0, this.maxDelayMs);
  }
}
