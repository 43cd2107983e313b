/** Completion events → OpenAI's legacy text completions, streamed and whole. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { CompletionEvent, FinishReason, Usage } from '../../completion/event.js';
import type { ApiError } from '../../vocabulary/errors.js';
import { buildUsage } from '../openai-chat/encoder.js';
import type { AnswerEncoder, AnswerHead } from '../protocol.js';
import type { TextRequest } from './parse-request.js';

const DONE = 'data: [DONE]\n\n';

/** Encodes one answer. */
export class CompletionEncoder implements AnswerEncoder {
  readonly #head: object;
  readonly #before: string;
  #begun = false;
  #usage: Usage | undefined;

  constructor(
    private readonly head: AnswerHead,
    private readonly asked: Pick<TextRequest, 'echoed' | 'includeUsage'>,
  ) {
    const { uuid, created, model } = head;
    this.#head = { id: `cmpl-${uuid}`, object: 'text_completion', created, model };
    this.#before = `data: ${JSON.stringify(this.#head).slice(0, -1)},"choices":[{"index":0,"text":`;
  }

  encode(events: readonly CompletionEvent[]): string {
    let text = this.#begun || this.asked.echoed === '' ? '' : this.#chunk(this.asked.echoed, 'null');
    this.#begun = true;
    for (const event of events) text += this.#encodeEvent(event);
    return text;
  }

  /** As in chat completions: SDKs throw on the error, and there is no finish reason. */
  fail(error: ApiError): string {
    return `data: ${JSON.stringify(error.toBody(this.head.requestId))}\n\n${DONE}`;
  }

  whole({ text, reason, usage }: CollectedAnswer): object {
    const choice = {
      index: 0,
      text: this.asked.echoed + text,
      logprobs: null,
      finish_reason: toTextReason(reason),
    };
    return { ...this.#head, choices: [choice], usage: buildUsage(usage) };
  }

  /** Thinking is never part of the text. */
  #encodeEvent(event: CompletionEvent): string {
    if (event.type === 'text-delta') return this.#chunk(event.text, 'null');
    if (event.type === 'usage') this.#usage = event.usage;
    return event.type === 'finish' ? this.#ending(event.reason) : '';
  }

  #ending(reason: FinishReason): string {
    return this.#chunk('', `"${toTextReason(reason)}"`) + this.#usageChunk() + DONE;
  }

  #chunk(text: string, reason: string): string {
    const usage = this.asked.includeUsage ? ',"usage":null' : '';
    return `${this.#before}${JSON.stringify(text)},"logprobs":null,"finish_reason":${reason}}]${usage}}\n\n`;
  }

  #usageChunk(): string {
    if (!this.asked.includeUsage) return '';
    return `data: ${JSON.stringify({ ...this.#head, choices: [], usage: buildUsage(this.#usage) })}\n\n`;
  }
}

/** Text completions have no tools. */
function toTextReason(reason: FinishReason): FinishReason {
  return reason === 'tool_calls' ? 'stop' : reason;
}
