/** Changes of the web chat’s document, and what a Document makes of them. */
import type { CompletionEvent } from '../../../src/completion/event.js';
import { Document } from '../../../src/upstream/zai-web/document.js';
import type { Phase } from '../../../src/upstream/zai-web/markup-reader.js';

/** What the upstream does to the document: appends a piece, or cuts at an index and appends. */
export type Change = [piece: string, phase: Phase] | [index: number, content: string, phase: Phase];

export function shown(changes: readonly Change[]) {
  const document = new Document();
  const events = changes.flatMap((change) => apply(document, change));
  events.push(...document.end());
  return summed(events);
}

export function apply(document: Document, change: Change): CompletionEvent[] {
  return change.length === 2 ? document.append(...change) : document.edit(...change);
}

export function summed(events: CompletionEvent[]) {
  const sum = { reasoning: '', content: '', raw: '' };
  for (const event of events) {
    if (event.type === 'reasoning-delta') {
      sum.reasoning += event.text;
      sum.raw += event.raw ?? event.text;
    } else if (event.type === 'text-delta') sum.content += event.text;
  }
  return sum;
}

export function said(changes: readonly Change[]) {
  const { reasoning, content } = shown(changes);
  return { reasoning, content };
}

export const OPENING = '<details type="reasoning" done="false" view="">\n<summary>Thinking…</summary>\n';

export const CUT_AT = '<details type="reasoning" done="'.length;

/** The edit that closes a first round of thinking: all of it again, then the first of the answer. */
export function closing(reasoning: string, first: string): Change {
  const quoted = reasoning.replaceAll(/^/gm, '> ');
  const content = `true" duration="3" view="">\n<summary>Thought for 3 seconds</summary>\n${quoted}\n</details>\n${first}`;
  return [CUT_AT, content, 'answer'];
}

/** The changes that one sequence of the web chat consists of. */
export function changesOf(payloads: readonly string[]): Change[] {
  const phases: Record<string, Phase> = {
    thinking: 'thinking',
    answer: 'answer',
    other: 'other',
    done: 'other',
  };
  const changes: Change[] = [];
  for (const payload of payloads.filter((line) => line.startsWith('{'))) {
    const { data } = JSON.parse(payload);
    const phase = phases[data.phase] ?? 'hidden';
    if (data.edit_content !== undefined) changes.push([data.edit_index, data.edit_content, phase]);
    if (data.delta_content) changes.push([data.delta_content, phase]);
    if (data.done) break;
  }
  return changes;
}

/** Every way to send one of the pieces, or the end of one of the edits, in two. */
export function* splits(changes: readonly Change[]): Generator<Change[]> {
  for (const [position, change] of changes.entries()) {
    if (change.length === 3) continue;
    const [piece, phase] = change;
    for (let at = 1; at < piece.length; at++) {
      yield changes.toSpliced(position, 1, [piece.slice(0, at), phase], [piece.slice(at), phase]);
    }
  }
}

/** `text` appended in pieces that end at `ends`. */
export function pieces(text: string, ends: readonly number[], phase: Phase): Change[] {
  const sorted = [0, ...ends.filter((end) => end < text.length), text.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i): Change => [text.slice(sorted[i], end), phase]);
}
