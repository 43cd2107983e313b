/** Typed `res.locals`: what middleware leaves for the handlers after it. `start-request.ts` fills it. */
import type { Response } from 'express';
import type { ErrorFormat } from '../protocol/protocol.js';
import type { KnownKey } from '../team/key-cache.js';
import type { ConfiguredKey } from '../team/sessions.js';
import type { RequestContext } from './request-context.js';
import type { RequestMeter } from './request-meter.js';

export interface RequestLocals {
  /** The key of the session that came with the request, on routes that take one. */
  session?: KnownKey;
  /** The same for a session that was opened with a key of the environment. */
  configured?: ConfiguredKey;
  /** Replaced, never changed: `authenticate` adds the caller. */
  context: RequestContext;
  readonly meter: RequestMeter;
  /** How an error response is written; OpenAI's format unless the route or the client has another. */
  errorFormat: ErrorFormat;
  /** Ends the request before its response. The reason is the ApiError that the client is told. */
  readonly controller: AbortController;
}

export function getLocals(res: Response): RequestLocals {
  return res.locals as RequestLocals;
}
