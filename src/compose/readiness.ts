/** What this replica's readiness depends on, and the switches that lifecycle.ts sets. */
import type { SlotQueue } from '../queue/slot-queue.js';
import type { Upstreams } from '../routing/upstreams.js';
import type { SharedState } from '../store/shared-state.js';

/** See http/readiness.ts; set by lifecycle.ts. */
export interface ReadinessSwitch {
  draining: boolean;
  closing: boolean;
  /** Unix milliseconds; `undefined` until draining begins. */
  drainingSince: number | undefined;
  readonly degraded: () => string | undefined;
  readonly notKept: () => string | undefined;
  readonly isWithoutSlots: () => boolean;
  readonly isWithoutCredential: () => boolean;
}

export function composeReadiness(
  { degraded, durable }: SharedState,
  slots: SlotQueue,
  upstreams: Upstreams,
): ReadinessSwitch {
  return {
    draining: false,
    closing: false,
    drainingSince: undefined,
    degraded,
    notKept: () => durable?.problem,
    isWithoutSlots: () => slots.isWithoutShare,
    isWithoutCredential: () => {
      const paused = slots.pausedCredentials;
      return upstreams.names.every((name) => paused.has(name));
    },
  };
}
