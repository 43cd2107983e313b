/** What OpenAI's Responses offer beyond what the gateway does: refused plainly, as agents and SDKs understand it. */
import type { NextFunction, Request, Response } from 'express';
import { ApiError, NotFoundError } from '../../vocabulary/errors.js';

/** For all paths at and below `/v1/responses`, before the routes. */
export function rejectStateful(req: Request, _res: Response, next: NextFunction): void {
  const [first, second] = req.path.split('/').filter(Boolean);
  if (first === undefined) {
    // A 426 makes agents continue without a WebSocket.
    if (req.get('upgrade')?.toLowerCase() === 'websocket') throw noWebSocket();
    next();
  } else if (first === 'compact') throw noCompaction();
  else if (second === 'cancel') throw noBackground();
  else next();
}

function noWebSocket(): ApiError {
  return new ApiError(
    'websocket_unsupported',
    'There is no WebSocket mode here; send POST /v1/responses with stream: true.',
  );
}

function noCompaction(): NotFoundError {
  return new NotFoundError(
    'There is no compaction here: nothing of a conversation is kept. Send what is to stay as input.',
    { code: 'unknown_url' },
  );
}

function noBackground(): NotFoundError {
  return new NotFoundError(
    'Responses do not run in the background here, so that there is none to cancel: close the connection instead.',
    { code: 'unknown_url' },
  );
}
