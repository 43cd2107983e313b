/** GET /healthz and /health: the process answers. GET /readyz: it takes new requests. Small fixed bodies: nothing of the inside. */
import type { NextFunction, Request, Response } from 'express';

export interface Readiness {
  readonly draining: boolean;
  /** Draining, and no longer accepting connections. */
  readonly closing: boolean;
  /** Why this replica goes on without what it shares; undefined: it does not. */
  readonly degraded: () => string | undefined;
}

export function healthz(_req: Request, res: Response): void {
  res.json({ status: 'ok' });
}

export function readyz(readiness: Readiness) {
  return (_req: Request, res: Response): void => {
    const degraded = readiness.degraded();
    // Still 200: chat goes on, and a balancer that dropped all replicas at once would end it.
    res
      .status(readiness.draining ? 503 : 200)
      .json({ status: readiness.draining ? 'draining' : 'ready', ...(degraded ? { degraded } : {}) });
  };
}

/** Tells callers that limits and figures are this replica's own for a while. */
export function tellDegraded(readiness: Readiness) {
  return (_req: Request, res: Response, next: NextFunction): void => {
    if (readiness.degraded() !== undefined) res.setHeader('x-gateway-mode', 'degraded');
    next();
  };
}

/** While draining a connection ends with its response: kept alive it would bring new requests and hold up the end. */
export function closeWhenDraining(readiness: Readiness) {
  return (req: Request, res: Response, next: NextFunction): void => {
    if (readiness.draining) res.setHeader('connection', 'close');
    // For responses whose head went out before. Not during DRAIN_DELAY: a proxy that was not told to close the
    // connection may be sending its next request on it.
    res.once('finish', () => {
      if (readiness.closing) req.socket.end();
    });
    next();
  };
}
