/** A streamed answer in JSON: what stands around the JSON is left out as it passes, and the end is checked. */
import type { CompletionEvent } from './event.js';
import type { JsonReader } from './json-reader.js';
import type { Mismatch } from './json-schema.js';
import { JsonText } from './json-text.js';

export class JsonStream {
  /** Set once the answer has ended and does not fit. Its `finish` is not passed on then. */
  mismatch: Mismatch | undefined;
  readonly #json: JsonText;
  #text = '';

  constructor(private readonly reader: JsonReader) {
    this.#json = new JsonText(reader.openings);
  }

  apply(events: CompletionEvent[]): CompletionEvent[] {
    const shown: CompletionEvent[] = [];
    for (const event of events) this.#applyOne(event, shown);
    return shown;
  }

  #applyOne(event: CompletionEvent, shown: CompletionEvent[]): void {
    switch (event.type) {
      case 'text-delta':
        this.#give(this.#json.push(event.text), shown);
        return;
      case 'tool-call-start':
        // Words before a call are no attempt at JSON.
        this.#give(this.#json.release(), shown);
        shown.push(event);
        return;
      case 'finish':
        this.#finish(event, shown);
        return;
      default:
        shown.push(event);
    }
  }

  #finish(event: CompletionEvent, shown: CompletionEvent[]): void {
    const rest = this.#json.release();
    this.mismatch = isFinished(event) ? this.reader.mismatch(this.#text || rest) : undefined;
    // No client has use for words instead of JSON: without them an answer that was nothing else can still be a 502.
    if (this.mismatch !== undefined) return;
    if (this.#text === '') this.#give(rest, shown);
    shown.push(event);
  }

  #give(text: string, shown: CompletionEvent[]): void {
    this.#text += text;
    if (text !== '') shown.push({ type: 'text-delta', text });
  }
}

/**
 * The answer came to its own end, so that it should be JSON: not one that was cut (by its length, a filter or a stop
 * text), nor one that goes on with tools.
 */
export function isFinished(event: CompletionEvent | undefined): boolean {
  return event?.type === 'finish' && event.reason === 'stop' && event.stopSequence === undefined;
}
