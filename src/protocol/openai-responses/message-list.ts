/** Items of a response's input, one after the other → neutral messages, in which what one turn said is one message. */
import type { AssistantMessage, ImagePart, Message, ToolCall } from '../../completion/request.js';

export class MessageList {
  readonly #messages: Message[] = [];
  /** What the model said last, as long as more of the same turn may follow. */
  #turn: Turn | undefined;
  /** Out of results of calls: they wait until the last result of the turn is written. */
  #images: ImagePart[] = [];

  reasoning(text: string): void {
    if (text === '') return;
    const turn = this.#turnThat((one) => one.text === '' || one.calls.length > 0);
    turn.reasoning = joined(turn.reasoning, text);
  }

  /** After calls it stays with them: between a call and its result nothing may stand. */
  said(text: string): void {
    const turn = this.#turnThat((one) => one.text === '' || one.calls.length > 0);
    turn.text = joined(turn.text, text);
  }

  called(call: ToolCall): void {
    this.#turnThat(() => true).calls.push(call);
  }

  result(callId: string, content: string, images: readonly ImagePart[]): void {
    this.#endTurn();
    this.#messages.push({ role: 'tool', callId, content });
    this.#images.push(...images);
  }

  add(message: Exclude<Message, AssistantMessage>): void {
    this.#endTurn();
    this.#endResults();
    this.#messages.push(message);
  }

  end(): Message[] {
    this.#endTurn();
    this.#endResults();
    return this.#messages;
  }

  #turnThat(goesOn: (turn: Turn) => boolean): Turn {
    if (this.#turn === undefined || !goesOn(this.#turn)) {
      this.#endTurn();
      this.#endResults();
      this.#turn = { text: '', reasoning: '', calls: [] };
    }
    return this.#turn;
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    // Thinking that led to nothing has no message to belong to.
    if (turn === undefined || (turn.text === '' && turn.calls.length === 0)) return;
    this.#messages.push({
      role: 'assistant',
      content: turn.text,
      ...(turn.reasoning === '' ? {} : { reasoning: turn.reasoning }),
      ...(turn.calls.length === 0 ? {} : { toolCalls: turn.calls }),
    });
  }

  /** Only a user's message can hold images. */
  #endResults(): void {
    if (this.#images.length === 0) return;
    this.#messages.push({ role: 'user', content: this.#images });
    this.#images = [];
  }
}

interface Turn {
  text: string;
  reasoning: string;
  readonly calls: ToolCall[];
}

function joined(before: string, text: string): string {
  return before === '' ? text : `${before}\n\n${text}`;
}
