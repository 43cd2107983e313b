/** Tells a request's errors in Anthropic's words, and its id by the header that Anthropic's SDKs read. */
import type { NextFunction, Request, Response } from 'express';
import { errorBody, errorStatus } from '../../protocol/anthropic-messages/error-body.js';
import { traceOf } from '../trace.js';

export function speakAnthropic(_req: Request, res: Response, next: NextFunction): void {
  const trace = traceOf(res);
  trace.errorBody = errorBody;
  trace.errorStatus = errorStatus;
  res.setHeader('request-id', trace.requestId);
  next();
}

/** For paths that OpenAI and Anthropic have in common: Anthropic's SDKs always name a version. */
export function speakAnthropicIfAsked(req: Request, res: Response, next: NextFunction): void {
  res.vary('anthropic-version');
  if (asksForAnthropic(req)) speakAnthropic(req, res, next);
  else next();
}

export function asksForAnthropic(req: Request): boolean {
  return req.get('anthropic-version') !== undefined;
}
