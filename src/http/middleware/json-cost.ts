/**
 * Estimates the cost of parsing a JSON text from its bytes: depth, values and member names. Each has a limit, since a short
 * text can block the event loop for seconds. Pure; the text need not be valid.
 */

/** Only programs write deeper JSON, and serializers fail at some thousand levels. */
export const MAX_DEPTH = 200;
export const MAX_VALUES = 100_000;
/** V8 makes hash tables of objects with many different names, at ten times the cost of arrays. */
export const MAX_NAMES = 20_000;

export type ExcessiveCost = 'depth' | 'values' | 'names';

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COMMA, COLON] =
  Buffer.from('"\\{}[],:');
const [SPACE, NEWLINE, MINUS, ZERO, NINE] = [0x20, 0x0a, 0x2d, 0x30, 0x39];

/**
 * @param maxListedNumbers numbers in lists that do not count as values
 * @returns the first limit that `json` exceeds, `undefined` if it exceeds none. Takes about 2 ms per megabyte.
 */
export function findExcessiveCost(json: Buffer, maxListedNumbers = 0): ExcessiveCost | undefined {
  let numbersLeft = maxListedNumbers;
  const names = new Set<string>();
  let depth = 0;
  // Every value but the first follows an opening bracket, a comma or a colon; a colon's value was counted with its name.
  let values = 1;
  /** Bounds of the previous string, until it was counted as a name. */
  let stringAt = -1;
  let stringEnd = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) {
      stringAt = at + 1;
      at = endOfString(json, stringAt);
      stringEnd = at;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (numbersLeft > 0 && byte === OPEN_BRACKET && isNumber(json, at + 1)) numbersLeft -= 1;
      else values += 1;
      if (depth > MAX_DEPTH) return 'depth';
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    } else if (byte === COMMA) {
      // Behind a comma in an object there is a name.
      if (numbersLeft > 0 && isNumber(json, at + 1)) numbersLeft -= 1;
      else values += 1;
    } else if (byte === COLON && stringAt !== -1) {
      names.add(json.toString('latin1', stringAt, stringEnd));
      stringAt = -1;
      if (names.size > MAX_NAMES) return 'names';
    }
    if (values > MAX_VALUES) return 'values';
  }
  return undefined;
}

/** Whether a number stands at `from`, white space aside. */
function isNumber(json: Buffer, from: number): boolean {
  let at = from;
  while (json[at] === SPACE || json[at] === NEWLINE) at += 1;
  const byte = json[at] ?? 0;
  return byte === MINUS || (byte >= ZERO && byte <= NINE);
}

/** @returns the index of the quote that ends the string whose first byte is at `from`, or the text's length. */
function endOfString(json: Buffer, from: number): number {
  for (let at = from; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return json.length;
}
