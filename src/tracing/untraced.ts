/** Without spans: a client's `traceparent` is checked and passed on, and nothing is recorded. */
import type { RequestTrace, Tracing } from './request-trace.js';
import { formatTraceparent, parseTraceparent, type TraceParent } from './traceparent.js';

export class UnrecordedTrace implements RequestTrace {
  readonly isRecording = false;
  readonly traceId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(parent?: TraceParent) {
    this.traceId = parent?.traceId;
    this.headers = parent === undefined ? {} : { traceparent: formatTraceparent(parent) };
  }

  startStage(): void {}
  endStage(): void {}
  startAttempt(): void {}
  observeStatus(): void {}
  observeModel(): void {}
  markToken(): void {}
  setUsage(): void {}
  setFinishReason(): void {}
  endAttempt(): void {}
  end(): void {}
}

/** The trace of requests that belong to none. */
export const NO_TRACE: RequestTrace = new UnrecordedTrace();

export const UNTRACED: Tracing = {
  isOn: false,
  startRequest({ traceparent }) {
    const parent = parseTraceparent(traceparent);
    return parent === undefined ? NO_TRACE : new UnrecordedTrace(parent);
  },
  close: () => Promise.resolve(),
};
