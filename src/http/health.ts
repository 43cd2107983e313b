/** GET /healthz: the process answers. GET /readyz: it takes new requests. Small fixed bodies: nothing of the inside. */
import type { Request, Response } from 'express';

export interface Readiness {
  readonly draining: boolean;
}

export function healthz(_req: Request, res: Response): void {
  res.json({ status: 'ok' });
}

export function readyz(readiness: Readiness) {
  return (_req: Request, res: Response): void => {
    res.status(readiness.draining ? 503 : 200).json({ status: readiness.draining ? 'draining' : 'ready' });
  };
}
