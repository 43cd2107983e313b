/** A streamed answer in JSON: text around the JSON is left out, and the end is checked. */
import type { CompletionEvent } from './event.js';
import type { EventTransform } from './event-transform.js';
import type { JsonReader } from './json-reader.js';
import type { Mismatch } from './json-schema.js';
import { JsonText } from './json-text.js';

type Finish = CompletionEvent & { type: 'finish' };

export class JsonStream implements EventTransform {
  readonly #json: JsonText;
  #text = '';
  #finish: Finish | undefined;

  constructor(private readonly reader: JsonReader) {
    this.#json = new JsonText(reader.openings);
  }

  /** True once the answer has ended: `close` gives what is left. */
  get ended(): boolean {
    return this.#finish !== undefined;
  }

  /** Returns what the client sees of a read. The `finish` is held back for `close`. */
  apply(events: CompletionEvent[]): CompletionEvent[] {
    const shown: CompletionEvent[] = [];
    for (const event of events) this.#applyOne(event, shown);
    return shown;
  }

  /** @returns the rest of an answer that has ended, or what is wrong with it, then without its `finish`. */
  async close(): Promise<{ readonly events: CompletionEvent[]; readonly mismatch?: Mismatch }> {
    const finish = this.#finish;
    if (finish === undefined) return { events: [] };
    const rest = this.#json.release();
    const mismatch = isFinished(finish) ? await this.reader.mismatch(this.#text || rest) : undefined;
    // Text without JSON is not sent: so an answer that was nothing else can still be a 502.
    if (mismatch !== undefined) return { events: [], mismatch };
    const events: CompletionEvent[] = [];
    if (this.#text === '') this.#give(rest, events);
    events.push(finish);
    return { events };
  }

  #applyOne(event: CompletionEvent, shown: CompletionEvent[]): void {
    switch (event.type) {
      case 'text-delta':
        this.#give(this.#json.push(event.text), shown);
        return;
      case 'tool-call-start':
        // Text before a call is not meant to be JSON.
        this.#give(this.#json.release(), shown);
        shown.push(event);
        return;
      case 'finish':
        this.#finish = event;
        return;
      default:
        shown.push(event);
    }
  }

  #give(text: string, shown: CompletionEvent[]): void {
    this.#text += text;
    if (text !== '') shown.push({ type: 'text-delta', text });
  }
}

/**
 * Whether the answer should be complete JSON: it was neither cut (by its length, a filter or a stop text) nor does it
 * continue with tools.
 */
export function isFinished(event: CompletionEvent | undefined): boolean {
  return event?.type === 'finish' && event.reason === 'stop' && event.stopSequence === undefined;
}
