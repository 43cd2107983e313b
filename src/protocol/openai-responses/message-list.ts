/** Items of a response's input, one after the other → messages, in which what one turn said is one message. */
import type { GivenContent, GivenMessage, GivenPart } from '../../completion/history.js';
import type { ToolCall } from '../../completion/request.js';

export class MessageList {
  readonly #messages: GivenMessage[] = [];
  /** What the model said last, as long as more of the same turn may follow. */
  #turn: Turn | undefined;

  reasoning(text: string): void {
    if (text === '') return;
    const turn = this.#turnThat((one) => one.content.length === 0 || one.calls.length > 0);
    turn.reasoning = turn.reasoning === '' ? text : `${turn.reasoning}\n\n${text}`;
  }

  /** After calls it stays with them: between a call and its result nothing may stand. */
  said(content: GivenContent): void {
    const turn = this.#turnThat((one) => one.content.length === 0 || one.calls.length > 0);
    for (const part of partsOf(content)) turn.content.push(part);
  }

  called(call: ToolCall): void {
    this.#turnThat(() => true).calls.push(call);
  }

  add(message: Exclude<GivenMessage, { role: 'assistant' }>): void {
    this.#endTurn();
    this.#messages.push(message);
  }

  end(): GivenMessage[] {
    this.#endTurn();
    return this.#messages;
  }

  #turnThat(goesOn: (turn: Turn) => boolean): Turn {
    if (this.#turn === undefined || !goesOn(this.#turn)) {
      this.#endTurn();
      this.#turn = { content: [], reasoning: '', calls: [] };
    }
    return this.#turn;
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    // Thinking that led to nothing has no message to belong to.
    if (turn === undefined || (turn.content.length === 0 && turn.calls.length === 0)) return;
    this.#messages.push({
      role: 'assistant',
      content: turn.content,
      ...(turn.reasoning === '' ? {} : { reasoning: turn.reasoning }),
      ...(turn.calls.length === 0 ? {} : { toolCalls: turn.calls }),
    });
  }
}

interface Turn {
  readonly content: GivenPart[];
  reasoning: string;
  readonly calls: ToolCall[];
}

function partsOf(content: GivenContent): readonly GivenPart[] {
  if (typeof content !== 'string') return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}
