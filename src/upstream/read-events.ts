/** The loop both upstreams share: network reads in, arrays of completion events out. */
import type { CompletionEvent } from '../completion/event.js';
import { EventStream } from './event-stream.js';

/** Turns the events of one answer, in one upstream's words, into completion events. Keeps the answer's state. */
export interface EventDecoder {
  /** True once the upstream's end event was seen. */
  readonly ended: boolean;
  /** Adds what one event means. Throws an ApiError where the event is an error. */
  decode(data: string, events: CompletionEvent[]): void;
  /** Adds the closing events; `finish` is the last. Throws an ApiError when the answer is not whole. */
  finish(events: CompletionEvent[]): void;
}

export async function* readEvents(
  reads: AsyncIterable<Uint8Array>,
  decoder: EventDecoder,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const stream = new EventStream();
  for await (const bytes of reads) {
    const data = stream.push(bytes);
    if (data.length === 0) continue;
    yield* decodeRead(data, decoder, false);
    if (decoder.ended) return;
  }
  yield* decodeRead(stream.end(), decoder, true);
}

/** One array for one read; an error in the middle of it comes after the events before it. */
function* decodeRead(data: string[], decoder: EventDecoder, last: boolean): Generator<CompletionEvent[]> {
  const events: CompletionEvent[] = [];
  try {
    for (const one of data) decoder.decode(one, events);
    if (decoder.ended || last) decoder.finish(events);
  } catch (error) {
    if (events.length > 0) yield events;
    throw error;
  }
  yield events;
}
