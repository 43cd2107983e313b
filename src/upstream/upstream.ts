/** What the gateway needs of an upstream, whichever provider it is. */
import type { EventSink } from '../completion/event-sink.js';
import type { UpstreamModel } from '../completion/model-info.js';
import type { CompletionRequest } from '../completion/request.js';
import type { PlanQuota } from '../vocabulary/plan-quota.js';
import type { PassedAnswer } from './passed-answer.js';
import type { RawAnswer } from './raw-answer.js';

/** The guest token of one request's conversation, for upstreams that have guests. */
export interface GuestTokens {
  /** The conversation's token; minted when it has none yet. Rejects with an ApiError when none can be had. */
  claim(signal: AbortSignal): Promise<string>;
  /** Drops a token that the upstream refuses, so that the next claim gets another. */
  drop(token: string): Promise<void>;
}

/** Where a request to the upstream goes, for traces. */
export interface AttemptTarget {
  readonly url: string;
  readonly provider: string;
  readonly operation: string;
  /** The upstream's id of the model. */
  readonly model: string;
}

/** Observes the requests to the upstream that are made for one request of a client, one after the other. */
export interface AttemptObserver {
  /** False if all methods do nothing. */
  readonly isRecording: boolean;
  /** Go along with the request that has begun: `traceparent`, or none. */
  readonly headers: Readonly<Record<string, string>>;
  startAttempt(target: AttemptTarget): void;
  /** The status of the upstream's response. */
  observeStatus(status: number): void;
  endAttempt(error?: unknown): void;
}

export interface StreamContext {
  /** Sent upstream as `X-Request-Id`. */
  readonly requestId: string;
  readonly guest: GuestTokens;
  /** Aborted when the client leaves: every wait ends and the upstream socket closes. */
  readonly signal: AbortSignal;
  /** Called once for each attempt with the model that the upstream names. */
  readonly served?: ServedModelObserver | undefined;
  readonly trace?: AttemptObserver | undefined;
  /** Counts calls to the upstream, those that are repeated included. */
  readonly attempts?: { countAttempt(): void } | undefined;
}

export interface PostContext extends Pick<StreamContext, 'requestId' | 'signal' | 'trace' | 'attempts'> {
  /** The upstream's id of the model that `json` names. */
  readonly model: string;
}

export interface ServedModelObserver {
  /** `id` is the upstream's name for the model. */
  observe(id: string): void;
}

export interface UpstreamCheck {
  /** What `reach` shows when it resolves, for people. */
  readonly claim: string;
  /** Shows that the upstream answers and accepts the credential, without a token of usage. Rejects with an ApiError. @returns notes for people */
  reach(): Promise<readonly string[]>;
  /** Sends one real request, once. Rejects with an ApiError. */
  ask(request: CompletionRequest, served: ServedModelObserver): Promise<RawAnswer>;
}

export interface Upstream {
  /** The names that clients may send although `models()` does not list them; `glm` stands for all that begin with `glm-`. */
  readonly unlistedModels: 'any' | 'glm' | 'none';
  /** Models that are known without asking the upstream. */
  readonly knownModels?: readonly UpstreamModel[];
  /**
   * Streams one answer into `sink`: all events of one network read as one array, never empty. The format and the choice of
   * tools are asked for in the upstream's own fields, or in words where it has none.
   * The last event is `finish`; whatever prevents that rejects with an ApiError, after the events before it.
   * Failures before the first array have been retried where that made sense.
   */
  stream(request: CompletionRequest, context: StreamContext, sink: EventSink): Promise<void>;
  /**
   * Posts JSON to a path below the base URL, such as `/embeddings`. Resolves when the answer begins. Rejects with an
   * ApiError; a NotFoundError when the upstream does not have that endpoint. Only of upstreams that have an API.
   */
  post?(path: string, json: string, context: PostContext): Promise<PassedAnswer>;
  /** Only of coding plans. @returns `undefined` when the quota is unknown; never rejects */
  readPlanQuota?(): Promise<PlanQuota | undefined>;
  /** What the doctor asks. Nothing is sent before one of its functions is called. */
  check(): UpstreamCheck;
  /** Only of upstreams that have guests. Rejects with an ApiError; may be repeated. */
  mintGuestToken?(): Promise<string>;
  /** The models a client may name. Rejects with an ApiError where the upstream was asked and did not tell. */
  models(): Promise<readonly UpstreamModel[]>;
}
