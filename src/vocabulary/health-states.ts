/** How the gateway is doing as a whole. */

/** `draining`: all replicas drain. `refused`: the upstream refuses this gateway. `waiting`: there is no request to judge by. */
export const HEALTH_STATES = ['healthy', 'waiting', 'degraded', 'refused', 'draining'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];
