/**
 * Finds the first of several texts in a stream of characters, in time linear in the length of the stream
 * (Aho and Corasick, "Efficient string matching", 1975). Characters are UTF-16 code units.
 */

/** A prefix of one or more texts. */
interface State {
  readonly next: Map<number, State>;
  /** Length of the prefix. */
  readonly depth: number;
  /** The longest proper suffix of the prefix that is a prefix of some text. */
  fallback: State | undefined;
  /** The longest text that ends here. */
  text: string | undefined;
}

export class StopAutomaton {
  readonly #root = newState(0);
  #state = this.#root;

  /** Empty texts are ignored. */
  constructor(texts: readonly string[]) {
    for (const text of texts) this.#insert(text);
    this.#link();
  }

  /** How many characters at the end of what was read may be the beginning of one of the texts. */
  get pending(): number {
    return this.#state.depth;
  }

  /**
   * Reads `piece`.
   * @returns the first complete text (the longest of several) with the index in `piece` after its last character,
   * `undefined` if there is none.
   */
  read(piece: string): { readonly text: string; readonly end: number } | undefined {
    for (let at = 0; at < piece.length; at += 1) {
      this.#step(piece.charCodeAt(at));
      const { text } = this.#state;
      if (text !== undefined) return { text, end: at + 1 };
    }
    return undefined;
  }

  /** Discards what was read. */
  reset(): void {
    this.#state = this.#root;
  }

  #step(code: number): void {
    let state: State | undefined = this.#state;
    let next = state.next.get(code);
    while (next === undefined && state.fallback !== undefined) {
      state = state.fallback;
      next = state.next.get(code);
    }
    this.#state = next ?? this.#root;
  }

  #insert(text: string): void {
    if (text === '') return;
    let state = this.#root;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      let next = state.next.get(code);
      if (next === undefined) {
        next = newState(state.depth + 1);
        state.next.set(code, next);
      }
      state = next;
    }
    state.text = text;
  }

  /** Works breadth first, so that shorter prefixes are linked before longer ones. */
  #link(): void {
    const queue = [this.#root];
    for (const state of queue) {
      for (const [code, next] of state.next) {
        next.fallback = this.#fallbackOf(state, code);
        next.text ??= next.fallback.text;
        queue.push(next);
      }
    }
  }

  #fallbackOf(parent: State, code: number): State {
    for (let state = parent.fallback; state !== undefined; state = state.fallback) {
      const next = state.next.get(code);
      if (next !== undefined) return next;
    }
    return this.#root;
  }
}

function newState(depth: number): State {
  return { next: new Map(), depth, fallback: undefined, text: undefined };
}
