/**
 * Everything a client can be told when a request fails. Class names follow openai-node, the body is OpenAI's
 * `{error: {message, type, param, code}}`, and each error knows how the request is to be counted.
 */

import type { Outcome } from './outcomes.js';

export interface ApiErrorOptions {
  type?: string;
  code?: string | null;
  /** The request field at fault, as the client wrote it: `messages[0].content`. */
  param?: string | null;
  /** The same by the name that the upstream gave: the client's own name for the field is looked up before it is told. */
  upstreamParam?: string | undefined;
  outcome?: Outcome;
  /** The upstream refused what the client sent, so that the message quotes the upstream. */
  fromUpstream?: boolean;
  /** Set where it is thrown: may the same upstream call be made again, before its first event? */
  retriable?: boolean;
  /** How long to wait, where whoever refuses tells it: for `Retry-After` and for the gateway's own retries. */
  retryAfterMs?: number | undefined;
  /** For `Retry-After` where `retryAfterMs` is unknown; the gateway's own retries do not wait for it. */
  suggestedRetryAfterMs?: number | undefined;
  /** Sent as `X-Should-Retry`, which OpenAI's and Anthropic's SDKs go by: `false` where asking again is of no use. */
  shouldRetry?: boolean;
  cause?: unknown;
}

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** Nobody plans further ahead; the message tells the real time. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

export class ApiError extends Error {
  readonly type: string;
  readonly code: string | null;
  param: string | null;
  readonly upstreamParam: string | undefined;
  readonly outcome: Outcome;
  readonly fromUpstream: boolean;
  readonly retriable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly suggestedRetryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;

  constructor(
    readonly status: number,
    message: string,
    options: ApiErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.type = options.type ?? (status < 500 ? 'invalid_request_error' : 'server_error');
    this.code = options.code ?? null;
    this.param = options.param ?? options.upstreamParam ?? null;
    this.upstreamParam = options.upstreamParam;
    this.outcome = options.outcome ?? (status < 500 ? 'caller_error' : 'gateway_error');
    this.fromUpstream = options.fromUpstream ?? false;
    this.retriable = options.retriable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.suggestedRetryAfterMs = options.suggestedRetryAfterMs;
    this.shouldRetry = options.shouldRetry;
  }

  /** The value of `Retry-After`: whole seconds, `undefined` when nothing is known. */
  get retryAfterSeconds(): number | undefined {
    const ms = this.retryAfterMs ?? this.suggestedRetryAfterMs;
    return ms === undefined ? undefined : Math.min(MAX_RETRY_AFTER_SECONDS, Math.ceil(ms / 1000));
  }

  /**
   * The message as a client reads it. Agents show people the text alone, so that where somebody else has to look for the
   * cause (the upstream, a limit, the gateway) it ends with the request's id.
   */
  messageFor(requestId: string): string {
    return this.outcome === 'caller_error' && !this.fromUpstream
      ? this.message
      : `${this.message.trimEnd()} (request id ${requestId})`;
  }

  toBody(requestId: string): ErrorBody {
    const message = this.messageFor(requestId);
    return { error: { message, type: this.type, param: this.param, code: this.code } };
  }
}

export class BadRequestError extends ApiError {
  constructor(message: string, options: ApiErrorOptions = {}) {
    super(400, message, options);
  }
}

export class AuthenticationError extends ApiError {
  constructor(message: string, options: ApiErrorOptions = {}) {
    // Claude Code would ask again for minutes, and say nothing.
    super(401, message, { code: 'invalid_api_key', shouldRetry: false, ...options });
  }
}

export class PermissionDeniedError extends ApiError {
  constructor(message: string, options: ApiErrorOptions = {}) {
    super(403, message, options);
  }
}

export class NotFoundError extends ApiError {
  constructor(message: string, options: ApiErrorOptions = {}) {
    super(404, message, options);
  }
}

export class RateLimitError extends ApiError {
  constructor(message: string, options: ApiErrorOptions = {}) {
    super(429, message, {
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      outcome: 'rate_limited',
      ...options,
    });
  }
}

/** The gateway's own fault: a bug, or a resource that it lacks. */
export class InternalServerError extends ApiError {
  constructor(message = 'The gateway failed to handle this request.', options: ApiErrorOptions = {}) {
    super(500, message, options);
  }
}

/** The upstream failed, refused or answered something that cannot be passed on. 502 unless told otherwise. */
export class UpstreamError extends ApiError {
  constructor(message: string, options: ApiErrorOptions & { status?: number } = {}) {
    const outcome = options.outcome ?? 'upstream_error';
    super(options.status ?? 502, message, { type: 'upstream_error', code: outcome, ...options, outcome });
  }
}

/** The client left. Nobody reads the answer; 499 is what logs and statistics show. */
export class APIUserAbortError extends ApiError {
  constructor() {
    super(499, 'The client closed the request.', { code: 'cancelled', outcome: 'cancelled' });
  }
}
