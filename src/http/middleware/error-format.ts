/** Middleware: which client protocol's format an error response has. OpenAI's is the default. */
import type { NextFunction, Request, Response } from 'express';
import { anthropicErrors } from '../../protocol/anthropic-messages/error-body.js';
import { getLocals } from '../request-locals.js';

/** Anthropic's format, and the request id in the header that Anthropic's SDKs read. */
export function useAnthropicErrors(_req: Request, res: Response, next: NextFunction): void {
  const locals = getLocals(res);
  locals.errorFormat = anthropicErrors;
  res.setHeader('request-id', locals.context.id);
  next();
}

/** For paths that OpenAI and Anthropic share: Anthropic's SDKs always send `anthropic-version`. */
export function useAnthropicErrorsIfAsked(req: Request, res: Response, next: NextFunction): void {
  res.vary('anthropic-version');
  if (isAnthropicClient(req)) useAnthropicErrors(req, res, next);
  else next();
}

export function isAnthropicClient(req: Request): boolean {
  return req.get('anthropic-version') !== undefined;
}
