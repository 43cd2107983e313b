/** Detects a server that accepts a schema and ignores it: its answer does not begin like JSON. */
import type { CompletionEvent } from '../../completion/event.js';
import type { EventDecoder } from '../read-events.js';

/** For schemas whose values are objects or arrays. Changes nothing of the answer: it may still be JSON, with words around it. */
export class SchemaWatch implements EventDecoder {
  #isDecided = false;

  constructor(
    private readonly decoder: EventDecoder,
    private readonly onIgnored: () => void,
  ) {}

  get ended(): boolean {
    return this.decoder.ended;
  }

  get complete(): boolean {
    return this.decoder.complete;
  }

  decode(data: string, events: CompletionEvent[]): void {
    const from = events.length;
    this.decoder.decode(data, events);
    if (!this.#isDecided) this.#look(events.slice(from));
  }

  finish(events: CompletionEvent[]): void {
    this.decoder.finish(events);
  }

  #look(events: readonly CompletionEvent[]): void {
    const first = events
      .map((event) => (event.type === 'text-delta' ? event.text : ''))
      .join('')
      .trimStart()
      .at(0);
    if (first === undefined) return;
    this.#isDecided = true;
    // An array in place of an object is JSON all the same: the schema may be beyond what the server enforces.
    if (first !== '{' && first !== '[') this.onIgnored();
  }
}
