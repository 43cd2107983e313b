/** Reads what the tests of the documents need out of Markdown: headings, links, code blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export interface CodeBlock {
  /** Path of the document, relative to the project. */
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** What stands behind the fence; empty if nothing does. */
  readonly language: string;
  /** Without the fence's indentation. */
  readonly text: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** Every Markdown document for readers of the project, relative to it. */
export function documents(): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) return inFolder(`${path}/`);
      return entry.name.endsWith('.md') ? [path] : [];
    });
  const atRoot = readdirSync(PROJECT).filter((name) => name.endsWith('.md'));
  return [...atRoot, ...inFolder('docs/'), ...inFolder('.github/')].sort();
}

export function readDocument(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}

export function codeBlocks(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { line: number; indent: string; language: string; lines: string[] } | undefined;
  for (const [index, line] of readDocument(file).split('\n').entries()) {
    const [, indent = '', language = ''] = /^( *)```(\S*)$/.exec(line) ?? [];
    const isFence = /^ *```\S*$/.test(line);
    if (open === undefined) {
      if (isFence) open = { line: index + 1, indent, language, lines: [] };
    } else if (isFence) {
      blocks.push({ file, line: open.line, language: open.language, text: open.lines.join('\n') });
      open = undefined;
    } else {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  return blocks;
}

/** Targets of Markdown links and of `src`, `srcset` and `href` in HTML, outside of code. */
export function links(file: string): Link[] {
  return proseLines(file).flatMap(({ text, line }) => {
    const prose = text.replace(/`[^`]*`/g, '');
    const markdown = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
    const html = [...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)];
    return [...markdown, ...html].map(([, target = '']) => ({ line, target }));
  });
}

/** Anchors as GitHub makes them of headings: lower case, blanks become hyphens, punctuation goes. */
export function anchors(file: string): Set<string> {
  const found = new Set<string>();
  for (const { text } of proseLines(file)) {
    const [, heading] = /^#{1,6} (.+)$/.exec(text) ?? [];
    if (heading === undefined) continue;
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const base = words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = base;
    for (let count = 1; found.has(anchor); count += 1) anchor = `${base}-${count}`;
    found.add(anchor);
  }
  return found;
}

/** The lines outside of code blocks. */
export function proseLines(file: string): { text: string; line: number }[] {
  let isCode = false;
  return readDocument(file)
    .split('\n')
    .flatMap((text, index) => {
      const isFence = /^ *```/.test(text);
      if (isFence) isCode = !isCode;
      return isFence || isCode ? [] : [{ text, line: index + 1 }];
    });
}
