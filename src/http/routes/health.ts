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
    const status = findStatus(readiness);
    // Both are still 200: completions work, and a load balancer that removed all replicas at once would end them.
    const troubles = { ...(degraded ? { degraded } : {}), ...(notKept ? { not_kept: notKept } : {}) };
    res.status(status === 'ready' ? 200 : 503).json({ status, ...troubles });
  };
}

function findStatus({ draining, isWithoutSlots, isWithoutCredential }: Readiness): string {
  if (draining) return 'draining';
  if (isWithoutSlots()) return 'no slots';
  return isWithoutCredential() ? 'no credential' : 'ready';
}
