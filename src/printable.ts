/** Texts of callers and upstreams on their way to a log, page, metric or header. */

/** Controls, format characters (bidirectional ones among them), halves of characters, line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const MAX_LENGTH = 200;

/** `text` as one line that shows what it holds: clipped, without characters that move, hide or end anything. */
export function printableLine(text: string): string {
  // Cut first: what is long is hostile, and half a character at the end is dropped.
  return text.slice(0, MAX_LENGTH).replace(UNPRINTABLE, '');
}
