/**
 * Finds calls in an answer's text while it streams, wherever it was cut. Holds back only what could be the beginning of a call,
 * and emits as text what is not a call or cannot be read.
 */
import type { CompletionEvent } from '../../../completion/event.js';
import type { EventTransform } from '../../../completion/event-transform.js';
import type { Tool } from '../../../completion/request.js';
import { readArguments } from './arguments.js';
import { FenceTrimmer, measurePossibleLead } from './fence-trimmer.js';
import { CALL_CLOSE, CALL_OPEN, NAME_END } from './format.js';
import { OpenCall } from './open-call.js';

const MARKERS = new RegExp(`${CALL_CLOSE}|${CALL_OPEN}`, 'g');

export class CallScanner implements EventTransform {
  #held = '';
  #call: OpenCall | undefined;
  /** Set at the end of the answer: then a marker counts even in what looks like a string. */
  #over = false;
  #count = 0;
  readonly #made = new Set<string>();
  readonly #around = new FenceTrimmer();

  constructor(
    private readonly tools: readonly Tool[],
    private readonly newId: () => string,
  ) {}

  apply(events: CompletionEvent[]): CompletionEvent[] {
    const shown: CompletionEvent[] = [];
    for (const [at, event] of events.entries()) {
      if (event.type === 'text-delta') {
        this.#read(event.text, shown);
        continue;
      }
      // The last usage comes with the end, after all text.
      if (event.type === 'finish' || events[at + 1]?.type === 'finish') this.#end(shown);
      // No call begins before a thought and ends behind it.
      else if (event.type === 'reasoning-delta' && this.#call === undefined) this.#release(shown);
      shown.push(event);
    }
    return shown;
  }

  #read(piece: string, shown: CompletionEvent[]): void {
    let rest = piece;
    while (rest !== '') {
      const text = this.#held + rest;
      this.#held = '';
      rest = this.#call ? this.#readCall(this.#call, text, shown) : this.#readText(text, shown);
    }
  }

  /** Returns what follows the opening of a call. */
  #readText(text: string, shown: CompletionEvent[]): string {
    const at = text.indexOf(CALL_OPEN);
    if (at === -1) {
      this.#hold(text, measurePossibleLead(text, measurePartialTail(text, CALL_OPEN)), shown);
      return '';
    }
    const rest = text.slice(at + CALL_OPEN.length);
    const lead = this.#around.leadOf(text, at);
    const tool = this.tools.find(({ name }) => rest.startsWith(name + NAME_END));
    if (tool) {
      const opening = at + CALL_OPEN.length + tool.name.length + NAME_END.length;
      this.#give(text.slice(0, lead), shown);
      this.#call = new OpenCall(tool, text.slice(lead, opening));
      return text.slice(opening);
    }
    if (this.tools.some(({ name }) => (name + NAME_END).startsWith(rest))) {
      this.#hold(text, lead, shown);
      return '';
    }
    this.#give(text.slice(0, text.length - rest.length), shown);
    return rest;
  }

  /** Returns what follows the call. */
  #readCall(call: OpenCall, text: string, shown: CompletionEvent[]): string {
    let from = 0;
    for (const { 0: marker, index } of text.matchAll(MARKERS)) {
      call.take(text.slice(from, index));
      from = index;
      if (!call.possible) return this.#readAgain(call, text.slice(from), shown);
      if (!call.inString || this.#over) {
        const closed = marker === CALL_CLOSE;
        this.#finishCall(call, closed ? marker : '', shown);
        return text.slice(closed ? index + marker.length : index);
      }
      call.takeMarker(marker);
      from += marker.length;
    }
    const end = text.length - measurePartialMarker(text.slice(from));
    call.take(text.slice(from, end));
    if (!call.possible) return this.#readAgain(call, text.slice(end), shown);
    this.#held = text.slice(end);
    return '';
  }

  /** What stands behind this opening are no arguments: it is text, in which another call may begin. */
  #readAgain(call: OpenCall, rest: string, shown: CompletionEvent[]): string {
    this.#call = undefined;
    this.#give(call.opening, shown);
    return call.written + rest;
  }

  #end(shown: CompletionEvent[]): void {
    this.#over = true;
    while (this.#call !== undefined) {
      const call = this.#call;
      const partial = this.#held;
      this.#held = '';
      if (call.sawMarker) {
        // The string that the marker seemed to stand in has no end: read again without regard to strings.
        this.#call = new OpenCall(call.tool, call.opening);
        this.#read(call.written + partial, shown);
      } else this.#finishCall(call, partial, shown);
    }
    this.#release(shown);
  }

  /** `close`: what came of the marker at its end. */
  #finishCall(call: OpenCall, close: string, shown: CompletionEvent[]): void {
    this.#call = undefined;
    const written = readArguments(call.written, call.tool, close === CALL_CLOSE);
    if (written === undefined) {
      this.#give(call.opening + call.written + close, shown);
      return;
    }
    this.#around.called(call.opening);
    this.#callOnce(call.tool.name, written, shown);
  }

  /** Models that have lost the thread write one call again and again; before its result that can mean nothing new. */
  #callOnce(name: string, written: string, shown: CompletionEvent[]): void {
    const call = `${name}\n${JSON.stringify(JSON.parse(written))}`;
    if (this.#made.has(call)) return;
    this.#made.add(call);
    const index = this.#count;
    this.#count += 1;
    shown.push(
      { type: 'tool-call-start', index, id: this.newId(), name },
      { type: 'tool-call-delta', index, text: written },
      { type: 'tool-call-end', index },
    );
  }

  #hold(text: string, from: number, shown: CompletionEvent[]): void {
    this.#give(text.slice(0, from), shown);
    this.#held = text.slice(from);
  }

  #release(shown: CompletionEvent[]): void {
    this.#give(this.#held, shown);
    this.#held = '';
  }

  #give(text: string, shown: CompletionEvent[]): void {
    const said = this.#around.say(text);
    if (said !== '') shown.push({ type: 'text-delta', text: said });
  }
}

function measurePartialMarker(text: string): number {
  return Math.max(measurePartialTail(text, CALL_OPEN), measurePartialTail(text, CALL_CLOSE));
}

/** How many characters at the end of `text` could be the beginning of `marker`, in which `<` comes only first. */
function measurePartialTail(text: string, marker: string): number {
  const from = text.lastIndexOf('<');
  const tail = text.slice(from);
  return from !== -1 && tail.length < marker.length && marker.startsWith(tail) ? tail.length : 0;
}
