/** Adds up the events of a whole answer. */
import { UpstreamError } from '../vocabulary/errors.js';
import type { CompletionEvent, FinishReason, Source, Usage } from './event.js';
import type { EventSink } from './event-sink.js';
import type { ToolCall } from './request.js';

export interface CollectedAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly sources?: readonly Source[];
  readonly usage: Usage | undefined;
  readonly reason: FinishReason;
  /** The client's stop text at which it ended. */
  readonly stopSequence?: string;
}

export class AnswerCollector implements EventSink {
  readonly #sum = new Sum();

  push(events: CompletionEvent[]): undefined {
    for (const event of events) this.#sum.add(event);
  }

  /** Throws an UpstreamError when the end is missing: part of an answer is not returned as a whole one. */
  answer(): CollectedAnswer {
    const { text, reasoning, toolCalls, sources, usage, reason, stopSequence } = this.#sum;
    if (reason === undefined) {
      throw new UpstreamError('The upstream’s answer has no end; a part is missing.', {
        code: 'upstream_truncated',
      });
    }
    return {
      text,
      reasoning,
      toolCalls,
      ...(sources.length === 0 ? {} : { sources }),
      usage,
      reason,
      ...(stopSequence === undefined ? {} : { stopSequence }),
    };
  }
}

class Sum {
  text = '';
  reasoning = '';
  /** Calls that have ended. A call without an end is left out. */
  toolCalls: ToolCall[] = [];
  #open: { id: string; name: string; arguments: string } | undefined;
  sources: readonly Source[] = [];
  usage: Usage | undefined;
  reason: FinishReason | undefined;
  stopSequence: string | undefined;

  add(event: CompletionEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.text += event.text;
        return;
      case 'reasoning-delta':
        this.reasoning += event.text;
        return;
      case 'tool-call-start':
        this.#open = { id: event.id, name: event.name, arguments: '' };
        return;
      case 'tool-call-delta':
        if (this.#open) this.#open.arguments += event.text;
        return;
      case 'tool-call-end':
        if (this.#open) this.toolCalls.push(this.#open);
        this.#open = undefined;
        return;
      case 'sources':
        this.sources = event.sources;
        return;
      case 'usage':
        this.usage = event.usage;
        return;
      case 'finish':
        this.reason = event.reason;
        this.stopSequence = event.stopSequence;
    }
  }
}
