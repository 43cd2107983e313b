/**
 * Reads the web document (thinking markup, tool blocks, answer) as it grows, whatever the cuts, and tells apart
 * reasoning and answer. Follows the markup recorded in October 2025: a `<details type="reasoning">` wrapper with a
 * summary, every reasoning line prefixed by `> `, closed by `</details>` on a line of its own; tool blocks are
 * `<glm_block …>…</glm_block>` and never shown.
 *
 * The upstream says which phase a piece belongs to. Inside a wrapper the markup decides; outside the phase does, so
 * an answer may speak of `<details>` without being taken for reasoning.
 */

import { mayBegin, measureHead, measurePartialTail } from './growing-tags.js';

/**
 * `hidden`: part of the document, but for the upstream's own page only. `other` (trailing pieces of whatever there is)
 * is shown like an answer, without being a sign that the answer has begun.
 */
export type Phase = 'thinking' | 'answer' | 'other' | 'hidden';

const CLOSE = '</details>';
/** Where no phase announces it: in an edit that brings everything at once. */
const REASONING_OPEN = '<details type="reasoning"';
const TOOL_OPEN = '<glm_block';
const TOOL_CLOSE = '</glm_block>';
/** Seen loose in reasoning; the original proxy removed them too. */
const STRAY_TAGS = ['</thinking>', '<Full>', '</Full>'];
const OPENINGS = new RegExp(`${TOOL_OPEN}|${REASONING_OPEN}`);
const STRAY_PATTERN = /<\/thinking>|<\/?Full>/g;

export class MarkupReader {
  #mode: 'outside' | 'head' | 'lines' | 'closed' | 'tool' = 'outside';
  /** Read, but not decidable before more arrives. */
  #held = '';
  /** In `lines`: at the start of a line, before its quote mark. */
  #lineStart = true;
  /** Line ends seen but not given yet: the last one belongs to the wrapper when the wrapper closes. */
  #newlines = 0;
  /** Characters given so far. */
  readonly given = { reasoning: 0, text: 0 };

  /** `give` is told what was read, and how many characters of its kind came before. */
  constructor(private readonly give: (kind: 'reasoning' | 'text', text: string, at: number) => void) {}

  get inReasoning(): boolean {
    return this.#mode === 'head' || this.#mode === 'lines';
  }

  /** Whether the document is inside a reasoning wrapper or a tool block. */
  get inBlock(): boolean {
    return this.inReasoning || this.#mode === 'tool';
  }

  /** Reads the next piece of the document. `edited`: it came by an edit and so may finish an open block. */
  read(piece: string, phase: Phase, edited: boolean): void {
    if (!edited && this.inBlock) this.#leaveBlock(piece, phase);
    let rest = this.#held + piece;
    this.#held = '';
    while (rest !== '') rest = this.#step(rest, phase, edited);
  }

  /** An appended piece of another phase ends a block that nothing closed. */
  #leaveBlock(piece: string, phase: Phase): void {
    const left = this.#mode === 'tool' ? phase === 'thinking' : phase === 'hidden';
    if (left) {
      this.#giveHeld();
      this.#mode = 'outside';
    } else if (phase === 'answer' && !mayBegin(this.#held + piece, this.#close)) this.#giveHeld();
  }

  /** The document is complete. */
  end(): void {
    this.#giveHeld();
  }

  /** Emits what was held back as text, since it can no longer become markup. */
  #giveHeld(): void {
    const held = this.#held;
    this.#held = '';
    if (this.#mode === 'outside') this.#emit('text', held);
    else if (this.#mode === 'lines' && held.startsWith('<')) this.#emit('reasoning', held);
  }

  /** What closes the open block. */
  get #close(): string {
    return this.#mode === 'tool' ? TOOL_CLOSE : CLOSE;
  }

  #step(rest: string, phase: Phase, edited: boolean): string {
    if (phase === 'answer' && !edited && this.inBlock) return this.#answerBegins(rest);
    switch (this.#mode) {
      case 'outside':
        return this.#outside(rest, phase, edited);
      case 'head':
        return this.#head(rest);
      case 'lines':
        return this.#lines(rest, phase === 'answer' && edited && !/(^|\n)<\/details>/.test(rest));
      case 'closed':
        return this.#afterClose(rest);
      case 'tool':
        return this.#tool(rest);
    }
  }

  #outside(rest: string, phase: Phase, edited: boolean): string {
    if (phase === 'thinking') return this.#openReasoning(rest);
    if (phase === 'answer' && !edited) {
      this.#emit('text', rest);
      return '';
    }
    const opening = OPENINGS.exec(rest);
    const end = opening?.index ?? rest.length - measurePartialTail(rest, [TOOL_OPEN, REASONING_OPEN]);
    if (phase !== 'hidden') this.#emit('text', rest.slice(0, end));
    if (opening === null) {
      this.#held = rest.slice(end);
      return '';
    }
    if (opening[0] === REASONING_OPEN) return this.#openReasoning(rest.slice(end));
    this.#mode = 'tool';
    return rest.slice(end);
  }

  #openReasoning(rest: string): string {
    this.#mode = 'head';
    this.#lineStart = true;
    // An empty line separates two rounds.
    this.#newlines = this.given.reasoning > 0 ? 2 : 0;
    return rest;
  }

  /** The wrapper's opening: `<details …>`, then perhaps a summary. Reasoning without a wrapper is taken as it is. */
  #head(rest: string): string {
    const length = measureHead(rest);
    if (length === undefined) {
      this.#held = rest;
      return '';
    }
    this.#mode = 'lines';
    return rest.slice(length);
  }

  #lines(rest: string, closeAnywhere: boolean): string {
    let at = 0;
    while (at < rest.length) {
      if (this.#lineStart) {
        const next = this.#beginLine(rest, at);
        if (next === undefined || this.#mode !== 'lines') return rest.slice(next ?? rest.length);
        at = next;
        continue;
      }
      const lineEnd = rest.indexOf('\n', at);
      const line = rest.slice(at, lineEnd === -1 ? rest.length : lineEnd);
      const close = closeAnywhere ? line.indexOf(CLOSE) : -1;
      if (close !== -1) {
        this.#reason(line.slice(0, close));
        this.#mode = 'closed';
        return rest.slice(at + close + CLOSE.length);
      }
      const keep = lineEnd === -1 ? measurePartialTail(line, STRAY_TAGS) : 0;
      this.#reason(line.slice(0, line.length - keep));
      if (lineEnd === -1) {
        this.#held = line.slice(line.length - keep);
        return '';
      }
      this.#newlines += 1;
      this.#lineStart = true;
      at = lineEnd + 1;
    }
    return '';
  }

  /** Passes a line's quote mark. Returns where the line's own text begins, or undefined: more is needed to tell. */
  #beginLine(rest: string, at: number): number | undefined {
    if (rest.startsWith(CLOSE, at)) {
      this.#mode = 'closed';
      return at + CLOSE.length;
    }
    if (rest.startsWith(TOOL_OPEN, at)) {
      this.#mode = 'tool';
      return at;
    }
    const line = rest.slice(at, at + CLOSE.length);
    if (line === '>' || CLOSE.startsWith(line) || TOOL_OPEN.startsWith(line)) {
      this.#held = line;
      return undefined;
    }
    if (line.startsWith('\n')) {
      this.#newlines += 1;
      return at + 1;
    }
    this.#reason('\n'.repeat(this.#newlines));
    this.#newlines = 0;
    this.#lineStart = false;
    if (line.startsWith('> ')) return at + 2;
    return line.startsWith('>\n') ? at + 1 : at;
  }

  /** Line ends right after the wrapper belong to it. */
  #afterClose(rest: string): string {
    const text = rest.replace(/^[\r\n]+/, '');
    if (text !== '') this.#mode = 'outside';
    return text;
  }

  #tool(rest: string): string {
    const at = rest.indexOf(TOOL_CLOSE);
    if (at === -1) {
      this.#held = rest.slice(rest.length - measurePartialTail(rest, [TOOL_CLOSE]));
      return '';
    }
    this.#mode = 'outside';
    return rest.slice(at + TOOL_CLOSE.length);
  }

  /** Answer text while a block is still open: either it brings the closing tag, or the block ends by that. */
  #answerBegins(rest: string): string {
    const close = this.#close;
    if (!mayBegin(rest, close)) {
      this.#mode = 'outside';
      return rest;
    }
    const start = rest.trimStart();
    if (start.length < close.length) {
      this.#held = rest;
      return '';
    }
    this.#mode = 'closed';
    return start.slice(close.length);
  }

  #reason(text: string): void {
    this.#emit('reasoning', text.includes('<') ? text.replace(STRAY_PATTERN, '') : text);
  }

  #emit(kind: 'reasoning' | 'text', text: string): void {
    if (text === '') return;
    const at = this.given[kind];
    this.given[kind] += text.length;
    this.give(kind, text, at);
  }
}
