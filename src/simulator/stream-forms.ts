/** Odd forms of an OpenAI-like stream, each seen at some server: tables of transformations of the usual events. */
import type { AnyBody } from './conversation.js';
import { CUT, type Step } from './reply.js';
import type { Scenario } from './scenarios.js';

const DONE = 'data: [DONE]\n\n';

type FrameForm = (frame: string, nth: number) => string;
/** A chunk is changed or joined by others. */
type ChunkForm = (chunk: AnyBody, nth: number) => AnyBody[];
type EndForm = () => Iterable<Step>;

/** `sim:frames=`: the form of each frame on the wire. */
export const FRAME_FORMS: Readonly<Record<string, FrameForm>> = {
  empty: (frame) => `${frame}data:\n\n`,
  comments: (frame) => `: PROCESSING\n\n${frame}`,
  spaces: (frame) => `data:   ${payloadOf(frame)}  \n\n`,
  tight: (frame) => `data:${payloadOf(frame)}\n\n`,
  crlf: (frame) => frame.replaceAll('\n', '\r\n'),
  fields: (frame, nth) => `event: message\nid: ${nth}\nretry: 3000\n${frame}`,
};

/** `sim:chunk-as=`: the content of each chunk. */
export const CHUNK_FORMS: Readonly<Record<string, ChunkForm>> = {
  /** Mistral: lists of parts. */
  parts: (chunk) => [withDelta(chunk, inParts)],
  /** All members, unused ones as null. */
  nulls: (chunk) => [withDelta(chunk, (delta) => ({ ...NOTHING, ...delta }))],
  /** A `message` in place of the `delta`. */
  message: (chunk) => [withChoice(chunk, ({ delta, ...choice }) => ({ ...choice, message: delta }))],
  /** Running usage beside each piece, as vLLM's `continuous_usage_stats`. */
  usage: (chunk, nth) => [{ ...chunk, usage: chunk.usage ?? runningUsage(nth) }],
  /** Azure and routers: a chunk without choices comes first. */
  choiceless: (chunk, nth) => (nth === 0 ? [{ ...chunk, choices: [] }, chunk] : [chunk]),
};

/** `sim:end=`: what comes after the finish reason and usage, in place of `[DONE]`. */
export const END_FORMS: Readonly<Record<string, EndForm>> = {
  silence: () => [{ pauseMs: Number.POSITIVE_INFINITY }],
  reset: () => [CUT],
  comments: () => forever(': keep-alive\n\n'),
  chunks: () => forever('data: {"choices":[]}\n\n'),
  error: () => ['data: {"error":{"code":"1234","message":"Network error"}}\n\n'],
  garbage: () => ['data: {"choices":[{"del\n\n'],
};

/** Applies the odd forms that the scenario asks for. */
export function applyOddForm(events: Iterable<string>, scenario: Scenario): Iterable<Step> {
  const frame = FRAME_FORMS[scenario.text('frames') ?? ''];
  const chunk = CHUNK_FORMS[scenario.text('chunk-as') ?? ''];
  const end = END_FORMS[scenario.text('end') ?? ''];
  return frame || chunk || end ? reformed(events, { frame, chunk, end }) : events;
}

interface Forms {
  frame: FrameForm | undefined;
  chunk: ChunkForm | undefined;
  end: EndForm | undefined;
}

function* reformed(events: Iterable<string>, { frame, chunk, end }: Forms): Generator<Step> {
  let nth = 0;
  for (const usual of framesOf(events)) {
    if (usual === DONE && end) break;
    const frames = chunk && usual !== DONE ? chunk(JSON.parse(payloadOf(usual)), nth).map(frameOf) : [usual];
    for (const text of frames) yield frame?.(text, nth) ?? text;
    nth += 1;
  }
  if (end) yield* end();
}

/** The answer's end is one event of several frames. */
function* framesOf(events: Iterable<string>): Generator<string> {
  for (const event of events) yield* event.split(/(?<=\n\n)/);
}

function payloadOf(frame: string): string {
  return frame.slice('data: '.length).trimEnd();
}

function frameOf(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function withChoice(chunk: AnyBody, change: (choice: AnyBody) => AnyBody): AnyBody {
  return { ...chunk, choices: chunk.choices.map(change) };
}

function withDelta(chunk: AnyBody, change: (delta: AnyBody) => AnyBody): AnyBody {
  return withChoice(chunk, (choice) => ({ ...choice, delta: change(choice.delta) }));
}

const NOTHING = { role: null, content: null, reasoning_content: null, tool_calls: null, refusal: null };

function inParts({ content, reasoning_content: reasoning, ...rest }: AnyBody): AnyBody {
  if (reasoning) return { ...rest, content: [{ type: 'thinking', thinking: [textPart(reasoning)] }] };
  return content ? { ...rest, content: [textPart(content)] } : { ...rest, content };
}

function textPart(text: string): object {
  return { type: 'text', text };
}

function runningUsage(tokens: number): object {
  return { prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 };
}

function* forever(frame: string): Generator<Step> {
  for (;;) {
    yield frame;
    yield { pauseMs: 100 };
  }
}
