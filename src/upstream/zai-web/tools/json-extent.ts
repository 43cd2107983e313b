/** Follows an object's JSON text as it grows: whether a place is inside a string, and where the object ends. */
export class JsonExtent {
  inString = false;
  #escaped = false;
  #depth = 0;
  #complete = false;

  /** The first piece begins with `{`. What follows the object's last brace counts for nothing. */
  read(piece: string): void {
    for (let at = 0; at < piece.length && !this.#complete; at += 1) {
      this.#step(piece.charAt(at));
      this.#complete = this.#depth === 0;
    }
  }

  #step(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === '"') this.inString = !this.inString;
    else if (this.inString) this.#escaped = character === '\\';
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') this.#depth -= 1;
  }
}
