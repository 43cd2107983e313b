/**
 * The text that the web upstream and its page share: it grows by appended pieces and is rewritten by edits, which
 * mean «cut at this index and append». Indices count code points. What that makes newly visible comes out as events.
 */
import type { CompletionEvent } from '../../completion/event.js';
import { UpstreamError } from '../../errors.js';
import { INITIAL_STATE, MarkupReader, type Phase, type ReaderState } from './markup-reader.js';

/** Largest document kept, in characters: every edit may reach back to its beginning. */
export const MAX_DOCUMENT_LENGTH = 32 * 1024 * 1024;

/** A run of the document that came in one way; it ends where the next begins. */
interface Run {
  readonly start: number;
  readonly phase: Phase;
  readonly edited: boolean;
}

export class Document {
  #text = '';
  #astral = false;
  #runs: Run[] = [];
  /** The last place from which the document can be read again without its beginning: where a block opened. */
  #checkpoint: { at: number; state: ReaderState } = { at: 0, state: INITIAL_STATE };
  /** Characters given to the client so far; they cannot be taken back. */
  #sent = { reasoning: 0, text: 0 };
  #pieces: { kind: 'reasoning' | 'text'; text: string }[] = [];
  readonly #reader = new MarkupReader((kind, text, at) => this.#give(kind, text, at));

  append(piece: string, phase: Phase): CompletionEvent[] {
    this.#grow(piece, phase, false);
    return this.#take(phase === 'thinking' ? piece : undefined);
  }

  edit(index: number, content: string, phase: Phase): CompletionEvent[] {
    const wasInBlock = this.#reader.inBlock;
    const at = this.#offset(index);
    if (at === this.#text.length) this.#grow(content, phase, true);
    else this.#rewrite(at, content, phase);
    return this.#take(wasInBlock && !this.#reader.inBlock ? '\n</details>\n' : undefined);
  }

  /** The upstream is done: gives what was held back. */
  end(): CompletionEvent[] {
    this.#reader.end();
    return this.#take(undefined);
  }

  #grow(piece: string, phase: Phase, edited: boolean): void {
    if (piece === '') return;
    const start = this.#text.length;
    if (start + piece.length > MAX_DOCUMENT_LENGTH) throw tooLarge();
    const last = this.#runs.at(-1);
    if (last?.phase !== phase || last.edited !== edited) this.#runs.push({ start, phase, edited });
    this.#text += piece;
    this.#astral ||= /[\ud800-\udbff]/.test(piece);
    this.#read(piece, phase, edited, start);
  }

  #read(piece: string, phase: Phase, edited: boolean, start: number): void {
    const mayOpenBlock = (phase !== 'answer' || edited) && this.#reader.atRest;
    const before = mayOpenBlock ? this.#reader.state : undefined;
    this.#reader.read(piece, phase, edited);
    if (before && this.#reader.inBlock) this.#checkpoint = { at: start, state: before };
  }

  /** Cuts, reads what is left again from the checkpoint (giving nothing twice), then reads the new content. */
  #rewrite(at: number, content: string, phase: Phase): void {
    const same = commonPrefixLength(this.#text, at, content);
    const extended = at + same === this.#text.length;
    if (at < this.#checkpoint.at) this.#checkpoint = { at: 0, state: INITIAL_STATE };
    const runs = this.#runs.filter((run) => run.start < at);
    const text = this.#text.slice(0, at);
    this.#text = text.slice(0, this.#checkpoint.at);
    this.#runs = runs.filter((run) => run.start < this.#checkpoint.at);
    this.#reader.state = this.#checkpoint.state;
    for (const [position, run] of runs.entries()) {
      const end = runs[position + 1]?.start ?? at;
      if (end > this.#checkpoint.at) {
        this.#grow(text.slice(Math.max(run.start, this.#text.length), end), run.phase, run.edited);
      }
    }
    this.#grow(content.slice(0, same), phase, true);
    // Answer text that really changed is given anew; reasoning is re-sent on every transition and is not.
    if (!extended) this.#sent.text = Math.min(this.#sent.text, this.#reader.state.given.text);
    this.#grow(content.slice(same), phase, true);
  }

  #give(kind: 'reasoning' | 'text', text: string, at: number): void {
    const unsent = text.slice(Math.max(0, this.#sent[kind] - at));
    if (unsent === '') return;
    this.#sent[kind] = at + text.length;
    const last = this.#pieces.at(-1);
    if (last?.kind === kind) last.text += unsent;
    else this.#pieces.push({ kind, text: unsent });
  }

  /** What was given since the last call; `raw`, if any, goes with the first reasoning. */
  #take(raw: string | undefined): CompletionEvent[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    if (raw !== undefined && !pieces.some((piece) => piece.kind === 'reasoning')) {
      pieces.unshift({ kind: 'reasoning', text: '' });
    }
    let rawLeft = raw;
    return pieces.map(({ kind, text }) => {
      if (kind === 'text') return { type: 'text-delta', text };
      const event = {
        type: 'reasoning-delta',
        text,
        ...(rawLeft === undefined ? {} : { raw: rawLeft }),
      } as const;
      rawLeft = undefined;
      return event;
    });
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

/** How far `content` repeats what stands in `text` from `at` on. */
function commonPrefixLength(text: string, at: number, content: string): number {
  let length = 0;
  while (at + length < text.length && length < content.length && text[at + length] === content[length])
    length += 1;
  return length;
}

function tooLarge(): UpstreamError {
  return new UpstreamError('The upstream sent an answer of more than 32 MiB.', {
    code: 'upstream_answer_too_large',
  });
}
