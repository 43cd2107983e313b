/**
 * Answers in the JSON that was asked for. A whole answer is mended, or asked for once more, before the client sees it;
 * a streamed one passes as it comes and is checked at its end. What does not fit is an error, never a success.
 */
import { UpstreamError } from '../vocabulary/errors.js';
import { addUsage, type CompletionEvent, type Usage } from './event.js';
import type { CheckThreads } from './json-checks/check-threads.js';
import { type JsonFormat, withCorrection } from './json-format.js';
import { JsonReader } from './json-reader.js';
import type { Mismatch } from './json-schema.js';
import { isFinished, JsonStream } from './json-stream.js';
import type { CompletionRequest } from './request.js';

type Reads = AsyncIterable<CompletionEvent[]>;
/** One call of the upstream. */
type Ask = (request: CompletionRequest) => Reads;

/** The upstream's answer in the form that `request.responseFormat` says. Throws an ApiError where it has another. */
export function inResponseFormat(
  request: CompletionRequest,
  streamed: boolean,
  threads: CheckThreads,
  ask: Ask,
): Reads {
  const { responseFormat } = request;
  return responseFormat.type === 'text'
    ? ask(request)
    : inJson(request, responseFormat, streamed, threads, ask);
}

async function* inJson(
  request: CompletionRequest,
  responseFormat: JsonFormat,
  streamed: boolean,
  threads: CheckThreads,
  ask: Ask,
): AsyncGenerator<CompletionEvent[]> {
  const reader = await JsonReader.open(responseFormat, threads);
  yield* streamed ? streamedJson(ask(request), reader) : wholeJson(request, reader, ask);
}

async function* streamedJson(reads: Reads, reader: JsonReader): AsyncGenerator<CompletionEvent[]> {
  const stream = new JsonStream(reader);
  for await (const read of reads) {
    const events = stream.apply(read);
    const { events: closing = [], mismatch } = stream.ended ? await stream.close() : {};
    if (events.length + closing.length > 0) yield [...events, ...closing];
    if (mismatch) throw notInFormat(mismatch);
  }
}

async function* wholeJson(
  request: CompletionRequest,
  reader: JsonReader,
  ask: Ask,
): AsyncGenerator<CompletionEvent[]> {
  const given = await gathered(ask(request));
  const first = await asJson(given, reader);
  if (first.mismatch === undefined) return yield first.events;
  const correction = withCorrection(request, textOf(given), first.mismatch.inAnswer);
  const second = await asJson(await gathered(ask(correction)), reader);
  if (second.mismatch !== undefined) throw notInFormat(second.mismatch);
  yield withUsageOf(given, second.events);
}

async function gathered(reads: Reads): Promise<CompletionEvent[]> {
  const events: CompletionEvent[] = [];
  for await (const read of reads) for (const event of read) events.push(event);
  return events;
}

/** A whole answer with only the JSON left of its text. */
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

/** The client asked once; what both calls took is what its answer took. */
function withUsageOf(first: CompletionEvent[], events: CompletionEvent[]): CompletionEvent[] {
  const before = usageOf(first);
  return events.map((event) =>
    event.type === 'usage' ? { type: 'usage', usage: addUsage(before, event.usage) } : event,
  );
}

/** The gateway has asked for it in words, and again; SDKs need not do so too. */
function notInFormat({ inSchema }: Mismatch): UpstreamError {
  return new UpstreamError(
    `The model’s answer does not fit the JSON format that was asked for: ${inSchema}. A simpler schema or another model may help.`,
    { code: 'invalid_json_answer', shouldRetry: false },
  );
}
