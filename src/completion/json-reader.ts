/** The text of a finished answer against the format that was asked for. */
import { jsonrepair } from 'jsonrepair';
import { type JsonFormat, openingsOf } from './json-format.js';
import { type Check, compileSchema, type Mismatch } from './json-schema.js';
import { JsonText } from './json-text.js';
import { withinTime } from './json-time-limit.js';

/** Repairing a megabyte takes so long; a longer text is asked for again instead. */
const REPAIR_LIMIT_MS = 150;

const NOT_JSON: Mismatch = { inAnswer: 'it is not valid JSON', inSchema: 'it is not valid JSON' };
const NO_OBJECT: Mismatch = { inAnswer: 'it is no JSON object', inSchema: 'it is no JSON object' };

export class JsonReader {
  readonly openings: string;
  readonly #fits: Check;

  /** Throws a BadRequestError that names the schema where it cannot be used. */
  constructor(format: JsonFormat) {
    this.openings = openingsOf(format);
    this.#fits =
      format.type === 'json_object'
        ? (value) => (isObject(value) ? undefined : NO_OBJECT)
        : compileSchema(format.schema, format.param);
  }

  /** Undefined: the text is JSON and fits. */
  mismatch(text: string): Mismatch | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return NOT_JSON;
    }
    return this.#fits(value);
  }

  /** The JSON of a whole answer: without what stands around it, small mistakes mended; or what is wrong with it. */
  read(answer: string): { readonly text: string; readonly mismatch?: Mismatch } {
    const text = new JsonText(this.openings).push(answer) || answer;
    const mismatch = this.mismatch(text);
    if (mismatch === undefined) return { text };
    const mended = mend(text);
    return mended !== undefined && this.mismatch(mended) === undefined
      ? { text: mended }
      : { text, mismatch };
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mend(text: string): string | undefined {
  const written = text.trimEnd();
  // Where the brackets do not add up, the fence behind them was not told from them.
  const bare = written.endsWith('```') ? written.slice(0, -3) : written;
  try {
    return withinTime(REPAIR_LIMIT_MS, () => jsonrepair(bare));
  } catch {
    return undefined;
  }
}
