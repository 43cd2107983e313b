/** Which responses of pages are compressed. */
import type { Request, Response } from 'express';

/** Whether the client takes gzip, `gzip;q=0` considered; also sets `Vary` for caches. */
export function acceptsGzip(req: Request, res: Response): boolean {
  res.vary('Accept-Encoding');
  return req.acceptsEncodings('gzip') === 'gzip';
}
