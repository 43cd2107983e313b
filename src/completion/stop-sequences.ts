/** Ends an answer where the first of the client's stop texts is complete, wherever deltas were cut; it is left out itself. */
import type { CompletionEvent } from './event.js';

export class StopSequences {
  /** True once a stop text was met: what the upstream still sends is of no interest. */
  stopped = false;
  readonly #longest: number;
  #held = '';

  constructor(private readonly stops: readonly string[]) {
    this.#longest = Math.max(0, ...stops.map((stop) => stop.length));
  }

  apply(events: CompletionEvent[]): CompletionEvent[] {
    if (this.stops.length === 0) return events;
    const kept: CompletionEvent[] = [];
    for (const event of events) {
      if (this.stopped) break;
      if (event.type === 'text-delta') this.#text(event.text, kept);
      else {
        // Usage may come between two halves of a stop text; thinking or the end may not.
        if (event.type !== 'usage') this.#release(kept);
        kept.push(event);
      }
    }
    return kept;
  }

  #text(piece: string, kept: CompletionEvent[]): void {
    const text = this.#held + piece;
    const met = this.#firstStop(text);
    if (met) {
      give(text.slice(0, met.at), kept);
      kept.push({ type: 'finish', reason: 'stop', stopSequence: met.stop });
      this.stopped = true;
      return;
    }
    const safe = text.length - this.#possibleBeginning(text);
    give(text.slice(0, safe), kept);
    this.#held = text.slice(safe);
  }

  /** The stop text that is complete first (the longest of several), and where it begins: no cut makes a difference. */
  #firstStop(text: string): { stop: string; at: number } | undefined {
    let first: { stop: string; at: number } | undefined;
    let firstEnd = Number.POSITIVE_INFINITY;
    for (const stop of this.stops) {
      const at = text.indexOf(stop);
      const end = at + stop.length;
      if (at === -1 || end > firstEnd || (end === firstEnd && at > (first?.at ?? 0))) continue;
      first = { stop, at };
      firstEnd = end;
    }
    return first;
  }

  /** Length of the longest end of `text` that could be the beginning of a stop text. */
  #possibleBeginning(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length -= 1) {
      const tail = text.slice(-length);
      if (this.stops.some((stop) => stop.length > length && stop.startsWith(tail))) return length;
    }
    return 0;
  }

  /** What looked like the beginning of a stop text was none. */
  #release(kept: CompletionEvent[]): void {
    give(this.#held, kept);
    this.#held = '';
  }
}

function give(text: string, kept: CompletionEvent[]): void {
  if (text !== '') kept.push({ type: 'text-delta', text });
}
