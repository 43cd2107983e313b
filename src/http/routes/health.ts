/** GET /healthz and /health: liveness. GET /readyz: readiness. The bodies are small and fixed, and reveal no internals. */
import type { Request, Response } from 'express';
import type { Readiness } from '../readiness.js';

export function healthz(_req: Request, res: Response): void {
  res.json({ status: 'ok' });
}

export function readyz(readiness: Readiness) {
  return (_req: Request, res: Response): void => {
    const degraded = readiness.degraded();
    const notKept = readiness.notKept();
    const status = readiness.draining ? 'draining' : readiness.isWithoutSlots() ? 'no slots' : 'ready';
    // Both are still 200: completions work, and a load balancer that removed all replicas at once would end them.
    const troubles = { ...(degraded ? { degraded } : {}), ...(notKept ? { not_kept: notKept } : {}) };
    res.status(status === 'ready' ? 200 : 503).json({ status, ...troubles });
  };
}
