/** How long credentials are paused, by the kind of failure. */
import type { PauseCause, PauseKind } from '../vocabulary/pauses.js';
import type { PauseRequest } from './core/types.js';

/** Half of it is jitter, so that replicas and credentials do not try again all at once. */
const FIRST_MS: Readonly<Record<PauseKind, number>> = {
  overloaded: 2_000,
  quota: 10 * 60_000,
  operator: 10 * 60_000,
};
const MAX_MS: Readonly<Record<PauseKind, number>> = {
  overloaded: 60_000,
  quota: 10 * 60_000,
  operator: 10 * 60_000,
};

/**
 * An overload is tried again after 1 to 2 s, at most a minute. Other pauses are tried once in 10 minutes, also before the
 * end that the upstream told: the account may have been recharged, or the time may have been misread.
 * @param random From 0 to 1.
 */
export function planPause(
  group: string,
  cause: PauseCause,
  isConfirmed: boolean,
  random: number,
): PauseRequest {
  const { kind, code, scope, endsInMs } = cause;
  const jitter = kind === 'overloaded' ? 0.5 + random / 2 : 1;
  return {
    group,
    kind,
    code,
    scope,
    isConfirmed,
    pauseMs: Math.round(FIRST_MS[kind] * jitter),
    maxMs: MAX_MS[kind],
    endsInMs: Math.max(0, Math.ceil(endsInMs ?? 0)),
  };
}

/** Overloads that may be one prompt's own. */
export class Suspicions {
  /** By slot group: the conversation that has failed last, with no success since. */
  readonly #last = new Map<string, string>();

  /** @returns Whether another conversation has failed before it, with no success between the two. */
  note(group: string, conversation: string): boolean {
    const last = this.#last.get(group);
    this.#last.set(group, conversation);
    return last !== undefined && last !== conversation;
  }

  clear(group: string): void {
    this.#last.delete(group);
  }
}
