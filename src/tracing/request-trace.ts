/** What is observed of one request for its trace. `untraced.ts` observes nothing; `open-telemetry.ts` records spans. */
import type { Usage } from '../completion/event.js';
import type { AttemptObserver } from '../upstream/upstream.js';
import type { Outcome } from '../vocabulary/outcomes.js';

/** Observes requests; one for the whole gateway. */
export interface Tracing {
  /** Whether spans are recorded and exported. */
  readonly isOn: boolean;
  /** A request has arrived. */
  startRequest(request: ArrivedRequest): RequestTrace;
  /** Exports what was recorded, within seconds. Nothing is recorded afterwards. */
  close(): Promise<void>;
}

export interface ArrivedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly userAgent: string;
  /** Header of the request, `undefined` when it has none. */
  readonly traceparent: string | undefined;
}

/** Parts of a request that take time before the upstream is asked. */
export type Stage = 'access' | 'queue' | 'guest-token';

/** Stages follow each other, and so do attempts: one that begins ends the one before. */
export interface RequestTrace extends AttemptObserver {
  /** Lower-case hexadecimal, 32 characters; `undefined` when the request belongs to no trace. */
  readonly traceId: string | undefined;
  startStage(stage: Stage): void;
  endStage(error?: unknown): void;
  /** The upstream's name of the model that answers. */
  observeModel(id: string): void;
  /** Text, reasoning or a tool call has arrived. Only the first of an attempt counts. */
  markToken(): void;
  setUsage(usage: Usage): void;
  setFinishReason(reason: string): void;
  /** The response is over. A stage or an attempt that has not ended ends now. */
  end(request: EndedRequest): void;
}

export interface EndedRequest {
  /** Path of the route, `undefined` when there is none. Never the path itself, which may hold ids. */
  readonly route: string | undefined;
  /** The status that was sent, `undefined` when the client left before. */
  readonly status: number | undefined;
  readonly outcome: Outcome;
  readonly code: string | undefined;
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  readonly servedModel: string | undefined;
  readonly isStreamed: boolean;
}
