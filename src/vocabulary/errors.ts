/**
 * Errors that a client is told about. Class names follow openai-node, the body is OpenAI's
 * `{error: {message, type, param, code}}`.
 */
import {
  type CodeWith,
  ERROR_CODES,
  type ErrorCode,
  type ErrorCodeRow,
  type ErrorType,
} from './error-codes.js';
import type { Outcome } from './outcomes.js';

export interface ApiErrorOptions {
  /** Where the status differs from the code's own: the upstream's 504 is passed on as 504. */
  status?: number;
  /** Path of the request field at fault, as the client wrote it: `messages[0].content`. */
  param?: string | null;
  /** Its name at the upstream. It is replaced by the client's own name for the field before the error is sent. */
  upstreamParam?: string | undefined;
  /** The upstream refused what the client sent, so that the message quotes the upstream. */
  fromUpstream?: boolean;
  /** Whether the same upstream call may be repeated before its first event. */
  retriable?: boolean;
  /** Time to wait in milliseconds, told by whoever refused: for `Retry-After` and for the gateway's own retries. */
  retryAfterMs?: number | undefined;
  /** For `Retry-After` when `retryAfterMs` is unknown. The gateway's own retries do not wait for it. */
  suggestedRetryAfterMs?: number | undefined;
  /** Sent as `X-Should-Retry`, which OpenAI's and Anthropic's SDKs obey. `false` where a retry cannot help. */
  shouldRetry?: boolean;
  cause?: unknown;
}

export interface ErrorBody {
  error: { message: string; type: ErrorType; param: string | null; code: ErrorCode | null };
}

/** A client does not plan further ahead; the message tells the exact time. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

/** Errors that have no code: bugs, or a resource that the gateway lacks. */
const UNEXPECTED = { status: 500, type: 'server_error', outcome: 'gateway_error' } as const;

export class ApiError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly outcome: Outcome;
  param: string | null;
  /** The upstream's own code for the failure, such as Z.ai's 1308. */
  upstreamCode: number | undefined;
  readonly upstreamParam: string | undefined;
  readonly fromUpstream: boolean;
  readonly retriable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly suggestedRetryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;

  /** `code` is null for what nobody foresaw. */
  constructor(
    readonly code: ErrorCode | null,
    message: string,
    options: ApiErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const row: Pick<ErrorCodeRow, 'status' | 'type' | 'outcome'> =
      code === null ? UNEXPECTED : ERROR_CODES[code];
    this.name = new.target.name;
    this.status = options.status ?? row.status;
    this.type = row.type;
    this.outcome = row.outcome;
    this.param = options.param ?? options.upstreamParam ?? null;
    this.upstreamParam = options.upstreamParam;
    this.fromUpstream = options.fromUpstream ?? false;
    this.retriable = options.retriable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.suggestedRetryAfterMs = options.suggestedRetryAfterMs;
    this.shouldRetry = options.shouldRetry;
  }

  /** The value of `Retry-After` in whole seconds, `undefined` when no time is known. */
  get retryAfterSeconds(): number | undefined {
    const ms = this.retryAfterMs ?? this.suggestedRetryAfterMs;
    return ms === undefined ? undefined : Math.min(MAX_RETRY_AFTER_SECONDS, Math.ceil(ms / 1000));
  }

  /**
   * The message as the client receives it. It ends with the request's id unless the client itself can mend the cause:
   * agents show people the text alone, and the operator finds the request by its id.
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
  constructor(message: string, { code, ...options }: WithCode<CodeWith<{ status: 400 }>>) {
    super(code, message, options);
  }
}

export class AuthenticationError extends ApiError {
  constructor(message: string) {
    // Claude Code would retry for minutes without a word.
    super('invalid_api_key', message, { shouldRetry: false });
  }
}

export class PermissionDeniedError extends ApiError {
  constructor(message: string, { code, ...options }: WithCode<CodeWith<{ status: 403 }>>) {
    super(code, message, options);
  }
}

export class NotFoundError extends ApiError {
  constructor(message: string, { code, ...options }: WithCode<CodeWith<{ status: 404 }>>) {
    super(code, message, options);
  }
}

export class RateLimitError extends ApiError {
  constructor(message: string, { code, ...options }: Partial<WithCode<CodeWith<{ status: 429 }>>> = {}) {
    super(code ?? 'rate_limit_exceeded', message, options);
  }
}

/** The gateway's own fault: a bug, or a resource that it lacks. */
export class InternalServerError extends ApiError {
  constructor(message = 'The gateway failed to handle this request.', options: ApiErrorOptions = {}) {
    super(null, message, options);
  }
}

/** The upstream failed, refused, or sent an answer that cannot be passed on. */
export class UpstreamError extends ApiError {
  constructor(
    message: string,
    { code, ...options }: Partial<WithCode<CodeWith<{ type: 'upstream_error' }>>> = {},
  ) {
    super(code ?? 'upstream_error', message, options);
  }
}

/** The client left before its response was complete. Status 499 appears in logs and statistics only. */
export class APIUserAbortError extends ApiError {
  constructor() {
    super('cancelled', 'The client closed the request.');
  }
}

type WithCode<Code extends ErrorCode> = ApiErrorOptions & { code: Code };
