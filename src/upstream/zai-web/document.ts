/**
 * The text that the web upstream and its page share: it grows by appended pieces and is rewritten by edits, which
 * mean «cut at this index and append». Indices count code points. What that makes newly visible comes out as events.
 */
import type { CompletionEvent } from '../../completion/event.js';
import { UpstreamError } from '../../vocabulary/errors.js';
import { MarkupReader, type Phase } from './markup-reader.js';

/** Largest document kept, in characters: every edit may reach back to its beginning. */
export const MAX_DOCUMENT_LENGTH = 32 * 1024 * 1024;

/** A part of the document that arrived in one phase; it ends where the next begins. */
interface Run {
  readonly start: number;
  readonly phase: Phase;
  readonly edited: boolean;
}

interface Piece {
  readonly kind: 'reasoning' | 'text';
  text: string;
}

/** The end of the wrapper, where the upstream's own came in an edit or not at all. */
const CLOSING = '\n</details>\n';

export class Document {
  #text = '';
  #astral = false;
  #runs: Run[] = [];
  /** What the client has received: the number of characters of reasoning, and the answer's text. */
  #sent = { reasoning: 0, text: '' };
  #pieces: Piece[] = [];
  #compactAt = 4_096;
  #reader = this.#newReader();

  append(piece: string, phase: Phase): CompletionEvent[] {
    const wasReasoning = this.#reader.inReasoning;
    this.#grow(piece, phase, false);
    return this.#take(wasReasoning, phase === 'thinking' ? piece : undefined);
  }

  edit(index: number, content: string, phase: Phase): CompletionEvent[] {
    const wasReasoning = this.#reader.inReasoning;
    const at = this.#offset(index);
    if (at < this.#text.length) this.#cut(at);
    this.#grow(content, phase, true);
    // Re-sent reasoning may have become shorter; what comes after it is new all the same.
    if (!this.#reader.inBlock) this.#sent.reasoning = this.#reader.given.reasoning;
    return this.#take(wasReasoning, undefined);
  }

  /** Called at the end: emits what was held back. */
  end(): CompletionEvent[] {
    this.#reader.end();
    return this.#take(false, undefined);
  }

  #grow(piece: string, phase: Phase, edited: boolean): void {
    if (piece === '') return;
    const start = this.#text.length;
    if (start + piece.length > MAX_DOCUMENT_LENGTH) throw answerTooLargeError();
    const last = this.#runs.at(-1);
    if (last?.phase !== phase || last.edited !== edited) this.#runs.push({ start, phase, edited });
    this.#text += piece;
    this.#astral ||= /[\ud800-\udbff]/.test(piece);
    if (this.#text.length >= this.#compactAt) this.#compact();
    this.#reader.read(piece, phase, edited);
  }

  /**
   * V8 keeps a string that grew by pieces as a tree of them, several times its size, until something looks inside.
   * Looking each time it has grown by a quarter costs little and keeps long answers small.
   */
  #compact(): void {
    this.#text.charCodeAt(0);
    this.#sent.text.charCodeAt(0);
    this.#compactAt = this.#text.length * 1.25;
  }

  /** Cuts the end off. The rest is read again, and only what is new is emitted. */
  #cut(at: number): void {
    const text = this.#text.slice(0, at);
    const runs = this.#runs.filter((run) => run.start < at);
    this.#text = '';
    this.#runs = [];
    this.#reader = this.#newReader();
    for (const [position, { start, phase, edited }] of runs.entries()) {
      this.#grow(text.slice(start, runs[position + 1]?.start ?? at), phase, edited);
    }
  }

  #newReader(): MarkupReader {
    return new MarkupReader((kind, text, at) => this.#give(kind, text, at));
  }

  /** Takes what the reader found at a place in the document and emits what the client does not have yet. */
  #give(kind: Piece['kind'], text: string, at: number): void {
    const unsent = kind === 'text' ? this.#unsentText(text, at) : this.#unsentReasoning(text, at);
    if (unsent === '') return;
    const last = this.#pieces.at(-1);
    if (last?.kind === kind) last.text += unsent;
    else this.#pieces.push({ kind, text: unsent });
  }

  /** Every closing edit sends the reasoning again, with another summary: only what is longer than before is new. */
  #unsentReasoning(text: string, at: number): string {
    const unsent = text.slice(Math.max(0, this.#sent.reasoning - at));
    if (unsent !== '') this.#sent.reasoning = at + text.length;
    return unsent;
  }

  /** Emits a rewritten answer again from where the new piece begins. */
  #unsentText(text: string, at: number): string {
    const there = this.#sent.text.length > at ? this.#sent.text.slice(at, at + text.length) : '';
    const repeated = text.startsWith(there);
    const unsent = repeated ? text.slice(there.length) : text;
    if (!repeated) this.#sent.text = this.#sent.text.slice(0, at);
    this.#sent.text += unsent;
    return unsent;
  }

  /** What was given since the last call. `raw`: the upstream's markup of it, if it was appended as reasoning. */
  #take(wasReasoning: boolean, raw: string | undefined): CompletionEvent[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    const first = pieces[0]?.kind === 'reasoning' ? pieces.shift()?.text : undefined;
    const closed = raw === undefined && wasReasoning && !this.#reader.inReasoning;
    const markup = closed ? `${first ?? ''}${CLOSING}` : raw;
    const events: CompletionEvent[] = pieces.map(({ kind, text }) => ({ type: `${kind}-delta`, text }));
    if (markup !== undefined) events.unshift({ type: 'reasoning-delta', text: first ?? '', raw: markup });
    else if (first !== undefined) events.unshift({ type: 'reasoning-delta', text: first });
    return events;
  }

  /** Offset in UTF-16 units of the code point `index`; beyond the end means the end. */
  #offset(index: number): number {
    if (!this.#astral || index <= 0) return Math.min(Math.max(0, index), this.#text.length);
    let offset = 0;
    for (let points = 0; points < index && offset < this.#text.length; points += 1) {
      offset += (this.#text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
    }
    return offset;
  }
}

function answerTooLargeError(): UpstreamError {
  return new UpstreamError('The upstream sent an answer of more than 32 MiB.', {
    code: 'upstream_answer_too_large',
  });
}
