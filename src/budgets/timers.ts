/** Time and timers of whoever keeps reservations, which tests set. */
export interface Timers {
  /** Unix milliseconds: budgets end with days and months. */
  now(): number;
  /** @returns a function that cancels it */
  set(run: () => void, ms: number): () => void;
}

export const REAL_TIMERS: Timers = {
  now: () => Date.now(),
  set: (run, ms) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
