/** Completion events → the event stream of Anthropic's Messages, and whole messages. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { CompletionEvent, Usage } from '../../completion/event.js';
import type { ApiError } from '../../vocabulary/errors.js';
import type { AnswerEncoder, AnswerHead } from '../protocol.js';
import { anthropicErrors } from './error-body.js';
import {
  buildEnd,
  buildMessage,
  buildTextBlock,
  buildToolUseBlock,
  buildUsage,
  buildWholeMessage,
  NO_USAGE,
  signBlock,
} from './message-body.js';

const PING = event('ping', { type: 'ping' });

type Block = 'text' | 'thinking' | 'tool_use';

/** Encodes one answer. Opens a block when the kind of event changes, after closing the one before. */
export class MessageEncoder implements AnswerEncoder {
  #begun = false;
  #open: Block | undefined;
  /** Of the open block, or of the next one if none is open. */
  #index = 0;
  #usage: Usage | undefined;
  #emptyInput = true;

  /** `promptTokens` estimates the count for the stream's first event; the last event has the upstream's count. */
  constructor(
    private readonly head: AnswerHead,
    private readonly promptTokens: () => number,
  ) {}

  encode(events: readonly CompletionEvent[]): string {
    let text = this.#begun ? '' : this.#opening();
    this.#begun = true;
    for (const one of events) text += this.#encodeEvent(one);
    return text;
  }

  /** SDKs throw on the `error` event. `message_stop` is not sent, since the message is not complete. */
  fail(error: ApiError): string {
    return event('error', anthropicErrors.body(error, this.head.requestId));
  }

  keepAlive(): string {
    return PING;
  }

  whole(answer: CollectedAnswer): object {
    return buildWholeMessage(this.head, answer);
  }

  #opening(): string {
    const usage = { ...NO_USAGE, promptTokens: this.promptTokens() };
    return (
      event('message_start', { type: 'message_start', message: buildMessage(this.head, [], usage) }) + PING
    );
  }

  #encodeEvent(one: CompletionEvent): string {
    switch (one.type) {
      case 'text-delta':
        return this.#within('text', buildTextBlock('')) + this.#delta({ type: 'text_delta', text: one.text });
      case 'reasoning-delta':
        return (
          this.#within('thinking', { type: 'thinking', thinking: '', signature: '' }) +
          this.#delta({ type: 'thinking_delta', thinking: one.text })
        );
      case 'tool-call-start':
        this.#emptyInput = true;
        return this.#close() + this.#begin('tool_use', buildToolUseBlock(one, {}));
      case 'tool-call-delta':
        if (one.text.trim() !== '') this.#emptyInput = false;
        return this.#delta({ type: 'input_json_delta', partial_json: one.text });
      case 'tool-call-end':
        return this.#close();
      // Only chat completions can request a web search.
      case 'sources':
        return '';
      case 'usage':
        this.#usage = one.usage;
        return '';
      case 'finish':
        return this.#close() + this.#ending(one);
    }
  }

  /** Opens a block of this kind unless one is open. */
  #within(kind: Block, block: object): string {
    return this.#open === kind ? '' : this.#close() + this.#begin(kind, block);
  }

  #begin(kind: Block, block: object): string {
    this.#open = kind;
    return event('content_block_start', {
      type: 'content_block_start',
      index: this.#index,
      content_block: block,
    });
  }

  #close(): string {
    if (this.#open === undefined) return '';
    const last = this.#lastDelta(this.#open);
    this.#open = undefined;
    const stop = event('content_block_stop', { type: 'content_block_stop', index: this.#index });
    this.#index += 1;
    return last + stop;
  }

  #lastDelta(kind: Block): string {
    if (kind === 'thinking') {
      return this.#delta({ type: 'signature_delta', signature: signBlock(this.head, this.#index) });
    }
    // Some clients fail if an empty input has no delta.
    const empty = kind === 'tool_use' && this.#emptyInput;
    return empty ? this.#delta({ type: 'input_json_delta', partial_json: '{}' }) : '';
  }

  #delta(delta: object): string {
    return event('content_block_delta', { type: 'content_block_delta', index: this.#index, delta });
  }

  #ending({ reason, stopSequence }: CompletionEvent & { type: 'finish' }): string {
    return (
      event('message_delta', {
        type: 'message_delta',
        delta: buildEnd(reason, stopSequence),
        usage: buildUsage(this.#usage ?? NO_USAGE),
      }) + event('message_stop', { type: 'message_stop' })
    );
  }
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
