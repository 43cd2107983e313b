/** One answer on its way to the client: which steps its events take, and in which order. */
import type { CompletionEvent, Usage } from './event.js';
import type { EventTransform } from './event-transform.js';
import type { CompletionRequest } from './request.js';
import { StopSequences } from './stop-sequences.js';
import { type ThinkingMode, ThinkingOutput } from './thinking-output.js';
import { ToolCalls } from './tool-calls.js';
import { UsageCount, UsageEstimate } from './usage-count.js';

/** Largest answer that is held in memory until its end: a non-streaming one, or one in JSON. A stream in text has no limit. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;

export type AnswerOptions = Pick<CompletionRequest, 'messages' | 'stop' | 'tools' | 'parallelToolCalls'>;

/**
 * Applies the steps between an upstream and a client, in this order: stop texts end the answer, so that nothing after them
 * counts; calls are dropped or closed; what is left is counted; thinking takes the form that the client reads; usage that
 * was not reported is estimated.
 * Before these steps stands `CallScanner`, for an upstream that writes calls into its text (`upstream/zai-web`); after
 * them `JsonStream`, for a response format (`json-answer.ts`).
 */
export class Answer implements EventTransform {
  readonly #stops: StopSequences;
  readonly #count: UsageCount;
  readonly #estimate: UsageEstimate;
  readonly #steps: readonly EventTransform[];

  constructor(request: AnswerOptions, mode: ThinkingMode, maxBytes = Number.POSITIVE_INFINITY) {
    this.#stops = new StopSequences(request.stop);
    this.#count = new UsageCount(maxBytes);
    this.#estimate = new UsageEstimate(request, this.#count);
    this.#steps = [
      this.#stops,
      new ToolCalls(request.parallelToolCalls),
      this.#count,
      new ThinkingOutput(mode),
      this.#estimate,
    ];
  }

  /** True when the client has all it will get, though the upstream may go on. */
  get stopped(): boolean {
    return this.#stops.stopped;
  }

  /** As reported, or estimated once the answer has finished without a report; `undefined` before. */
  get usage(): Usage | undefined {
    return this.#count.usage;
  }

  /** As reported, or estimated of what has come so far. */
  get usageSoFar(): Usage {
    return this.#count.usage ?? this.#estimate.estimate();
  }

  /** Output tokens so far, estimated. */
  get outputTokens(): number {
    return this.#count.tokens;
  }

  /** `finish` always has a `usage` before it. Throws an UpstreamError when the answer exceeds `maxBytes`. */
  apply(events: CompletionEvent[]): CompletionEvent[] {
    let shown = events;
    for (const step of this.#steps) shown = step.apply(shown);
    return shown;
  }
}
