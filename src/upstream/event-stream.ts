/**
 * Bytes of a response's body → the `data` of its events, wherever the bytes were cut. The first bytes decide what the body
 * is, whatever its content type says: an event stream, or one JSON document, which counts as one event.
 */
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { UpstreamError } from '../vocabulary/errors.js';
import { asObject, parseJson } from './json.js';
import { notAStreamError } from './upstream-errors.js';

/** Longest event taken, in characters. Z.ai's largest repeat all thinking in one line: 10–100 KiB are usual. */
export const MAX_EVENT_LENGTH = 10 * 1024 * 1024;
/** Of a body that is no event stream so much is read: enough for a page's title or a message. */
const MAX_FOREIGN_LENGTH = 4 * 1024;

export class EventStream {
  readonly #utf8 = new TextDecoder();
  /** The last read ended with a whole character, and the byte order mark is behind. */
  #isAligned = false;
  readonly #parser: EventSourceParser;
  #form: 'unknown' | 'events' | 'json' | 'page' = 'unknown';
  /** What came of a body that is no event stream, or whose form is not known yet. */
  #held = '';
  #ready: string[] = [];
  /** The parser is between two events. */
  #isBetween = false;
  #hasEvents = false;
  /** Lines that no event stream has. */
  #strayLines = '';
  #overflowed = false;

  constructor() {
    this.#parser = createParser({
      maxBufferSize: MAX_EVENT_LENGTH,
      onEvent: ({ event, data }) => {
        this.#ready.push(event !== undefined && isError(event) ? errorEvent(data) : data);
      },
      onError: ({ type, field, value, line }) => {
        if (type === 'max-buffer-size-exceeded') this.#overflowed = true;
        // llama.cpp tells an error as a line of its own.
        else if (field === 'error' && value) this.#ready.push(errorEvent(value));
        else if (!this.#hasEvents && this.#strayLines.length < MAX_FOREIGN_LENGTH)
          this.#strayLines += `${line}\n`;
      },
    });
  }

  /**
   * Takes one network read; returns the events it completed. An event of the type `error` is given as
   * `{"error": …}`. Throws an UpstreamError beyond MAX_EVENT_LENGTH, and for a page.
   */
  push(bytes: Uint8Array): string[] {
    return this.#take(this.#decode(bytes));
  }

  /** The body is over: returns what a last event without its empty line still held. Throws where it was no stream. */
  end(): string[] {
    const rest = this.#utf8.decode();
    if (this.#form === 'json') return [this.#held + rest];
    if (this.#form === 'page') throw notAStreamError(this.#held);
    const events = this.#take(`${rest}\n\n`);
    if (!this.#hasEvents && this.#strayLines !== '') throw notAStreamError(this.#strayLines);
    return events;
  }

  /** Nearly all reads hold whole characters, since events end with a line break: then Node's own decoder is faster. */
  #decode(bytes: Uint8Array): string {
    const wasAligned = this.#isAligned;
    this.#isAligned = (bytes.at(-1) ?? 0x80) < 0x80;
    if (wasAligned && this.#isAligned && bytes instanceof Buffer) return bytes.toString('utf8');
    return this.#utf8.decode(bytes, { stream: true });
  }

  #take(text: string): string[] {
    if (this.#form === 'events') return this.#feed(text);
    this.#held += text;
    if (this.#form === 'unknown') this.#form = detectForm(this.#held);
    if (this.#form === 'events') return this.#feedHeld();
    if (this.#form === 'page' && this.#held.length > MAX_FOREIGN_LENGTH) throw notAStreamError(this.#held);
    if (this.#held.length > MAX_EVENT_LENGTH) throw eventTooLargeError();
    return [];
  }

  #feedHeld(): string[] {
    const text = this.#held;
    this.#held = '';
    return this.#feed(text);
  }

  #feed(text: string): string[] {
    // The parser notices at the end of a read, so that the events before the long one have been delivered.
    if (this.#overflowed) throw eventTooLargeError();
    const only = this.#isBetween ? onlyData(text) : undefined;
    if (only !== undefined) return [only];
    this.#parser.feed(text);
    this.#isBetween = text.endsWith('\n\n');
    const events = this.#ready;
    this.#ready = [];
    if (events.length > 0) this.#hasEvents = true;
    return events;
  }
}

/** @returns the data of a text that is one event of one line, as most reads are: that needs no parser. */
function onlyData(text: string): string | undefined {
  const end = text.length - 2;
  const isOne = text.startsWith('data: ') && text.indexOf('\n') === end && text.endsWith('\n\n');
  return isOne && end <= MAX_EVENT_LENGTH && !text.includes('\r') ? text.slice(6, end) : undefined;
}

function detectForm(text: string): 'unknown' | 'events' | 'json' | 'page' {
  const first = /\S/.exec(text)?.[0];
  if (first === undefined) return 'unknown';
  if (first === '{' || first === '[') return 'json';
  return first === '<' ? 'page' : 'events';
}

function isError(event: string): boolean {
  return event.trim().toLowerCase() === 'error';
}

/** Whatever the members of an error event are, it is read as one. */
function errorEvent(data: string): string {
  const json = parseJson(data);
  return asObject(json)?.error ? data : JSON.stringify({ error: json ?? { message: data } });
}

function eventTooLargeError(): UpstreamError {
  return new UpstreamError('The upstream sent an event of more than 10 MiB.', {
    code: 'upstream_event_too_large',
  });
}
