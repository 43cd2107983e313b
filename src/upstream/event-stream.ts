/** Bytes of a server-sent event stream → the `data` of its events, wherever the bytes were cut. */
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { UpstreamError } from '../errors.js';

/** Longest event taken, in characters. Z.ai's largest repeat all thinking in one line: 10–100 KiB are usual. */
export const MAX_EVENT_LENGTH = 10 * 1024 * 1024;

export class EventStream {
  readonly #utf8 = new TextDecoder();
  readonly #parser: EventSourceParser;
  #ready: string[] = [];
  #overflowed = false;

  constructor() {
    this.#parser = createParser({
      maxBufferSize: MAX_EVENT_LENGTH,
      onEvent: (event) => {
        this.#ready.push(event.data);
      },
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded') this.#overflowed = true;
      },
    });
  }

  /** Takes one network read; returns the events it completed. Throws an UpstreamError beyond MAX_EVENT_LENGTH. */
  push(bytes: Uint8Array): string[] {
    return this.#feed(this.#utf8.decode(bytes, { stream: true }));
  }

  /** The body is over: returns what a last event without its empty line still held. */
  end(): string[] {
    return this.#feed(`${this.#utf8.decode()}\n\n`);
  }

  #feed(text: string): string[] {
    // The parser notices at the end of a read, so that the events before the long one have been delivered.
    if (this.#overflowed) throw tooLong();
    this.#parser.feed(text);
    const events = this.#ready;
    this.#ready = [];
    return events;
  }
}

function tooLong(): UpstreamError {
  return new UpstreamError('The upstream sent an event of more than 10 MiB.', {
    code: 'upstream_event_too_large',
  });
}
