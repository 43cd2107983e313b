/** The loop both upstreams share: network reads in, arrays of completion events out. */
import type { CompletionEvent } from '../completion/event.js';
import { EventStream } from './event-stream.js';
import type { UpstreamResponse } from './transport/connection.js';

/** How long usage and the end event are waited for once the finish reason is known, in milliseconds. */
const END_GRACE_MS = 1_500;

/** Turns the events of one answer, in one upstream's words, into completion events. Keeps the answer's state. */
export interface EventDecoder {
  /** True once the upstream's end event was seen. */
  readonly ended: boolean;
  /** True once the answer is known to be whole, though usage or the end event may follow. */
  readonly complete: boolean;
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
  response: Pick<UpstreamResponse, 'reads' | 'keep' | 'endWithin'>,
  decoder: EventDecoder,
): AsyncGenerator<CompletionEvent[], void, undefined> {
  const stream = new EventStream();
  let isEnding = false;
  for await (const bytes of response.reads()) {
    const { events, error } = decodeRead(stream.push(bytes), decoder);
    if (decoder.ended) response.keep();
    if (events.length > 0) yield events;
    if (error !== undefined) throw error;
    if (decoder.ended) return;
    // A server that says with each chunk that it is the last goes on; anything else does not hold the answer open.
    if (decoder.complete && (!isEnding || events.length > 0)) response.endWithin(END_GRACE_MS);
    isEnding = decoder.complete;
  }
  const { events, error } = decodeRead(stream.end(), decoder, true);
  if (events.length > 0) yield events;
  if (error !== undefined) throw error;
}

function decodeRead(
  data: string[],
  decoder: EventDecoder,
  isLast = false,
): { events: CompletionEvent[]; error?: unknown } {
  const events: CompletionEvent[] = [];
  try {
    for (const one of data) decoder.decode(one, events);
    if (decoder.ended || isLast) decoder.finish(events);
    return { events };
  } catch (error) {
    return { events, error };
  }
}
