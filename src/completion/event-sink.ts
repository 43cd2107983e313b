/** Where the events of an answer go, one network read of the upstream at a time. */
import type { CompletionEvent } from './event.js';

export interface EventSink {
  /**
   * Takes the events of one network read. Whoever pushes waits for the promise, if there is one, before it reads on: the
   * client is slower than the upstream. Throws, or rejects, when the answer cannot go on.
   */
  push(events: CompletionEvent[]): Promise<void> | undefined;
  /** True when the rest of the answer is not needed: whoever pushes stops reading. */
  readonly isSatisfied?: boolean;
}
