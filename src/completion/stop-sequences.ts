/** Ends an answer at the first of the texts the client named, wherever deltas were cut; the text itself is left out. */
import type { CompletionEvent } from './event.js';

export class StopSequences {
  /** True once a stop text was met: what the upstream still sends is of no interest. */
  stopped = false;
  #held = '';

  constructor(private readonly stops: readonly string[]) {}

  apply(events: CompletionEvent[]): CompletionEvent[] {
    if (this.stops.length === 0) return events;
    const kept: CompletionEvent[] = [];
    for (const event of events) {
      if (this.stopped) break;
      if (event.type === 'text-delta') this.#text(event.text, kept);
      else {
        if (event.type === 'finish') this.#give(this.#held, kept);
        kept.push(event);
      }
    }
    return kept;
  }

  #text(piece: string, kept: CompletionEvent[]): void {
    const text = this.#held + piece;
    const found = this.stops.map((stop) => text.indexOf(stop)).filter((at) => at !== -1);
    if (found.length > 0) {
      this.#give(text.slice(0, Math.min(...found)), kept);
      kept.push({ type: 'finish', reason: 'stop' });
      this.stopped = true;
      return;
    }
    const safe = text.length - this.#possibleBeginning(text);
    this.#give(text.slice(0, safe), kept);
    this.#held = text.slice(safe);
  }

  /** Length of the longest end of `text` that could be the beginning of a stop text. */
  #possibleBeginning(text: string): number {
    const longest = Math.max(...this.stops.map((stop) => stop.length)) - 1;
    for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
      const tail = text.slice(-length);
      if (this.stops.some((stop) => stop.length > length && stop.startsWith(tail))) return length;
    }
    return 0;
  }

  #give(text: string, kept: CompletionEvent[]): void {
    if (text !== '') kept.push({ type: 'text-delta', text });
  }
}
