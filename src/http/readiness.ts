/** Whether this replica takes requests. */
export interface Readiness {
  /** Graceful shutdown has begun: `/readyz` answers 503. */
  readonly draining: boolean;
  /** Draining, and no longer accepting connections. */
  readonly closing: boolean;
  /** Reason for degraded mode, `undefined` when Redis is in use or none is configured. */
  readonly degraded: () => string | undefined;
  /** Why changes are lost at a restart, `undefined` when DATA_DIR can be written or nothing is kept there. */
  readonly notKept: () => string | undefined;
  /** Redis is away and this replica's part of the upstream's slots is none: others can answer, it cannot. */
  readonly isWithoutSlots: () => boolean;
  /** All credentials are paused, and none is due to be tried again. */
  readonly isWithoutCredential: () => boolean;
}
