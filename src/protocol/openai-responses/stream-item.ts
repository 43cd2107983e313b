/** One item of a streamed response, from its first event to its last. */
import { FreeformReader } from '../tools/freeform.js';
import type { ToolForm } from '../tools/tool-names.js';
import type { EventWriter } from './event-writer.js';
import {
  callItem,
  type FormedCall,
  type ItemStatus,
  messageItem,
  reasoningItem,
  summaryPart,
  textPart,
} from './items.js';

/** Identity of an item in its response. */
export interface ItemPlace {
  readonly id: string;
  /** Index in the output. */
  readonly index: number;
}

/** Base of all items: accumulates the text and writes the events. */
export abstract class StreamItem {
  abstract readonly kind: 'message' | 'reasoning' | 'call';
  protected text = '';
  /** Fields of every delta event as JSON, up to and including `"delta":`. */
  protected abstract readonly deltaHead: string;
  protected abstract readonly deltaType: string;
  protected readonly deltaTail: string = '}';

  constructor(
    protected readonly writer: EventWriter,
    protected readonly place: ItemPlace,
  ) {}

  abstract begin(): string;

  delta(piece: string): string {
    this.text += piece;
    return this.writer.writeJson(
      this.deltaType,
      `${this.deltaHead}${JSON.stringify(piece)}${this.deltaTail}`,
    );
  }

  /** Writes the remaining events of the item. */
  abstract end(status: ItemStatus): string;

  /** The item as part of the output. */
  abstract body(status: ItemStatus): object;

  protected added(item: object): string {
    return this.writer.write('response.output_item.added', { output_index: this.place.index, item });
  }

  protected done(status: ItemStatus): string {
    const item = this.body(status);
    return this.writer.write('response.output_item.done', { output_index: this.place.index, item });
  }

  /** Fields that locate an event in the response. */
  protected at(part: object = {}) {
    return { item_id: this.place.id, output_index: this.place.index, ...part };
  }

  protected headOf(part: object = {}): string {
    return `${JSON.stringify(this.at(part)).slice(0, -1)},"delta":`;
  }
}

/** A message with one part of text. */
export class MessageStream extends StreamItem {
  readonly kind = 'message';
  protected readonly deltaType = 'response.output_text.delta';
  protected readonly deltaHead = this.headOf({ content_index: 0 });
  protected override readonly deltaTail = ',"logprobs":[]}';

  begin(): string {
    const { writer } = this;
    const part = { ...this.at({ content_index: 0 }), part: textPart('') };
    return (
      this.added(messageItem(this.place.id, 'in_progress', [])) +
      writer.write('response.content_part.added', part)
    );
  }

  end(status: ItemStatus): string {
    const { writer, text } = this;
    const at = this.at({ content_index: 0 });
    return (
      writer.write('response.output_text.done', { ...at, text, logprobs: [] }) +
      writer.write('response.content_part.done', { ...at, part: textPart(text) }) +
      this.done(status)
    );
  }

  body(status: ItemStatus): object {
    return messageItem(this.place.id, status, [textPart(this.text)]);
  }
}

/** Thinking, streamed as the summary. */
export class ReasoningStream extends StreamItem {
  readonly kind = 'reasoning';
  protected readonly deltaType = 'response.reasoning_summary_text.delta';
  protected readonly deltaHead = this.headOf({ summary_index: 0 });

  constructor(
    writer: EventWriter,
    place: ItemPlace,
    private readonly sealed: boolean,
  ) {
    super(writer, place);
  }

  begin(): string {
    const part = { ...this.at({ summary_index: 0 }), part: summaryPart('') };
    return (
      this.added({ id: this.place.id, type: 'reasoning', summary: [] }) +
      this.writer.write('response.reasoning_summary_part.added', part)
    );
  }

  end(status: ItemStatus): string {
    const { writer, text } = this;
    const at = this.at({ summary_index: 0 });
    return (
      writer.write('response.reasoning_summary_text.done', { ...at, text }) +
      writer.write('response.reasoning_summary_part.done', { ...at, part: summaryPart(text) }) +
      this.done(status)
    );
  }

  body(): object {
    return reasoningItem(this.place.id, this.text, this.sealed);
  }
}

/** A call of a function. */
export class CallStream extends StreamItem {
  readonly kind = 'call';
  protected readonly deltaType: string = 'response.function_call_arguments.delta';
  protected readonly deltaHead = this.headOf();

  constructor(
    writer: EventWriter,
    place: ItemPlace,
    protected readonly call: FormedCall,
  ) {
    super(writer, place);
  }

  begin(): string {
    return this.added(this.body('in_progress'));
  }

  end(status: ItemStatus): string {
    const { text, call } = this;
    const all = { ...this.at(), name: call.form.name, arguments: text };
    return this.writer.write('response.function_call_arguments.done', all) + this.done(status);
  }

  body(status: ItemStatus): object {
    return callItem(this.place.id, status, this.call, this.text);
  }
}

/** Streams the text inside the arguments. */
class FreeformCallStream extends CallStream {
  protected override readonly deltaType = 'response.custom_tool_call_input.delta';
  readonly #reader = new FreeformReader();

  override delta(piece: string): string {
    return this.#input(this.#reader.add(piece));
  }

  override end(status: ItemStatus): string {
    const rest = this.#input(this.#reader.end());
    const all = { ...this.at(), input: this.text };
    return rest + this.writer.write('response.custom_tool_call_input.done', all) + this.done(status);
  }

  #input(text: string): string {
    return text === '' ? '' : super.delta(text);
  }
}

/** Writes a call when its arguments are complete: its members cannot be streamed. */
class ClientToolStream extends CallStream {
  override begin(): string {
    return '';
  }

  override delta(piece: string): string {
    this.text += piece;
    return '';
  }

  override end(status: ItemStatus): string {
    return this.added(this.body('in_progress')) + this.done(status);
  }
}

/** @returns the class for calls of a tool. */
export function selectCallStream({ type }: ToolForm): typeof CallStream {
  if (type === 'function') return CallStream;
  return type === 'custom' ? FreeformCallStream : ClientToolStream;
}
