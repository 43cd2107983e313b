/** Pieces of tool calls, as servers send them → calls one after the other, each with a name, an id and arguments. */
import type { CompletionEvent } from '../../completion/event.js';
import { UpstreamError } from '../../vocabulary/errors.js';
import { asCount, asObject, asText, type JsonObject } from '../json.js';
import { CallArguments } from './call-arguments.js';

/** How much is held of calls that wait for an earlier one to end, in characters. */
const MAX_HELD_LENGTH = 4 * 1024 * 1024;

class Call {
  readonly arguments = new CallArguments();
  id: string | undefined;
  name: string | undefined;
  isShown = false;
  /** Nothing more of it can come: its server counts nothing and has begun the next. */
  isOver = false;
  /** Arguments that are not shown yet, and what came after them. */
  held = '';
  readonly after: CompletionEvent[] = [];

  /** `theirs`: the upstream's own number of it, undefined where it counts nothing. */
  constructor(readonly theirs: number | undefined) {}
}

export class ToolCallDecoder {
  /** Calls that have not ended. The first is shown as it comes, the others wait for it. */
  readonly #open: Call[] = [];
  readonly #ended: Call[] = [];
  /** The latest call of each of the upstream's numbers. */
  readonly #numbered = new Map<number, Call>();
  readonly #ids = new Set<string>();
  #held = 0;

  constructor(private readonly newId: () => string) {}

  /** `pieces`: one delta's `tool_calls`, whole calls or parts of them. */
  decode(pieces: readonly unknown[], events: CompletionEvent[]): void {
    for (const piece of pieces) {
      const fields = asObject(piece);
      if (fields) this.#take(fields);
    }
    this.#show(events);
  }

  /** Passes text and reasoning on at once, or after the calls that are being written. */
  between(event: CompletionEvent, events: CompletionEvent[]): void {
    // Nearly all events: no call is being written.
    if (this.#open.length > 0) this.#endIfAlone(events);
    const last = this.#open.at(-1);
    if (last === undefined) {
      events.push(event);
      return;
    }
    this.#hold('text' in event ? event.text.length : 0);
    last.after.push(event);
  }

  /**
   * Nothing more follows. The last call gets no end if its arguments have none. Throws an UpstreamError for one without a
   * name, and for half a call with anything after it.
   */
  end(events: CompletionEvent[]): void {
    this.#show(events);
    while (this.#open.length > 0) this.#endFirst(events);
  }

  /** The only open call has all its arguments: what comes now comes after it. */
  #endIfAlone(events: CompletionEvent[]): void {
    const [first, next] = this.#open;
    if (next === undefined && first?.name && first.arguments.isComplete) this.#endFirst(events);
  }

  #take(piece: JsonObject): void {
    const called = asObject(piece.function) ?? {};
    const name = asText(called.name) || undefined;
    const id = asText(piece.id) || undefined;
    const written = writtenArguments(called.arguments);
    const call = this.#callOf(asCount(piece.index), name, id, written);
    call.id ??= id;
    call.name ??= name;
    const shown = call.arguments.push(written);
    call.held += shown;
    if (call !== this.#open[0]) this.#hold(shown.length);
  }

  /** The call goes on, or the next one begins. Of one that has ended more is one object too many: it is not kept. */
  #callOf(
    theirs: number | undefined,
    name: string | undefined,
    id: string | undefined,
    written: string,
  ): Call {
    const known = this.#known(theirs, name ?? id);
    if (known !== undefined && !startsOtherCall(known, name, id, written)) return known;
    // A server that counts nothing writes one call after the other.
    if (known !== undefined && theirs === undefined) known.isOver = true;
    const call = new Call(theirs);
    this.#open.push(call);
    if (theirs !== undefined) this.#numbered.set(theirs, call);
    return call;
  }

  /** The latest call of that number. A piece without a number belongs to the latest call, as does one that names nothing. */
  #known(theirs: number | undefined, begins: string | undefined): Call | undefined {
    const latest = this.#open.at(-1) ?? this.#ended.at(-1);
    if (theirs === undefined) return latest;
    return (
      this.#numbered.get(theirs) ??
      (latest?.theirs === undefined && begins === undefined ? latest : undefined)
    );
  }

  /** Everything that can be shown: the first call's pieces, and the next once that one is known to have ended. */
  #show(events: CompletionEvent[]): void {
    for (;;) {
      const [first, next] = this.#open;
      if (first === undefined) return;
      this.#showPieces(first, events);
      if (next === undefined || !first.name || !(first.arguments.isComplete || first.isOver)) return;
      this.#endFirst(events);
    }
  }

  #showPieces(call: Call, events: CompletionEvent[]): void {
    if (!call.name) return;
    const index = this.#ended.length;
    if (!call.isShown) {
      const id = call.id && !this.#ids.has(call.id) ? call.id : this.newId();
      this.#ids.add(id);
      call.isShown = true;
      events.push({ type: 'tool-call-start', index, id, name: call.name });
    }
    if (call.held !== '') events.push({ type: 'tool-call-delta', index, text: call.held });
    call.held = '';
  }

  #endFirst(events: CompletionEvent[]): void {
    const [call] = this.#open;
    if (call === undefined) return;
    // GLM sometimes writes a call without a name, which no client could run: nothing of it was shown.
    if (!call.name) throw namelessCallError();
    const { isUnfinished } = call.arguments;
    call.held += call.arguments.end();
    this.#showPieces(call, events);
    this.#open.shift();
    if (isUnfinished && this.#open.length + call.after.length > 0) throw brokenCallError();
    const index = this.#ended.length;
    if (!isUnfinished) {
      events.push({ type: 'tool-call-end', index });
      // One by one, since `push(...held)` would overflow the stack.
      for (const event of call.after) events.push(event);
    }
    this.#ended.push(call);
  }

  #hold(length: number): void {
    this.#held += length;
    if (this.#held > MAX_HELD_LENGTH) throw heldTooLongError();
  }
}

/** A piece with the number of a call, or without any, that begins a call of its own. */
function startsOtherCall(
  known: Call,
  name: string | undefined,
  id: string | undefined,
  written: string,
): boolean {
  if (name === undefined || known.name === undefined) return false;
  if (id !== undefined && id === known.id) return false;
  if (known.theirs === undefined || id !== undefined) return true;
  return known.arguments.isComplete && written.trimStart().startsWith('{');
}

/** Some servers send the arguments as an object. */
function writtenArguments(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function namelessCallError(): UpstreamError {
  return new UpstreamError('The model called a tool without naming it. Ask again.', {
    code: 'upstream_bad_tool_call',
  });
}

function brokenCallError(): UpstreamError {
  return new UpstreamError('The model called a tool with arguments that do not end. Ask again.', {
    code: 'upstream_bad_tool_call',
  });
}

function heldTooLongError(): UpstreamError {
  return new UpstreamError('The upstream wrote more than 4 MiB of tool calls by turns.', {
    code: 'upstream_answer_too_large',
  });
}
