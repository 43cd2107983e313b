/** Collects items of a response's input to messages; the items of one assistant turn become one message. */
import type { GivenContent, GivenMessage, GivenPart } from '../../completion/history.js';
import type { ToolCall } from '../../completion/request.js';

/** Add items in their order, then call `finish`. */
export class MessageList {
  readonly #messages: GivenMessage[] = [];
  /** The assistant's turn that following items may still extend. */
  #turn: Turn | undefined;

  addReasoning(text: string): void {
    if (text === '') return;
    const turn = this.#findTurn((one) => one.content.length === 0 || one.calls.length > 0);
    turn.reasoning = turn.reasoning === '' ? text : `${turn.reasoning}\n\n${text}`;
  }

  /** Content after calls joins their message, because results must follow their calls directly. */
  addContent(content: GivenContent): void {
    const turn = this.#findTurn((one) => one.content.length === 0 || one.calls.length > 0);
    for (const part of toParts(content)) turn.content.push(part);
  }

  addCall(call: ToolCall): void {
    this.#findTurn(() => true).calls.push(call);
  }

  add(message: Exclude<GivenMessage, { role: 'assistant' }>): void {
    this.#endTurn();
    this.#messages.push(message);
  }

  finish(): GivenMessage[] {
    this.#endTurn();
    return this.#messages;
  }

  #findTurn(canExtend: (turn: Turn) => boolean): Turn {
    if (this.#turn === undefined || !canExtend(this.#turn)) {
      this.#endTurn();
      this.#turn = { content: [], reasoning: '', calls: [] };
    }
    return this.#turn;
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    // Thinking without content or calls is dropped: it belongs to no message.
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

function toParts(content: GivenContent): readonly GivenPart[] {
  if (typeof content !== 'string') return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}
