/** Decodes chat.completion chunks as Z.ai, BigModel, vLLM and SGLang send them. */
import type { CompletionEvent, FinishReason, Usage } from '../../completion/event.js';
import { UpstreamError } from '../../errors.js';
import { asError, asObject, asText, type JsonObject, parseJson } from '../json.js';
import type { EventDecoder } from '../read-events.js';
import { parseUsage } from '../usage.js';
import { inStreamError } from './error-codes.js';
import { ToolCallDecoder } from './tool-call-decoder.js';

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  model_context_window_exceeded: 'length',
  sensitive: 'content_filter',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
};

export class ChunkDecoder implements EventDecoder {
  ended = false;
  #usage: Usage | undefined;
  #reason: FinishReason | undefined;
  #chunks = 0;
  #unreadable = 0;
  readonly #calls: ToolCallDecoder;

  /**
   * `newId` names calls to which the upstream gave no id, or one twice. `onModel` is called once, with the first model that a
   * chunk names.
   */
  constructor(
    newId: () => string,
    private onModel?: (model: string) => void,
  ) {
    this.#calls = new ToolCallDecoder(newId);
  }

  decode(data: string, events: CompletionEvent[]): void {
    if (this.ended) return;
    if (data === '[DONE]') {
      this.ended = true;
      return;
    }
    const chunk = asObject(parseJson(data));
    if (chunk === undefined) {
      this.#unreadable += 1;
      return;
    }
    this.#chunks += 1;
    // OpenAI's form, a bare text, or older vLLM with the members on the top level.
    const error = asError(chunk.error) ?? (chunk.object === 'error' ? chunk : undefined);
    if (error) throw inStreamError(error);
    if (this.onModel) this.#tellModel(chunk);
    const choice = Array.isArray(chunk.choices) ? asObject(chunk.choices[0]) : undefined;
    if (choice) this.#decodeChoice(choice, events);
    this.#usage = parseUsage(chunk.usage) ?? this.#usage;
  }

  finish(events: CompletionEvent[]): void {
    if (this.#chunks + this.#unreadable === 0) {
      throw new UpstreamError('The upstream answered 200 without a single event.', {
        code: 'upstream_empty',
      });
    }
    // The finish reason is the end as well: some servers close the body after it without `[DONE]`.
    if (this.#unreadable > 0 || (!this.ended && this.#reason === undefined)) {
      throw new UpstreamError('The upstream’s answer ended before its end; a part is missing.', {
        outcome: 'upstream_truncated',
      });
    }
    // Cut by the token limit, arguments are incomplete, which the finish reason tells.
    this.#calls.end(events);
    if (this.#usage) events.push({ type: 'usage', usage: this.#usage });
    events.push({ type: 'finish', reason: this.#reason ?? 'stop' });
  }

  #tellModel({ model }: JsonObject): void {
    if (typeof model !== 'string' || model === '') return;
    this.onModel?.(model);
    this.onModel = undefined;
  }

  #decodeChoice(choice: JsonObject, events: CompletionEvent[]): void {
    const delta = asObject(choice.delta);
    const reasoning = asText(delta?.reasoning_content) || asText(delta?.reasoning);
    if (reasoning) this.#calls.between({ type: 'reasoning-delta', text: reasoning }, events);
    const text = asText(delta?.content);
    if (text) this.#calls.between({ type: 'text-delta', text }, events);
    if (Array.isArray(delta?.tool_calls)) this.#calls.decode(delta.tool_calls, events);
    const reason = asText(choice.finish_reason);
    if (reason === 'network_error') {
      throw new UpstreamError(
        'The upstream lost its own connection to the model in the middle of the answer.',
        {
          outcome: 'upstream_truncated',
        },
      );
    }
    if (reason) this.#reason = FINISH_REASONS[reason] ?? 'stop';
  }
}
