/** Text functions for both protocols. */

/** Length in code points, the unit of the web protocol's `edit_index`. */
export function countCodePoints(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const isLowSurrogate = (text.charCodeAt(i) & 0xfc00) === 0xdc00;
    if (isLowSurrogate && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/** Word-like pieces, each with the white space before it; joined they give the text again. */
export function splitPieces(text: string): string[] {
  return text.match(/\s*(?:\p{Script=Han}{1,2}|[^\s\p{Script=Han}]+)|\s+/gu) ?? [];
}

/** A hash of the text, which selects small variations of the answers. */
export function hashText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
  return hash;
}

export function clip(text: string, length: number): string {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  const characters = [...oneLine];
  return characters.length <= length ? oneLine : `${characters.slice(0, length).join('').trimEnd()}…`;
}
