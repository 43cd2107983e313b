/** Finds the JSON in what a model writes: without the fence or the words that it may put around it. */

export class JsonText {
  #state: 'before' | 'inside' | 'after' = 'before';
  #held = '';
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Begins at the first of `openings` and ends where that is closed. No openings: everything is taken for JSON. */
  constructor(private readonly openings: string) {
    if (openings === '') this.#state = 'inside';
  }

  /** The JSON has come to its end: whatever follows is none of it. */
  get isClosed(): boolean {
    return this.#state === 'after';
  }

  /** Gives up what was held back as standing before the JSON: there was none. */
  release(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  /** The next piece of the answer; returns what of it is JSON. */
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

  /** Where the JSON ends in this piece, or the piece does. */
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
