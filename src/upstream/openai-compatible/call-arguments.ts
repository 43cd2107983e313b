/** Assembles one call's arguments from pieces: one JSON object, whatever the server writes after it. Pure. */
import { JsonText } from '../../completion/json-text.js';

/** An object that may still be empty, and nothing else. */
const MAY_BE_EMPTY = /^(\{\s*(\}\s*)?)?$/;
/** Placeholders before the arguments. */
const EMPTY_BEFORE = /^(?:\{\s*\}\s*|null\s*)+(?=\{)/;

export class CallArguments {
  readonly #json = new JsonText('{[');
  #form: 'unknown' | 'json' | 'other' = 'unknown';
  /** Held back until it is known not to be the placeholder `{}`, behind which some servers write the arguments. */
  #lead = '';

  /** True when the JSON object is complete; false for anything that is not a JSON object. */
  get isComplete(): boolean {
    return this.#form === 'unknown' ? /\}/.test(this.#lead) : this.#json.isClosed;
  }

  /** True when an object has begun and is not complete. */
  get isUnfinished(): boolean {
    return this.#form === 'unknown'
      ? /^\{\s*$/.test(this.#lead)
      : this.#form === 'json' && !this.#json.isClosed;
  }

  /** The next piece; returns what of it is to be shown now. An object behind the first is one too many. */
  push(piece: string): string {
    if (this.#form === 'json') return this.#json.push(piece);
    if (this.#form === 'other') return piece;
    const lead = (this.#lead + piece).trimStart().replace(EMPTY_BEFORE, '');
    const held = lead.trimEnd();
    if (MAY_BE_EMPTY.test(held) || 'null'.startsWith(held)) {
      // Models at times write white space without end, which would be read again with each piece.
      this.#lead = held.length < lead.length ? `${held} ` : held;
      return '';
    }
    this.#form = lead.startsWith('{') || lead.startsWith('[') ? 'json' : 'other';
    return this.#form === 'json' ? this.#json.push(lead) : lead;
  }

  /** Nothing more follows; returns what was held back. */
  end(): string {
    if (this.#form !== 'unknown') return '';
    const lead = this.#lead.trimEnd();
    return lead === '' || lead === 'null' ? '{}' : lead;
  }
}
