/** GET /healthz: the process answers. GET /readyz: it takes new requests. Small fixed bodies: nothing of the inside. */
import type { NextFunction, Request, Response } from 'express';

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

/** While draining a connection ends with its response: kept alive it would bring new requests and hold up the end. */
export function closeWhenDraining(readiness: Readiness) {
  return (req: Request, res: Response, next: NextFunction): void => {
    if (readiness.draining) res.setHeader('connection', 'close');
    // For responses whose head went out before.
    res.once('finish', () => {
      if (readiness.draining) req.socket.end();
    });
    next();
  };
}
