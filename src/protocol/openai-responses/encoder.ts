/** Completion events → the events of a streamed response, or the whole response. */
import type { CollectedAnswer } from '../../completion/collect.js';
import type { CompletionEvent, FinishReason, Usage } from '../../completion/event.js';
import type { ApiError } from '../../vocabulary/errors.js';
import type { Fields } from '../fields.js';
import type { AnswerEncoder, AnswerHead } from '../protocol.js';
import type { ToolNames } from '../tools/tool-names.js';
import { EventWriter } from './event-writer.js';
import {
  callItem,
  getCallPrefix,
  type ItemStatus,
  messageItem,
  readCallText,
  reasoningItem,
  textPart,
} from './items.js';
import { ending, failure, itemId, type Outcome, resource } from './resource.js';
import {
  CallStream,
  type ItemPlace,
  MessageStream,
  ReasoningStream,
  type StreamItem,
  selectCallStream,
} from './stream-item.js';

/** The parts of a request that its answer depends on. */
export interface AskedResponse {
  readonly echo: Fields;
  readonly sealed: boolean;
  readonly toolNames: ToolNames;
}

/** A response that is over: built once, so that what is stored is what the client gets. */
export interface ClosedResponse {
  readonly status: Outcome['status'];
  readonly response: object;
}

/** Encodes one answer. */
export class ResponseEncoder implements AnswerEncoder {
  readonly #writer = new EventWriter();
  readonly #output: object[] = [];
  /** `store` in the resource. */
  #isKept: boolean;
  #begun = false;
  /** Whether the output has an item other than reasoning. */
  #answered = false;
  #item: StreamItem | undefined;
  #usage: Usage | undefined;

  constructor(
    private readonly head: AnswerHead,
    private readonly asked: AskedResponse,
  ) {
    this.#isKept = head.keep !== undefined;
  }

  /** The first call writes `response.created` and `response.in_progress`. */
  encode(events: readonly CompletionEvent[]): string {
    let text = this.#opening();
    for (const event of events) text += this.#encodeEvent(event);
    return text;
  }

  /**
   * Writes `response.failed` for agents, then `error`, on which SDKs throw. The item that was cut off is neither closed nor part of
   * the output, so that agents run no incomplete call.
   */
  fail(error: ApiError): string {
    this.#isKept = false;
    const failed = {
      status: 'failed',
      error: failure(error, this.head.requestId),
      output: this.#output,
    } as const;
    const { type, code, param } = error;
    const message = error.messageFor(this.head.requestId);
    return (
      this.#opening() +
      this.#response('response.failed', failed) +
      // OpenAI's documentation has the flat members; SDKs read the nested ones.
      this.#writer.write('error', { code, message, param, error: { type, code, message, param } })
    );
  }

  whole(answer: CollectedAnswer): object {
    const { text, reasoning, toolCalls, reason, usage } = answer;
    const { status, ...details } = ending(reason);
    const output: object[] = [];
    const id = (prefix: string) => itemId(this.head, prefix, output.length);
    if (reasoning !== '') output.push(reasoningItem(id('rs'), reasoning, this.asked.sealed));
    if (text !== '' || (toolCalls.length === 0 && isSilence(reason))) {
      const cut = toolCalls.length === 0 ? status : 'completed';
      output.push(messageItem(id('msg'), cut, [textPart(text)]));
    }
    for (const call of toolCalls) {
      const form = this.asked.toolNames.formOf(call.name);
      const written = readCallText(form, call.arguments);
      output.push(callItem(id(getCallPrefix(form)), 'completed', { id: call.id, form }, written));
    }
    return this.#resource({ status, ...details, output, usage });
  }

  /** @returns the events before the last one, and the response of the last one. */
  close(reason: FinishReason): { readonly text: string; readonly closed: ClosedResponse } {
    const { status, ...details } = ending(reason);
    // An incomplete call is left out: agents run every completed item, whatever its status.
    if (this.#item instanceof CallStream) this.#item = undefined;
    const empty = !this.#answered && isSilence(reason) ? this.#openText('message') : '';
    const closing = this.#close(status);
    const response = this.#resource({ status, ...details, output: this.#output, usage: this.#usage });
    return { text: empty + closing, closed: { status, response } };
  }

  /** @returns the last event. `isKept` is whether later requests can refer to the response. */
  end({ status, response }: ClosedResponse, isKept: boolean): string {
    return this.#writer.write(`response.${status}`, { response: { ...response, store: isKept } });
  }

  #resource(outcome: Outcome): object {
    return { ...resource(this.head, this.asked.echo, outcome), store: this.#isKept };
  }

  #opening(): string {
    if (this.#begun) return '';
    this.#begun = true;
    const response = JSON.stringify({ response: this.#resource({ status: 'in_progress', output: [] }) });
    return ['response.created', 'response.in_progress']
      .map((type) => this.#writer.writeJson(type, response))
      .join('');
  }

  #encodeEvent(event: CompletionEvent): string {
    switch (event.type) {
      case 'text-delta':
        return this.#text('message', event.text);
      case 'reasoning-delta':
        return this.#text('reasoning', event.text);
      case 'tool-call-start':
        return this.#openCall(event.id, event.name);
      case 'tool-call-delta':
        return this.#delta(event.text);
      case 'tool-call-end':
        return this.#close('completed');
      // Only chat completions can request a web search.
      case 'sources':
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        return this.#finish(event.reason);
    }
  }

  #text(kind: 'message' | 'reasoning', piece: string): string {
    if (piece === '') return '';
    const opening = this.#item?.kind === kind ? '' : this.#openText(kind);
    return opening + this.#delta(piece);
  }

  #delta(piece: string): string {
    return this.#item?.delta(piece) ?? '';
  }

  #openText(kind: 'message' | 'reasoning'): string {
    const { sealed } = this.asked;
    return kind === 'message'
      ? this.#open('msg', (place) => new MessageStream(this.#writer, place))
      : this.#open('rs', (place) => new ReasoningStream(this.#writer, place, sealed));
  }

  #openCall(id: string, offeredName: string): string {
    const form = this.asked.toolNames.formOf(offeredName);
    const Stream = selectCallStream(form);
    return this.#open(getCallPrefix(form), (place) => new Stream(this.#writer, place, { id, form }));
  }

  /** Closes the current item and opens the next one. */
  #open(prefix: string, make: (place: ItemPlace) => StreamItem): string {
    const closing = this.#close('completed');
    const index = this.#output.length;
    const item = make({ id: itemId(this.head, prefix, index), index });
    this.#item = item;
    this.#answered ||= item.kind !== 'reasoning';
    return closing + item.begin();
  }

  #close(status: ItemStatus): string {
    const item = this.#item;
    if (item === undefined) return '';
    this.#item = undefined;
    const closing = item.end(status);
    this.#output.push(item.body(status));
    return closing;
  }

  #finish(reason: FinishReason): string {
    const { text, closed } = this.close(reason);
    return text + this.end(closed, false);
  }

  #response(type: string, outcome: Outcome): string {
    return this.#writer.write(type, { response: this.#resource(outcome) });
  }
}

/** Whether an answer without text gets an empty message, as from OpenAI; not if it was cut off while thinking. */
function isSilence(reason: FinishReason): boolean {
  return reason === 'stop';
}
