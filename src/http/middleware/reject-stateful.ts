/** What OpenAI's Responses offer beyond an answer needs responses that are kept. None are here, and this says so. */
import type { NextFunction, Request, Response } from 'express';
import { ApiError, NotFoundError } from '../../vocabulary/errors.js';

/** Middleware for all that is at and below /v1/responses, before the route that answers. */
export function rejectStateful(req: Request, _res: Response, next: NextFunction): void {
  const [first] = req.path.split('/').filter(Boolean);
  if (first === undefined) {
    // 426 is what makes agents go on without a WebSocket.
    if (req.get('upgrade')?.toLowerCase() === 'websocket') throw noWebSocket();
    next();
  } else if (first === 'compact') throw noCompaction();
  else if (first === 'input_tokens') next();
  else throw notKept();
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

function notKept(): NotFoundError {
  return new NotFoundError(
    'Responses are not kept here (store is answered as false): there is none to get, delete, cancel or list.',
    { code: 'response_not_found' },
  );
}
