/** Whose fault an outcome is. Pure. */
import type { Outcome } from '../vocabulary/errors.js';

export const FAULTS = ['none', 'caller', 'upstream', 'gateway', 'left'] as const;
/** `left`: the client went away before its answer was whole, which is nobody's failure. */
export type Fault = (typeof FAULTS)[number];

const FAULT_OF: Readonly<Record<Outcome, Fault>> = {
  ok: 'none',
  caller_error: 'caller',
  rate_limited: 'caller',
  upstream_error: 'upstream',
  upstream_refused: 'upstream',
  upstream_truncated: 'upstream',
  gateway_error: 'gateway',
  cancelled: 'left',
};

export function faultOf(outcome: Outcome): Fault {
  return FAULT_OF[outcome];
}

/** Counts by outcome → counts by fault; `none` is what succeeded. */
export function byFault(outcomes: Readonly<Record<Outcome, number>>): Record<Fault, number> {
  const counts = { none: 0, caller: 0, upstream: 0, gateway: 0, left: 0 };
  for (const [outcome, count] of Object.entries(outcomes)) counts[FAULT_OF[outcome as Outcome]] += count;
  return counts;
}
