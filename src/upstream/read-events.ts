/** The reading loop that both upstreams share: network reads in, arrays of completion events out. */
import type { CompletionEvent } from '../completion/event.js';
import type { EventSink } from '../completion/event-sink.js';
import { EventStream } from './event-stream.js';
import type { ResponseBody } from './transport/response-body.js';

/** How long usage and the end event are waited for once the finish reason is known, in milliseconds. */
const END_GRACE_MS = 1_500;

/** Turns the events of one answer, in one upstream's format, into completion events. Keeps the answer's state. */
export interface EventDecoder {
  /** True once the upstream's end event was seen. */
  readonly ended: boolean;
  /** True once the answer is known to be whole, though usage or the end event may follow. */
  readonly complete: boolean;
  /** Adds what one event means. Throws an ApiError when the event is an error. */
  decode(data: string, events: CompletionEvent[]): void;
  /** Adds the closing events; `finish` is the last. Throws an ApiError when the answer is not whole. */
  finish(events: CompletionEvent[]): void;
}

export type EventBody = Pick<
  ResponseBody,
  'read' | 'isOver' | 'arrival' | 'pause' | 'keep' | 'endWithin' | 'close'
>;

/**
 * Pushes one array for each read that brought something to show; the last one ends with `finish`. Resolves when the answer
 * is over, or when the sink is satisfied. An error in the middle of a read is thrown after the events before it. Costs one
 * promise for each read.
 */
export async function readEvents(body: EventBody, decoder: EventDecoder, sink: EventSink): Promise<void> {
  const stream = new EventStream();
  let isEnding = false;
  try {
    for (;;) {
      const bytes = body.read();
      if (bytes === undefined) {
        if (body.isOver) break;
        await body.arrival();
        continue;
      }
      const { events, error } = decodeRead(stream.push(bytes), decoder);
      if (decoder.ended) body.keep();
      const busy = events.length > 0 ? sink.push(events) : undefined;
      if (busy !== undefined) {
        body.pause();
        await busy;
      }
      if (error !== undefined) throw error;
      if (decoder.ended || sink.isSatisfied) return;
      // A server that marks every chunk as the last goes on; nothing else keeps the answer open.
      if (decoder.complete && (!isEnding || events.length > 0)) body.endWithin(END_GRACE_MS);
      isEnding = decoder.complete;
    }
    const { events, error } = decodeRead(stream.end(), decoder, true);
    if (events.length > 0) await sink.push(events);
    if (error !== undefined) throw error;
  } finally {
    body.close();
  }
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
