/**
 * Limits an answer to one call if the client asked for that, and corrects the finish reason. If the last call has no end,
 * the reason is `length`, whatever the upstream says, so that no agent runs half a call.
 */
import type { CompletionEvent } from './event.js';
import type { EventTransform } from './event-transform.js';

export class ToolCalls implements EventTransform {
  #calls = 0;
  #skipping = false;
  /** A call has started but not ended. */
  #isOpen = false;

  constructor(private readonly parallel: boolean) {}

  apply(events: CompletionEvent[]): CompletionEvent[] {
    // The common case: nothing about calls, so nothing is copied.
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

  /** Some servers report `stop` after calls, or `tool_calls` without any; agents rely on the reason. */
  #reason(told: (CompletionEvent & { type: 'finish' })['reason']) {
    if (this.#isOpen && (told === 'stop' || told === 'tool_calls')) return 'length';
    if (told === 'stop' && this.#calls > 0) return 'tool_calls';
    return told === 'tool_calls' && this.#calls === 0 ? 'stop' : told;
  }
}

function concernsCalls({ type }: CompletionEvent): boolean {
  return type !== 'text-delta' && type !== 'reasoning-delta' && type !== 'usage';
}
