/** Pieces of tool calls, as servers send them → calls one after the other, each with a name, an id and arguments. */
import type { CompletionEvent } from '../../completion/event.js';
import { UpstreamError } from '../../errors.js';
import { asCount, asObject, asText, type JsonObject } from '../json.js';

interface OpenCall {
  /** The upstream's own number of it; undefined where it counts nothing. */
  readonly theirs: number | undefined;
  readonly index: number;
  started: boolean;
  id: string | undefined;
  /** Arguments that came before the name. */
  held: string;
  written: boolean;
}

export class ToolCallDecoder {
  #open: OpenCall | undefined;
  /** What came while a call was written: shown after it. */
  #afterwards: CompletionEvent[] = [];
  #count = 0;
  readonly #ids = new Set<string>();
  readonly #ended = new Set<number>();

  constructor(private readonly newId: () => string) {}

  /** `pieces`: one delta's `tool_calls`, whole calls or parts of them. */
  decode(pieces: readonly unknown[], events: CompletionEvent[]): void {
    for (const piece of pieces) {
      const fields = asObject(piece);
      if (fields) this.#decodePiece(fields, events);
    }
  }

  /** Text and reasoning: at once, or after the call that is being written. */
  between(event: CompletionEvent, events: CompletionEvent[]): void {
    (this.#open === undefined ? events : this.#afterwards).push(event);
  }

  /** Nothing more of the open call follows. Throws an UpstreamError where it has no name. */
  end(events: CompletionEvent[]): void {
    const call = this.#open;
    this.#open = undefined;
    if (call === undefined) return;
    if (call.theirs !== undefined) this.#ended.add(call.theirs);
    // GLM sometimes writes a call without a name, which no client could run: nothing of it was shown.
    if (!call.started) throw namelessCall();
    if (!call.written) events.push({ type: 'tool-call-delta', index: call.index, text: '{}' });
    events.push({ type: 'tool-call-end', index: call.index }, ...this.#afterwards);
    this.#afterwards = [];
  }

  #decodePiece(piece: JsonObject, events: CompletionEvent[]): void {
    const called = asObject(piece.function) ?? {};
    const name = asText(called.name);
    const id = asText(piece.id);
    const call = this.#callOf(asCount(piece.index), name, id, events);
    call.id ||= id;
    if (!call.started && name) this.#start(call, name, events);
    const written = writtenArguments(called.arguments);
    if (written === '') return;
    if (call.started) this.#write(call, written, events);
    else call.held += written;
  }

  /** The open call goes on, or the next one begins. */
  #callOf(
    theirs: number | undefined,
    name: string | undefined,
    id: string | undefined,
    events: CompletionEvent[],
  ): OpenCall {
    const open = this.#open;
    // A server that counts nothing begins a call with its name and goes on without.
    const goesOn =
      open !== undefined && (theirs === undefined ? !name || !open.started : theirs === open.theirs);
    // Whole calls that all carry the number 0 are told apart by their ids.
    const another = goesOn && open.started && Boolean(name) && Boolean(id) && id !== open.id;
    if (goesOn && !another) return open;
    if (!another && theirs !== undefined && this.#ended.has(theirs)) throw mixedCalls();
    this.end(events);
    if (another && theirs !== undefined) this.#ended.delete(theirs);
    const call = { theirs, index: this.#count, started: false, id, held: '', written: false };
    this.#count += 1;
    this.#open = call;
    return call;
  }

  #start(call: OpenCall, name: string, events: CompletionEvent[]): void {
    const id = call.id && !this.#ids.has(call.id) ? call.id : this.newId();
    this.#ids.add(id);
    call.started = true;
    events.push({ type: 'tool-call-start', index: call.index, id, name });
    if (call.held !== '') this.#write(call, call.held, events);
  }

  #write(call: OpenCall, text: string, events: CompletionEvent[]): void {
    call.written = true;
    events.push({ type: 'tool-call-delta', index: call.index, text });
  }
}

/** Some servers send the arguments parsed. */
function writtenArguments(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function namelessCall(): UpstreamError {
  return new UpstreamError('The model called a tool without naming it. Ask again.', {
    code: 'upstream_bad_tool_call',
  });
}

function mixedCalls(): UpstreamError {
  return new UpstreamError('The upstream wrote two tool calls by turns, which cannot be told apart.', {
    code: 'upstream_bad_tool_call',
  });
}
