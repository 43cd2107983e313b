/** One request as spans: the server's, and below it a span for each stage and each attempt upstream. */
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Usage } from '../completion/event.js';
import type { AttemptTarget } from '../upstream/upstream.js';
import type { ApiError } from '../vocabulary/errors.js';
import { OUTCOMES } from '../vocabulary/outcomes.js';
import { ATTEMPT, ERROR_TYPE, FIRST_TOKEN, REQUEST, STAGE_NAMES } from './conventions.js';
import type { EndedRequest, RequestTrace, Stage } from './request-trace.js';
import { formatTraceparent } from './traceparent.js';

const SAMPLED = 1;

export class RecordedTrace implements RequestTrace {
  readonly isRecording = true;
  readonly traceId: string;
  headers: Readonly<Record<string, string>>;
  readonly #context: Context;
  #stage: Span | undefined;
  #attempt: Attempt | undefined;
  #attempts = 0;

  /** @param span the server's, which began at the clock's time */
  constructor(
    private readonly tracer: Tracer,
    private readonly span: Span,
    private readonly method: string,
    private readonly clock: Clock,
  ) {
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
    this.traceId = span.spanContext().traceId;
    this.headers = headersOf(span);
  }

  startStage(stage: Stage): void {
    this.endStage();
    const startTime = this.clock.now();
    this.#stage = this.tracer.startSpan(STAGE_NAMES[stage], { startTime }, this.#context);
  }

  endStage(error?: unknown): void {
    if (error !== undefined) setError(this.#stage, error);
    this.#stage?.end(this.clock.now());
    this.#stage = undefined;
  }

  startAttempt(target: AttemptTarget): void {
    this.endAttempt();
    const attributes = describeTarget(target, this.#attempts);
    this.#attempts += 1;
    const name = `${target.operation} ${target.model}`;
    const startTime = this.clock.now();
    const options = { kind: SpanKind.CLIENT, attributes, startTime };
    const span = this.tracer.startSpan(name, options, this.#context);
    this.headers = headersOf(span);
    this.#attempt = new Attempt(span, this.clock, startTime);
  }

  observeStatus(status: number): void {
    this.#attempt?.span.setAttribute(ATTEMPT.status, status);
  }

  observeModel(id: string): void {
    this.#attempt?.span.setAttribute(ATTEMPT.responseModel, id);
  }

  markToken(): void {
    this.#attempt?.markToken();
  }

  setUsage(usage: Usage): void {
    if (this.#attempt !== undefined) this.#attempt.usage = usage;
  }

  setFinishReason(reason: string): void {
    this.#attempt?.span.setAttribute(ATTEMPT.finishReasons, [reason]);
  }

  endAttempt(error?: unknown): void {
    this.#attempt?.end(error);
    this.#attempt = undefined;
  }

  end({ route, status, outcome, code, ...request }: EndedRequest): void {
    const { span } = this;
    const error = code ?? outcome;
    const { isFailure, fault } = OUTCOMES[outcome];
    // What is open ends now: it would outlive its parent otherwise.
    if (this.#stage !== undefined) this.endStage(outcome === 'ok' ? undefined : error);
    if (this.#attempt !== undefined) this.endAttempt(outcome === 'ok' ? undefined : error);
    if (route !== undefined) span.updateName(`${this.method} ${route}`);
    span.setAttributes({
      [REQUEST.route]: route,
      [REQUEST.status]: status,
      [REQUEST.outcome]: outcome,
      [REQUEST.keyName]: request.keyName,
      [REQUEST.model]: request.model,
      [REQUEST.servedModel]: request.servedModel,
      [REQUEST.isStreamed]: request.isStreamed,
      [ERROR_TYPE]: isFailure ? error : undefined,
    });
    // A client's error is no error of the server's span.
    if (isFailure && fault !== 'caller') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(this.clock.now());
  }
}

/** One clock for all spans of a request, so that they keep their order although the system's clock is set. */
export class Clock {
  readonly #origin = Date.now() - performance.now();

  /** Unix milliseconds, with fractions. */
  now(): number {
    return this.#origin + performance.now();
  }
}

/** A request to the upstream. */
class Attempt {
  usage: Usage | undefined;
  #hasToken = false;

  constructor(
    readonly span: Span,
    private readonly clock: Clock,
    private readonly startedAt: number,
  ) {}

  markToken(): void {
    if (this.#hasToken) return;
    this.#hasToken = true;
    const now = this.clock.now();
    this.span.addEvent(FIRST_TOKEN, now);
    this.span.setAttribute(ATTEMPT.timeToFirstChunk, (now - this.startedAt) / 1_000);
  }

  end(error: unknown): void {
    if (this.usage !== undefined) this.span.setAttributes(describeUsage(this.usage));
    if (error !== undefined) setError(this.span, error);
    this.span.end(this.clock.now());
  }
}

function headersOf(span: Span): { traceparent: string } {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const isSampled = (traceFlags & SAMPLED) === SAMPLED;
  return { traceparent: formatTraceparent({ traceId, spanId, isSampled }) };
}

function describeTarget({ url, provider, operation, model }: AttemptTarget, resendCount: number): Attributes {
  const { protocol, hostname, port } = new URL(url);
  return {
    [ATTEMPT.operation]: operation,
    [ATTEMPT.provider]: provider,
    [ATTEMPT.requestModel]: model,
    [ATTEMPT.method]: 'POST',
    [ATTEMPT.serverAddress]: hostname,
    [ATTEMPT.serverPort]: Number(port) || (protocol === 'https:' ? 443 : 80),
    ...(resendCount === 0 ? {} : { [ATTEMPT.resendCount]: resendCount }),
  };
}

function describeUsage({ promptTokens, completionTokens, cachedTokens, reasoningTokens }: Usage): Attributes {
  return {
    [ATTEMPT.inputTokens]: promptTokens,
    [ATTEMPT.outputTokens]: completionTokens,
    [ATTEMPT.cachedTokens]: cachedTokens,
    [ATTEMPT.reasoningTokens]: reasoningTokens,
  };
}

/** The error's code, or its class: a message may quote the request. */
function setError(span: Span | undefined, error: unknown): void {
  const type = typeof error === 'string' ? error : nameError(error);
  span?.setAttribute(ERROR_TYPE, type);
  // The client left: nothing has failed.
  if (type !== 'cancelled') span?.setStatus({ code: SpanStatusCode.ERROR });
}

function nameError(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code, outcome, name }: Error & Partial<ApiError> = error;
  return code ?? outcome ?? name;
}
