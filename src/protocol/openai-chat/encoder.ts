/** Completion events → OpenAI's chat.completion chunks and whole answers. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { CompletionEvent, Usage } from '../../completion/event.js';
import type { ApiError } from '../../errors.js';

export interface AnswerHead {
  /** `chatcmpl-…`, the same in every chunk. */
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
}

const DONE = 'data: [DONE]\n\n';

/** Turns the events of one network read into one text. Everything that is the same in all chunks is written once. */
export class ChunkEncoder {
  readonly #before: string;
  readonly #after: string;
  readonly #head: AnswerHead;
  #begun = false;
  #usage: Usage | undefined;

  constructor(
    head: AnswerHead,
    private readonly includeUsage: boolean,
  ) {
    const { id, created, model } = head;
    const open = JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1);
    this.#head = head;
    this.#before = `data: ${open},"choices":[{"index":0,"delta":`;
    this.#after = `}]${includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  /** The first call gives the role chunk, even for no events; `finish` gives all that closes the answer. */
  encode(events: readonly CompletionEvent[]): string {
    let text = this.#begun ? '' : this.#chunk('{"role":"assistant","content":""}', 'null');
    this.#begun = true;
    for (const event of events) text += this.#encodeEvent(event);
    return text;
  }

  /** An error after the answer has begun: OpenAI's clients throw on it; no finish reason, since nothing finished. */
  fail(error: ApiError): string {
    return `data: ${JSON.stringify(error.toBody())}\n\n${DONE}`;
  }

  #encodeEvent(event: CompletionEvent): string {
    switch (event.type) {
      case 'text-delta':
        return this.#chunk(`{"content":${JSON.stringify(event.text)}}`, 'null');
      case 'reasoning-delta':
        return this.#chunk(`{"reasoning_content":${JSON.stringify(event.text)}}`, 'null');
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        return this.#chunk('{}', `"${event.reason}"`) + this.#usageChunk() + DONE;
    }
  }

  #chunk(delta: string, finishReason: string): string {
    return `${this.#before}${delta},"finish_reason":${finishReason}${this.#after}`;
  }

  #usageChunk(): string {
    if (!this.includeUsage) return '';
    const { id, created, model } = this.#head;
    const usage = usageBody(this.#usage);
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices: [], usage })}\n\n`;
  }
}

/** The body of a whole answer. */
export function completionBody(head: AnswerHead, answer: CollectedAnswer): object {
  const { id, created, model } = head;
  const message = {
    role: 'assistant',
    content: answer.text,
    refusal: null,
    ...(answer.reasoning === '' ? {} : { reasoning_content: answer.reasoning }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.reason }],
    usage: usageBody(answer.usage),
  };
}

function usageBody(usage: Usage | undefined): object | undefined {
  if (usage === undefined) return undefined;
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  };
}
