/**
 * Answers in the requested JSON format. A whole answer is repaired, or requested once more, before the client sees it; a
 * streamed one is passed on as it comes and checked at its end. An answer that does not fit is an error.
 */
import { UpstreamError } from '../vocabulary/errors.js';
import { addUsage, type CompletionEvent, type Usage } from './event.js';
import type { EventSink } from './event-sink.js';
import type { CheckThreads } from './json-checks/check-threads.js';
import { withCorrection } from './json-format.js';
import { JsonReader } from './json-reader.js';
import type { Mismatch } from './json-schema.js';
import { isFinished, JsonStream } from './json-stream.js';
import type { CompletionRequest } from './request.js';

/** One call of the upstream, which pushes its answer to the sink. */
type Ask = (request: CompletionRequest, sink: EventSink) => Promise<void>;

/** Pushes the upstream's answer in the format that `request.responseFormat` asks for. Rejects with an ApiError if it cannot. */
export async function answerInFormat(
  request: CompletionRequest,
  isStreamed: boolean,
  threads: CheckThreads,
  ask: Ask,
  sink: EventSink,
): Promise<void> {
  if (request.responseFormat.type === 'text') return ask(request, sink);
  const reader = await JsonReader.open(request.responseFormat, threads);
  if (isStreamed) return ask(request, new JsonSink(new JsonStream(reader), sink));
  await sink.push(await wholeJson(request, reader, ask));
}

/** Passes a streamed answer on as it comes. Its end waits until the JSON was checked. */
class JsonSink implements EventSink {
  constructor(
    private readonly stream: JsonStream,
    private readonly sink: EventSink,
  ) {}

  push(read: CompletionEvent[]): Promise<void> | undefined {
    const events = this.stream.apply(read);
    if (this.stream.ended) return this.#close(events);
    return events.length > 0 ? this.sink.push(events) : undefined;
  }

  async #close(events: CompletionEvent[]): Promise<void> {
    const { events: closing, mismatch } = await this.stream.close();
    if (events.length + closing.length > 0) await this.sink.push([...events, ...closing]);
    if (mismatch) throw notInFormat(mismatch);
  }
}

async function wholeJson(
  request: CompletionRequest,
  reader: JsonReader,
  ask: Ask,
): Promise<CompletionEvent[]> {
  const given = await gather(request, ask);
  const first = await asJson(given, reader);
  if (first.mismatch === undefined) return first.events;
  const correction = withCorrection(request, textOf(given), first.mismatch.inAnswer);
  const second = await asJson(await gather(correction, ask), reader);
  if (second.mismatch !== undefined) throw notInFormat(second.mismatch);
  return withUsageOf(given, second.events);
}

async function gather(request: CompletionRequest, ask: Ask): Promise<CompletionEvent[]> {
  const events: CompletionEvent[] = [];
  const push = (read: CompletionEvent[]) => {
    for (const event of read) events.push(event);
    return undefined;
  };
  await ask(request, { push });
  return events;
}

/** Reduces the text of a whole answer to its JSON. */
async function asJson(
  events: CompletionEvent[],
  reader: JsonReader,
): Promise<{ events: CompletionEvent[]; mismatch?: Mismatch }> {
  if (!isFinished(events.at(-1))) return { events };
  const { text, mismatch } = await reader.read(textOf(events));
  if (mismatch !== undefined) return { events, mismatch };
  const rest = events.filter(({ type }) => type !== 'text-delta');
  const end = rest.findIndex(({ type }) => type === 'usage' || type === 'finish');
  return { events: rest.toSpliced(end, 0, { type: 'text-delta', text }) };
}

function textOf(events: CompletionEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

function usageOf(events: CompletionEvent[]): Usage | undefined {
  return events.findLast((event) => event.type === 'usage')?.usage;
}

/** The client made one request, so its usage is the sum of both calls. */
function withUsageOf(first: CompletionEvent[], events: CompletionEvent[]): CompletionEvent[] {
  const before = usageOf(first);
  return events.map((event) =>
    event.type === 'usage' ? { type: 'usage', usage: addUsage(before, event.usage) } : event,
  );
}

/** The gateway has already asked twice, so SDKs should not retry. */
function notInFormat({ inSchema }: Mismatch): UpstreamError {
  return new UpstreamError(
    `The model’s answer does not fit the JSON format that was asked for: ${inSchema}. A simpler schema or another model may help.`,
    { code: 'invalid_json_answer', shouldRetry: false },
  );
}
