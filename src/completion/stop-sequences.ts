/** Ends an answer at the first of the client's stop texts, which is left out, even if it is split between deltas. */
import type { CompletionEvent } from './event.js';
import type { EventTransform } from './event-transform.js';
import { StopAutomaton } from './stop-automaton.js';

export class StopSequences implements EventTransform {
  /** True once a stop text was found: the rest of the upstream's answer is not needed. */
  stopped = false;
  readonly #automaton: StopAutomaton | undefined;
  #held = '';

  constructor(stops: readonly string[]) {
    this.#automaton = stops.length === 0 ? undefined : new StopAutomaton(stops);
  }

  apply(events: CompletionEvent[]): CompletionEvent[] {
    if (this.#automaton === undefined) return events;
    const kept: CompletionEvent[] = [];
    for (const event of events) {
      if (this.stopped) break;
      if (event.type === 'text-delta') this.#text(event.text, this.#automaton, kept);
      else {
        // Usage may come between two halves of a stop text; reasoning or the end may not.
        if (event.type !== 'usage') this.#release(this.#automaton, kept);
        kept.push(event);
      }
    }
    return kept;
  }

  #text(piece: string, automaton: StopAutomaton, kept: CompletionEvent[]): void {
    const met = automaton.read(piece);
    const text = this.#held + piece;
    if (met !== undefined) {
      give(text.slice(0, this.#held.length + met.end - met.text.length), kept);
      kept.push({ type: 'finish', reason: 'stop', stopSequence: met.text });
      this.stopped = true;
      return;
    }
    const safe = text.length - automaton.pending;
    give(text.slice(0, safe), kept);
    this.#held = text.slice(safe);
  }

  /** Passes on what was held back as a possible beginning of a stop text. */
  #release(automaton: StopAutomaton, kept: CompletionEvent[]): void {
    give(this.#held, kept);
    this.#held = '';
    automaton.reset();
  }
}

function give(text: string, kept: CompletionEvent[]): void {
  if (text !== '') kept.push({ type: 'text-delta', text });
}
