/** Requests that wait until a ledger has room, on this replica. */
import type { Reservation, Reserved } from './core/types.js';
import type { Timers } from './timers.js';

/** How long a request waits for room, in milliseconds. */
export const WAIT_MS = 5_000;
/** How often the first of those who wait asks, in milliseconds. */
const POLL_MS = 200;

export interface WaitersOptions {
  readonly timers: Timers;
  readonly reserve: (asked: Reservation) => Promise<Reserved>;
  /** Of a request that stopped waiting while it was asked for. */
  readonly giveBack: (asked: Reservation) => void;
}

interface Waiter {
  readonly asked: Reservation;
  /** It has waited long enough. */
  asksItself: boolean;
  readonly resolve: (answer: Reserved) => void;
  readonly reject: (error: unknown) => void;
}

export class Waiters {
  /** By key: one whose requests wait for a limit of its own does not hold up the member's other keys. */
  readonly #waiting = new Map<string, Waiter[]>();
  /** Keys for whose requests the store is being asked, and those for whom it will be. */
  readonly #polling = new Set<string>();
  readonly #scheduled = new Set<string>();

  constructor(private readonly options: WaitersOptions) {}

  /** Whether requests of this key wait. */
  has(key: string): boolean {
    return (this.#waiting.get(key)?.length ?? 0) > 0;
  }

  /**
   * Waits for room in the order of arrival. After `WAIT_MS` the request asks for itself, and resolves with whatever it is
   * told: only the first of those who wait was asked for until then. Rejects with the signal's reason.
   */
  wait(asked: Reservation, key: string, signal: AbortSignal): Promise<Reserved> {
    const { timers, reserve } = this.options;
    const queue = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, queue);
    const waiting = new Promise<Reserved>((resolve, reject) => {
      const waiter: Waiter = {
        asked,
        asksItself: false,
        resolve: (answer) => {
          if (isFull(answer)) return;
          end();
          resolve(answer);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const onAbort = () => waiter.reject(signal.reason);
      const cancelTimer = timers.set(() => {
        waiter.asksItself = true;
        end();
        reserve(asked).then(resolve, reject);
      }, WAIT_MS);
      const end = () => {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        const index = queue.indexOf(waiter);
        if (index !== -1) queue.splice(index, 1);
        if (queue.length === 0 && this.#waiting.get(key) === queue) this.#waiting.delete(key);
      };
      queue.push(waiter);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
    this.#schedulePoll(key);
    return waiting;
  }

  /** Asks for those who wait: there may be room now. */
  pollAll(): void {
    for (const key of this.#waiting.keys()) void this.#poll(key);
  }

  #schedulePoll(key: string): void {
    if (this.#scheduled.has(key)) return;
    this.#scheduled.add(key);
    const poll = async () => {
      await this.#poll(key);
      this.#scheduled.delete(key);
      if (this.has(key)) this.#schedulePoll(key);
    };
    this.options.timers.set(() => void poll(), POLL_MS);
  }

  /** Asks for those who wait until one finds no room. */
  async #poll(key: string): Promise<void> {
    if (this.#polling.has(key)) return;
    this.#polling.add(key);
    try {
      for (;;) {
        const first = this.#waiting.get(key)?.[0];
        if (first === undefined) return;
        const answer = await this.options.reserve(first.asked);
        const isGone = !this.#waiting.get(key)?.includes(first);
        if (isGone && !first.asksItself && answer.kind === 'reserved') this.options.giveBack(first.asked);
        first.resolve(answer);
        if (isFull(answer)) return;
      }
    } catch (error) {
      this.#waiting.get(key)?.[0]?.reject(error);
    } finally {
      this.#polling.delete(key);
    }
  }
}

/** Whether the answer may be another one in a moment. */
export function isFull({ kind }: Reserved): boolean {
  return kind === 'busy' || kind === 'flight';
}
