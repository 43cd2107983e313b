/** One synchronous step on the way from the upstream's events to the client's. `answer.ts` puts them in order. */
import type { CompletionEvent } from './event.js';

/** Keeps the state of one answer across its reads. */
export interface EventTransform {
  /**
   * Takes the events of one network read and returns those that pass. It may return the array it was given; events are
   * never changed in place.
   */
  apply(events: CompletionEvent[]): CompletionEvent[];
}
