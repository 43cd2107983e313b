/** One answer as its server sent it, for `npm run doctor -- --live`. */
import { EventStream } from './event-stream.js';
import { asObject, type JsonObject, parseJson } from './json.js';
import type { EventDecoder } from './read-events.js';
import type { UpstreamResponse } from './transport/connection.js';

/** What the gateway relies on, and whether it is true of the answer. */
export type Assumption = readonly [text: string, holds: boolean];

export interface RawAnswer {
  /** The data of each event. */
  readonly events: readonly string[];
  /** Fresh: the caller decodes `events` with it. */
  readonly decoder: EventDecoder;
  readonly assumptions: readonly Assumption[];
  /** What else an operator may want to know, one line each. */
  readonly notes: readonly string[];
}

/** Reads the whole response. Rejects with an ApiError when its body breaks. */
export async function readRawEvents(response: UpstreamResponse): Promise<string[]> {
  const events: string[] = [];
  const stream = new EventStream();
  for await (const bytes of response.body) events.push(...stream.push(bytes));
  events.push(...stream.end());
  return events;
}

/** The events as JSON objects; `undefined` stands for one that is none. */
export function parseEvents(events: readonly string[]): (JsonObject | undefined)[] {
  return events.map((event) => asObject(parseJson(event)));
}
