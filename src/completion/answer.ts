/** One answer on its way to the client: stop texts, calls, the form of the thinking, and usage where none was reported. */
import { UpstreamError } from '../vocabulary/errors.js';
import type { CompletionEvent, Usage } from './event.js';
import { type CompletionRequest, type Message, textOf } from './request.js';
import { StopSequences } from './stop-sequences.js';
import { type ThinkingMode, ThinkingOutput } from './thinking-output.js';
import { ToolCalls } from './tool-calls.js';

/** Rough, and only used where the upstream reported nothing: English and Chinese both come to about 4 bytes a token. */
const BYTES_PER_TOKEN = 4;
/** Largest answer that is held in memory until its end: a whole one, or one in JSON. A stream in text has no limit. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;

export type AnswerWishes = Pick<CompletionRequest, 'messages' | 'stop' | 'tools' | 'parallelToolCalls'>;

export class Answer {
  usage: Usage | undefined;
  #bytes = 0;
  readonly #stops: StopSequences;
  readonly #calls: ToolCalls;
  readonly #thinking: ThinkingOutput;

  constructor(
    private readonly request: AnswerWishes,
    mode: ThinkingMode,
    private readonly maxBytes = Number.POSITIVE_INFINITY,
  ) {
    this.#stops = new StopSequences(request.stop);
    this.#calls = new ToolCalls(request.parallelToolCalls);
    this.#thinking = new ThinkingOutput(mode);
  }

  /** True once the client has all it will get, though the upstream may go on. */
  get stopped(): boolean {
    return this.#stops.stopped;
  }

  /**
   * Takes what the upstream yielded; returns what the client is to see. `finish` always has a `usage` before it. Throws an
   * UpstreamError where the answer exceeds `maxBytes`.
   */
  apply(events: CompletionEvent[]): CompletionEvent[] {
    const kept = this.#calls.apply(this.#stops.apply(events));
    for (const event of kept) {
      if (event.type === 'usage') this.usage = event.usage;
      else if ('text' in event) this.#bytes += Buffer.byteLength(event.text);
    }
    if (this.#bytes > this.maxBytes) throw tooLarge(this.maxBytes);
    const shown = this.#thinking.apply(kept);
    const last = shown.at(-1);
    if (last?.type !== 'finish' || this.usage !== undefined) return shown;
    this.usage = this.#estimate();
    return [...shown.slice(0, -1), { type: 'usage', usage: this.usage }, last];
  }

  #estimate(): Usage {
    const promptTokens = promptTokensOf(this.request);
    const completionTokens = Math.ceil(this.#bytes / BYTES_PER_TOKEN);
    return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
  }
}

function tooLarge(bytes: number): UpstreamError {
  return new UpstreamError(
    `The answer is larger than ${bytes / 1024 ** 2} MiB, the most that is answered as a whole; ask for a stream.`,
    { code: 'upstream_answer_too_large', shouldRetry: false },
  );
}

/** Roughly how many tokens a prompt has. */
export function promptTokensOf({ messages, tools }: Pick<CompletionRequest, 'messages' | 'tools'>): number {
  const promptBytes = messages.reduce((sum, message) => sum + bytesOf(message), 0);
  const toolBytes = tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools));
  return Math.ceil((promptBytes + toolBytes) / BYTES_PER_TOKEN);
}

function bytesOf(message: Message): number {
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
  const written = calls.map((call) => call.name + call.arguments);
  return Buffer.byteLength([textOf(message), ...written].join(''));
}
