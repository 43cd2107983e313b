/** What an answer amounts to: its size against a limit, and its usage, estimated when the upstream reports none. */
import { UpstreamError } from '../vocabulary/errors.js';
import type { CompletionEvent, Usage } from './event.js';
import type { EventTransform } from './event-transform.js';
import { type CompletionRequest, getText, type Message } from './request.js';

/** An estimate, used only when the upstream reported nothing: English and Chinese both come to about 4 bytes a token. */
const BYTES_PER_TOKEN = 4;

type Prompt = Pick<CompletionRequest, 'messages' | 'tools'>;

/** Changes nothing. It counts thinking as well, whether it is shown or not. */
export class UsageCount implements EventTransform {
  /** The last that was reported; `undefined` when there was none. */
  usage: Usage | undefined;
  /** UTF-8 bytes of text, reasoning and arguments. */
  bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Output tokens so far, estimated. */
  get tokens(): number {
    return Math.ceil(this.bytes / BYTES_PER_TOKEN);
  }

  /** Throws an UpstreamError when the answer exceeds `maxBytes`. */
  apply(events: CompletionEvent[]): CompletionEvent[] {
    for (const event of events) {
      if (event.type === 'usage') this.usage = event.usage;
      else if ('text' in event) this.bytes += Buffer.byteLength(event.text);
    }
    if (this.bytes > this.maxBytes) throw tooLarge(this.maxBytes);
    return events;
  }
}

/** Puts an estimate right before a `finish` without reported usage. */
export class UsageEstimate implements EventTransform {
  constructor(
    private readonly prompt: Prompt,
    private readonly count: UsageCount,
  ) {}

  apply(events: CompletionEvent[]): CompletionEvent[] {
    const last = events.at(-1);
    if (last?.type !== 'finish' || this.count.usage !== undefined) return events;
    this.count.usage = this.estimate();
    return [...events.slice(0, -1), { type: 'usage', usage: this.count.usage }, last];
  }

  /** Of what has come so far. */
  estimate(): Usage {
    const promptTokens = estimatePromptTokens(this.prompt);
    const completionTokens = this.count.tokens;
    return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
  }
}

function tooLarge(bytes: number): UpstreamError {
  return new UpstreamError(
    `The answer is larger than ${bytes / 1024 ** 2} MiB, the most that is answered as a whole; ask for a stream.`,
    { code: 'upstream_answer_too_large', shouldRetry: false },
  );
}

/** Estimates how many tokens a prompt has. */
export function estimatePromptTokens({ messages, tools }: Prompt): number {
  const promptBytes = messages.reduce((sum, message) => sum + bytesOf(message), 0);
  const toolBytes = tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools));
  return Math.ceil((promptBytes + toolBytes) / BYTES_PER_TOKEN);
}

function bytesOf(message: Message): number {
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
  const written = calls.map((call) => call.name + call.arguments);
  return Buffer.byteLength([getText(message), ...written].join(''));
}
