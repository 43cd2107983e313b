/** Completion events → OpenAI's chat.completion chunks and whole answers. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { CompletionEvent, Source, Usage } from '../../completion/event.js';
import type { ToolCall } from '../../completion/request.js';
import type { ApiError } from '../../vocabulary/errors.js';
import type { AnswerEncoder, AnswerHead } from '../protocol.js';
import { FreeformReader, unwrapInput } from '../tools/freeform.js';
import { type ToolForm, ToolNames } from '../tools/tool-names.js';

const DONE = 'data: [DONE]\n\n';

/** Encodes one answer. JSON that is the same in all chunks is built once, in the constructor. */
export class ChunkEncoder implements AnswerEncoder {
  readonly #before: string;
  readonly #after: string;
  readonly #head: Head;
  readonly #requestId: string;
  #begun = false;
  #usage: Usage | undefined;
  /** Reader of the current call, if it is one of a freeform tool. */
  #freeform: FreeformReader | undefined;
  #isFlat = false;

  constructor(
    head: AnswerHead,
    private readonly includeUsage: boolean,
    private readonly toolNames: ToolNames = new ToolNames([]),
  ) {
    const { created, model } = head;
    const id = `chatcmpl-${head.uuid}`;
    const open = JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1);
    this.#head = { id, created, model };
    this.#requestId = head.requestId;
    this.#before = `data: ${open},"choices":[{"index":0,"delta":`;
    this.#after = `}]${includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  /** The first call writes the role chunk, even without events. */
  encode(events: readonly CompletionEvent[]): string {
    let text = this.#begun ? '' : this.#opening(events);
    this.#begun = true;
    for (const event of events) text += this.#encodeEvent(event);
    return text;
  }

  /** OpenAI's clients throw on the error. There is no finish reason, since the answer is not complete. */
  fail(error: ApiError): string {
    return `data: ${JSON.stringify(error.toBody(this.#requestId))}\n\n${DONE}`;
  }

  whole(answer: CollectedAnswer): object {
    return buildCompletion(this.#head, answer, this.toolNames);
  }

  #opening(events: readonly CompletionEvent[]): string {
    const content = events[0]?.type === 'tool-call-start' ? 'null' : '""';
    return this.#chunk(`{"role":"assistant","content":${content}}`, 'null');
  }

  #encodeEvent(event: CompletionEvent): string {
    switch (event.type) {
      case 'text-delta':
        return this.#chunk(`{"content":${JSON.stringify(event.text)}}`, 'null');
      case 'reasoning-delta':
        return this.#chunk(`{"reasoning_content":${JSON.stringify(event.text)}}`, 'null');
      case 'tool-call-start':
        this.#beginCall(this.toolNames.formOf(event.name));
        return this.#callChunk({
          index: event.index,
          ...buildToolCall({ ...event, arguments: '' }, this.toolNames),
        });
      case 'tool-call-delta':
        return this.#freeform
          ? this.#inputChunk(event.index, this.#freeform.add(event.text))
          : this.#callChunk({ index: event.index, function: { arguments: event.text } });
      case 'tool-call-end':
        return this.#inputChunk(event.index, this.#freeform?.end() ?? '');
      case 'sources':
        return this.#chunk(`{"annotations":${JSON.stringify(event.sources.map(buildAnnotation))}}`, 'null');
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        return this.#chunk('{}', `"${event.reason}"`) + this.#usageChunk() + DONE;
    }
  }

  #callChunk(call: object): string {
    return this.#chunk(`{"tool_calls":[${JSON.stringify(call)}]}`, 'null');
  }

  #beginCall({ type, isFlat = false }: ToolForm): void {
    this.#freeform = type === 'custom' ? new FreeformReader() : undefined;
    this.#isFlat = isFlat;
  }

  #inputChunk(index: number, input: string): string {
    if (input === '') return '';
    const twin = this.#isFlat ? { function: { arguments: input } } : {};
    return this.#callChunk({ index, custom: { input }, ...twin });
  }

  #chunk(delta: string, finishReason: string): string {
    return `${this.#before}${delta},"finish_reason":${finishReason}${this.#after}`;
  }

  #usageChunk(): string {
    if (!this.includeUsage) return '';
    const { id, created, model } = this.#head;
    const usage = buildUsage(this.#usage);
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices: [], usage })}\n\n`;
  }
}

interface Head {
  /** `chatcmpl-…`, the same in every chunk. */
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/** The body of a whole answer. */
function buildCompletion(
  { id, created, model }: Head,
  answer: CollectedAnswer,
  toolNames: ToolNames,
): object {
  const { text, reasoning, toolCalls, sources } = answer;
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0
      ? {}
      : { tool_calls: toolCalls.map((call) => buildToolCall(call, toolNames)) }),
    ...(sources === undefined ? {} : { annotations: sources.map(buildAnnotation) }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.reason }],
    usage: buildUsage(answer.usage),
  };
}

/** Z.ai does not say which words a page supports, so the citation covers an empty range. */
function buildAnnotation({ url, title }: Source): object {
  return { type: 'url_citation', url_citation: { start_index: 0, end_index: 0, url, title } };
}

/** A call in the form in which its tool was declared. */
function buildToolCall({ id, name: offered, arguments: written }: ToolCall, toolNames: ToolNames): object {
  const { type, name, isFlat } = toolNames.formOf(offered);
  if (type !== 'custom') return { id, type: 'function', function: { name, arguments: written } };
  const input = unwrapInput(written);
  return {
    id,
    type,
    custom: { name, input },
    ...(isFlat ? { function: { name, arguments: input } } : {}),
  };
}

/** Usage in chat completions and in legacy completions. */
export function buildUsage(usage: Usage | undefined): object | undefined {
  if (usage === undefined) return undefined;
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  };
}
