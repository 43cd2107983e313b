/**
 * The calls of an answer as the client asked for them: only one where it wants no more, and a finish reason that fits. A call
 * that never ended is half a call, whatever reason the upstream gives: it is told as `length`, so that no agent runs it.
 */
import type { CompletionEvent } from './event.js';
import type { EventTransform } from './event-transform.js';

export class ToolCalls implements EventTransform {
  #calls = 0;
  #skipping = false;
  /** A call has begun and not ended. */
  #isOpen = false;

  constructor(private readonly parallel: boolean) {}

  apply(events: CompletionEvent[]): CompletionEvent[] {
    // The common case first: an answer without calls is neither looked at twice nor copied.
    if (!events.some(concernsCalls)) return events;
    return events.flatMap((event) => this.#applyOne(event));
  }

  #applyOne(event: CompletionEvent): CompletionEvent[] {
    switch (event.type) {
      case 'tool-call-start':
        this.#skipping = !this.parallel && this.#calls > 0;
        this.#isOpen = !this.#skipping;
        if (!this.#skipping) this.#calls += 1;
        return this.#skipping ? [] : [event];
      case 'tool-call-end':
        this.#isOpen = false;
        return this.#skipping ? [] : [event];
      case 'tool-call-delta':
        return this.#skipping ? [] : [event];
      case 'finish':
        return [{ ...event, reason: this.#reason(event.reason) }];
      default:
        return [event];
    }
  }

  /** Some servers say `stop` after calls, or `tool_calls` without one; agents go by it. */
  #reason(told: (CompletionEvent & { type: 'finish' })['reason']) {
    if (this.#isOpen && (told === 'stop' || told === 'tool_calls')) return 'length';
    if (told === 'stop' && this.#calls > 0) return 'tool_calls';
    return told === 'tool_calls' && this.#calls === 0 ? 'stop' : told;
  }
}

function concernsCalls({ type }: CompletionEvent): boolean {
  return type !== 'text-delta' && type !== 'reasoning-delta' && type !== 'usage';
}
