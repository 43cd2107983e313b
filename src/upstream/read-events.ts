/** The loop both upstreams share: network reads in, arrays of completion events out. */
import type { CompletionEvent } from '../completion/event.js';
import type { UpstreamResponse } from './connection.js';
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

/**
 * One array per read that brought something to show; the last one ends with `finish`. An error in the middle of a
 * read is thrown after the events before it.
 */
export async function* readEvents(
  response: Pick<UpstreamResponse, 'reads' | 'keep'>,
  decoder: EventDecoder,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const stream = new EventStream();
  for await (const bytes of response.reads()) {
    const { events, error } = decodeRead(stream.push(bytes), decoder);
    if (decoder.ended) response.keep();
    if (events.length > 0) yield events;
    if (error !== undefined) throw error;
    if (decoder.ended) return;
  }
  const { events, error } = decodeRead(stream.end(), decoder, true);
  if (events.length > 0) yield events;
  if (error !== undefined) throw error;
}

function decodeRead(
  data: string[],
  decoder: EventDecoder,
  last = false,
): { events: CompletionEvent[]; error?: unknown } {
  const events: CompletionEvent[] = [];
  try {
    for (const one of data) decoder.decode(one, events);
    if (decoder.ended || last) decoder.finish(events);
    return { events };
  } catch (error) {
    return { events, error };
  }
}
