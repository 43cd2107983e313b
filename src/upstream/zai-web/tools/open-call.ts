/** One call while it is written: its text so far, and whether it can still become one. */
import type { Tool } from '../../../completion/request.js';
import { JsonExtent } from './json-extent.js';

/** What may stand before the arguments: white space, perhaps the opening of a code fence. */
const HEAD = /^\s*(?:`{0,2}|```[\w-]*\s*)$/;
const MAX_HEAD_LENGTH = 200;

export class OpenCall {
  /** False when no arguments follow the opening. */
  possible = true;
  /** A marker stood in what seems to be a string of the arguments. */
  sawMarker = false;
  /** In pieces: joining them each time would copy long arguments once per piece. */
  readonly #pieces: string[] = [];
  #head = '';
  #json: JsonExtent | undefined;

  /** `opening`: the text from its white space to the end of its opening marker. */
  constructor(
    readonly tool: Tool,
    readonly opening: string,
  ) {}

  /** All that was taken. */
  get written(): string {
    return this.#pieces.join('');
  }

  get inString(): boolean {
    return this.#json?.inString === true;
  }

  /** Takes the next piece of what follows the opening, in which no marker stands. */
  take(piece: string): void {
    this.#pieces.push(piece);
    if (this.#json) this.#json.read(piece);
    else if (this.possible) this.#begin(piece);
  }

  /** Takes a marker that stands in a string. */
  takeMarker(marker: string): void {
    this.sawMarker = true;
    this.take(marker);
  }

  #begin(piece: string): void {
    const text = this.#head + piece;
    const brace = text.indexOf('{');
    this.#head = brace === -1 ? text : text.slice(0, brace);
    this.possible = this.#head.length <= MAX_HEAD_LENGTH && HEAD.test(this.#head);
    if (brace === -1 || !this.possible) return;
    this.#json = new JsonExtent();
    this.#json.read(text.slice(brace));
  }
}
