/** Finds the JSON in a model's text, without a code fence or words around it. */

export class JsonText {
  #state: 'before' | 'inside' | 'after' = 'before';
  #held = '';
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The JSON begins at the first of `openings` and ends where that is closed. Without openings all text counts as JSON. */
  constructor(private readonly openings: string) {
    if (openings === '') this.#state = 'inside';
  }

  /** True when the JSON has ended; text after it is left out. */
  get isClosed(): boolean {
    return this.#state === 'after';
  }

  /** Returns the text that was held back before the JSON, since no JSON followed. */
  release(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  /** Takes the next piece of the answer. @returns the part of it that is JSON */
  push(piece: string): string {
    if (this.openings === '') return piece;
    if (this.#state === 'after') return '';
    const from = this.#state === 'inside' ? 0 : this.#beginning(piece);
    return from === -1 ? '' : piece.slice(from, this.#end(piece, from));
  }

  #beginning(piece: string): number {
    for (let at = 0; at < piece.length; at += 1) {
      if (!this.openings.includes(piece.charAt(at))) continue;
      this.#state = 'inside';
      this.#held = '';
      return at;
    }
    this.#held += piece;
    return -1;
  }

  /** @returns the index at which the JSON ends in this piece, or the length of the piece. */
  #end(piece: string, from: number): number {
    for (let at = from; at < piece.length; at += 1) {
      this.#read(piece.charAt(at));
      if (this.#depth > 0) continue;
      this.#state = 'after';
      return at + 1;
    }
    return piece.length;
  }

  #read(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString) {
      if (character === '\\') this.#escaped = true;
      else if (character === '"') this.#inString = false;
    } else if (character === '"') this.#inString = true;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') this.#depth -= 1;
  }
}
