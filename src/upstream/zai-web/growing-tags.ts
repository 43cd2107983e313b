/** Tags at the end of a growing text: whether there is one, or could be. Pure. */

/** A longer text is not an opening tag, which has a few dozen characters. */
const MAX_HEAD_LENGTH = 2_000;

/** Length of the wrapper's opening at the start of `text`; undefined while it may still be growing. */
export function measureHead(text: string): number | undefined {
  if (!mayBegin(text, '<details')) return 0;
  const tag = /^\s*<details(?:"[^"]*"|[^">])*>\s*/.exec(text)?.[0];
  if (tag === undefined) return text.length > MAX_HEAD_LENGTH ? 0 : undefined;
  const after = text.slice(tag.length);
  if (after === '' || '<summary>'.startsWith(after)) return undefined;
  if (!after.startsWith('<summary>')) return tag.length;
  const summary = /^<summary>[\s\S]*?<\/summary>\n?/.exec(after)?.[0];
  if (summary === undefined) return text.length > MAX_HEAD_LENGTH ? tag.length : undefined;
  return summary.endsWith('\n') || after.length > summary.length ? tag.length + summary.length : undefined;
}

/** Whether `text` begins with `tag` after white space, or consists of its beginning. */
export function mayBegin(text: string, tag: string): boolean {
  const start = text.trimStart();
  return start.startsWith(tag) || tag.startsWith(start);
}

/** How many characters at the end of `text` could be the beginning of one of `tags`. */
export function measurePartialTail(text: string, tags: readonly string[]): number {
  const from = text.lastIndexOf('<');
  if (from === -1) return 0;
  const tail = text.slice(from);
  return tags.some((tag) => tag.length > tail.length && tag.startsWith(tail)) ? tail.length : 0;
}
